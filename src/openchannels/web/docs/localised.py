"""The OpenAPI document in one language, for people who read it.

The document for programs is `/openapi.json`: its tags have the contract's Chinese names and all
else is English. Here the tags are in English too, or all texts in Chinese.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from openchannels.core.platforms import Locale

TEXTS: Final = ("title", "summary", "description")
"""Names of the document's texts for people."""
DATA: Final = ("example", "value", "default", "const", "enum")
"""Names of what a program sends or receives, which stays as it is."""


def localise(document: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Returns the document in one language; its structure, names and examples are the same."""
    english = {tag["name"]: tag["description"] for tag in document["tags"]}
    names = {name: name if locale == "zh-CN" else english[name] for name in english}
    texts = chinese() if locale == "zh-CN" else {}
    localised: dict[str, Any] = _translated(document, texts)
    for path in localised["paths"].values():
        for operation in path.values():
            operation["tags"] = [names[name] for name in operation["tags"]]
    localised["tags"] = [{"name": names[name]} for name in english]
    return localised


def _translated(node: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(node, Mapping):
        return {
            name: texts.get(value, value)
            if name in TEXTS and isinstance(value, str)
            else value
            if name in DATA
            else _translated(value, texts)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_translated(item, texts) for item in node]
    return node


@cache
def chinese() -> Mapping[str, str]:
    """Returns the Chinese of each English text of the document."""
    text = files("openchannels.web.docs").joinpath("chinese.json").read_text("utf-8")
    translated: dict[str, str] = json.loads(text)
    return translated
