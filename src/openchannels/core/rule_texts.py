"""Fills what rules say: Chinese stands apart from Latin letters and digits by a space."""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

from openchannels.core.platforms import Locale

CHINESE = "\u4e00-\u9fff"
BETWEEN = re.compile(rf"(?<=[{CHINESE}])(?=[A-Za-z0-9{{])|(?<=[A-Za-z0-9}}])(?=[{CHINESE}])")
"""Where Chinese meets Latin letters, or a place that is still to be filled."""
ENDS_CHINESE, BEGINS_CHINESE = re.compile(rf"[{CHINESE}] *$"), re.compile(rf" *[{CHINESE}]")
ENDS_LATIN, BEGINS_LATIN = re.compile(r"[A-Za-z0-9] *$"), re.compile(r" *[A-Za-z0-9]")


def chinese(text: str, **names: str) -> str:
    """Returns a Chinese text with names put in, set apart from Latin letters by spaces."""
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return BETWEEN.sub(" ", text)


def filled(text: str, params: Mapping[str, Any], locale: Locale) -> str:
    """Returns a rule's text with its params; spaces within a param stay as they are."""
    if locale != "zh-CN":
        return text.format_map(params)
    whole = ""
    for literal, name, form, _ in Formatter().parse(text):
        whole = _joined(whole, literal)
        if name is not None:
            whole = _joined(whole, format(params[name], form or ""))
    return whole


def _joined(left: str, right: str) -> str:
    """Joins two parts of a Chinese text, with one space or none between them."""
    chinese_left, chinese_right = ENDS_CHINESE.search(left), BEGINS_CHINESE.match(right)
    if chinese_left and chinese_right:
        return left.rstrip(" ") + right.lstrip(" ")
    mixed = (chinese_left and BEGINS_LATIN.match(right)) or (
        chinese_right and ENDS_LATIN.search(left)
    )
    return f"{left.rstrip(' ')} {right.lstrip(' ')}" if mixed else left + right
