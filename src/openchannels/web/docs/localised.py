"""The OpenAPI document in one language.

For programs, at `/openapi.json`, only summaries and descriptions are translated: generators name
files and classes after tags and titles, so tags keep the contract's Chinese names and titles are
English. For people who read it, in the viewer, tags and titles are in their language too.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from openchannels.core.platforms import Locale

PROSE: Final = ("summary", "description")
"""Names of texts that no generator takes a name from."""
TEXTS: Final = (*PROSE, "title")
"""Names of all texts of the document."""
DATA: Final = ("example", "value", "default", "const", "enum")
"""Names of what a program sends or receives, which stays as it is."""


def for_programs(document: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Returns the document with its summaries and descriptions in one language."""
    translated: dict[str, Any] = _translated(document, PROSE, _texts(locale))
    return translated


def for_people(document: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Returns the document in one language; its structure, names and examples are the same."""
    english = {tag["name"]: tag["description"] for tag in document["tags"]}
    names = {name: name if locale == "zh-CN" else english[name] for name in english}
    localised: dict[str, Any] = _translated(document, TEXTS, _texts(locale))
    for path in localised["paths"].values():
        for operation in path.values():
            operation["tags"] = [names[name] for name in operation["tags"]]
    localised["tags"] = [{"name": names[name]} for name in english]
    return localised


def _translated(node: Any, names: Sequence[str], texts: Mapping[str, str]) -> Any:
    if isinstance(node, Mapping):
        return {
            name: texts.get(value, value)
            if name in names and isinstance(value, str)
            else value
            if name in DATA
            else _translated(value, names, texts)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_translated(item, names, texts) for item in node]
    return node


def _texts(locale: Locale) -> Mapping[str, str]:
    return chinese() if locale == "zh-CN" else {}


@cache
def chinese() -> Mapping[str, str]:
    """Returns the Chinese of each English text of the document."""
    text = files("openchannels.web.docs").joinpath("chinese.json").read_text("utf-8")
    translated: dict[str, str] = json.loads(text)
    return translated
