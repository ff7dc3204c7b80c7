"""Answers of a platform, spoilt one place at a time."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from openchannels.transport.client import Answer, Call, Send, clean

VOLATILE = {"appsecret_proof", "appsecret_time"}
Path = tuple[str, ...]
"""Keys from the outside in; all items of a list are `[]`."""
Change = Callable[[Any], Any]
DROP = object()
UNKNOWN = "~unknown~"


def place(call: Call) -> str:
    """What kind of call it is: its address without query and ids."""
    parts = urlsplit(call.url)
    return f"{parts.netloc}{re.sub(r'(?<=/)[^/]*[0-9]{5,}[^/]*', '*', parts.path)}"


@dataclass
class Spoiler:
    """Sends calls on once, remembers their answers, and hands them out changed."""

    send: Send
    changes: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    raw: dict[str, Answer] = field(default_factory=dict)
    kept: dict[str, Answer] = field(default_factory=dict)
    seen: dict[str, list[Any]] = field(default_factory=dict)

    async def __call__(self, call: Call) -> Answer:
        where = place(call)
        answer = await self._genuine(call)
        if where in self.raw:
            return self.raw[where]
        change = self.changes.get(where) or self.changes.get("*")
        if change is None:
            return answer
        body = json.dumps(change(json.loads(answer.body)), ensure_ascii=False).encode()
        return replace(answer, body=body)

    async def _genuine(self, call: Call) -> Answer:
        params = {name: value for name, value in call.params.items() if name not in VOLATILE}
        form = clean(call.form or {})
        # The moment within a body changes, what is asked for does not.
        body = re.sub(rb'"timestamp":"\d+"', b"", call.body or b"")
        key = repr((call.method, call.url, sorted(clean(params).items()), sorted(form), body))
        if key not in self.kept:
            answer = self.kept[key] = await self.send(call)
            self.seen.setdefault(place(call), []).append(json.loads(answer.body))
        return self.kept[key]


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every place of a JSON value, the outer ones first."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*at, name)
            yield from paths(inner, (*at, name))
    elif isinstance(value, list):
        for inner in value:
            if not isinstance(inner, dict):
                yield (*at, "[]")
            yield from paths(inner, (*at, "[]"))


def at(value: Any, path: Path) -> Iterator[Any]:
    """What stands at a path; in lists, of every item."""
    if not path:
        yield value
    elif path[0] == "[]" and isinstance(value, list):
        for inner in value:
            yield from at(inner, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from at(value[path[0]], path[1:])


def changed(value: Any, path: Path, change: Change) -> Any:
    """A copy with everything at a path changed, or dropped where the change says so."""
    copy = msgspec.json.decode(msgspec.json.encode(value))
    holders = at(copy, path[:-1])
    for holder in holders:
        if isinstance(holder, list):
            holder[:] = [new for inner in holder if (new := change(inner)) is not DROP]
        elif isinstance(holder, dict) and path[-1] in holder:
            new = change(holder[path[-1]])
            if new is DROP:
                del holder[path[-1]]
            else:
                holder[path[-1]] = new
    return copy


def everywhere(value: Any, change: Change) -> Any:
    """A copy with every number, text, truth and null changed, names kept."""
    if isinstance(value, dict):
        new = {name: everywhere(inner, change) for name, inner in value.items()}
        return {name: inner for name, inner in new.items() if inner is not DROP}
    if isinstance(value, list):
        return [new for inner in value if (new := everywhere(inner, change)) is not DROP]
    return change(value)


def as_text(value: Any) -> Any:
    """A number written as text."""
    return str(value) if type(value) in (int, float) else value


def unknown(value: Any) -> Any:
    return UNKNOWN if isinstance(value, str) else value


def zero(value: Any) -> Any:
    """Zero for a number, as text where it was told as text; ids are longer than counts."""
    if isinstance(value, str) and value.isdigit() and len(value) < 10:
        return "0"
    return 0 if type(value) in (int, float) else value


def numbers(value: Any) -> set[float]:
    """Every number in a JSON value, written as a number or as text."""
    if isinstance(value, dict):
        return set().union(*map(numbers, value.values()), set())
    if isinstance(value, list):
        return set().union(*map(numbers, value), set())
    if isinstance(value, bool) or value is None:
        return set()
    try:
        return {float(value)}
    except ValueError:
        return set()
