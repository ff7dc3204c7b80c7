"""The rules that follow from the JSON Schema of a platform's options: one for each keyword.

They cover what `connectors/base/option_schemas.py` can say; conditions between options are rules of
the platform.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from openchannels.core.platforms import Platform, Text
from openchannels.core.publish_rules import Broken, Draft, IssueCode, Rule
from openchannels.core.publishing import JsonSchema
from openchannels.core.rule_texts import chinese

ROOT = "option"
LONGEST_NAME = 100
MAX_SAFE = 2**53 - 1
"""Numbers beyond are not the same in all programs."""
TYPES: Mapping[str, Text] = {
    "string": Text(en="a text", zh="文本"),
    "integer": Text(en="a whole number", zh="整数"),
    "number": Text(en="a number", zh="数字"),
    "boolean": Text(en="true or false", zh="布尔值"),
    "array": Text(en="a list", zh="列表"),
    "object": Text(en="an object", zh="对象"),
}

Values = Callable[[Draft], Iterator[tuple[str, Any]]]
"""The values of a place in the options of a draft, with their paths; none where it is absent."""
Test = Callable[[Any], bool]


class OptionRules:
    """Makes the rules of one platform's options."""

    def __init__(self, platform: Platform, name: Text, schema: JsonSchema) -> None:
        self._platform, self._name, self._schema = platform, name, schema

    def all(self) -> Iterator[Rule]:
        label = Text(en="The options", zh="选项")
        yield from self._object(ROOT, label, self._schema, _options)

    def _place(self, place: str, label: Text, schema: JsonSchema, values: Values) -> Iterator[Rule]:
        """The rules of an option, or of a part of one. Parts without a title bear the option's."""
        label = schema.get("title", label)
        kind = schema["type"]
        yield self._rule(
            f"{place}.type",
            IssueCode.INVALID_OPTION,
            Text(en='"{label}" must be {limit}.', zh="“{label}”必须是{limit}。"),
            label,
            _broken(values, lambda value: not is_of(value, kind)),
            TYPES[kind],
        )
        if "enum" in schema:
            yield self._enum(place, label, schema["enum"], values)
        yield from self._bounds(place, label, schema, values)
        if "pattern" in schema:
            yield self._pattern(place, label, schema, values)
        if schema.get("format") == "date-time":
            yield self._date(place, label, values)
        if "items" in schema:
            yield from self._place(f"{place}.items", label, schema["items"], _items(values))
        if "properties" in schema:
            yield from self._object(place, label, schema, values)

    def _object(
        self, place: str, label: Text, schema: JsonSchema, values: Values
    ) -> Iterator[Rule]:
        known: Mapping[str, JsonSchema] = schema["properties"]
        yield self._unknown(place, label, known, values)
        for name, rules in known.items():
            if name in schema.get("required", ()):
                yield self._required(f"{place}.{name}", rules.get("title", label), name, values)
            yield from self._place(f"{place}.{name}", label, rules, _member(values, name))

    def _unknown(
        self, place: str, label: Text, known: Mapping[str, JsonSchema], values: Values
    ) -> Rule:
        def find(draft: Draft) -> Iterator[Broken]:
            for path, value in values(draft):
                if isinstance(value, Mapping):
                    for name in value:
                        if name not in known:
                            yield Broken(_below(path, name), {"unknown": legible(name)})

        return self._rule(
            f"{place}.unknown",
            IssueCode.INVALID_OPTION,
            Text(
                en="{label} of {name} have no {unknown}. Known: {limit}.",
                zh="{name}的“{label}”没有 {unknown}。支持：{limit}。",
            ),
            label,
            find,
            ", ".join(known) or "-",
        )

    def _required(self, place: str, label: Text, name: str, values: Values) -> Rule:
        def find(draft: Draft) -> Iterator[Broken]:
            for path, value in values(draft):
                if isinstance(value, Mapping) and name not in value:
                    yield Broken(f"{path}.{name}")

        text = Text(en='"{label}" is required on {name}.', zh="{name}要求填写“{label}”。")
        return self._rule(f"{place}.required", IssueCode.REQUIRED, text, label, find)

    def _enum(self, place: str, label: Text, allowed: list[Any], values: Values) -> Rule:
        return self._rule(
            f"{place}.enum",
            IssueCode.INVALID_OPTION,
            Text(en='"{label}" must be one of: {limit}.', zh="“{label}”只能是：{limit}。"),
            label,
            _broken(
                values,
                lambda value: is_of(value, _kind(allowed)) and value not in allowed,
            ),
            ", ".join(map(str, allowed)),
        )

    def _bounds(
        self, place: str, label: Text, schema: JsonSchema, values: Values
    ) -> Iterator[Rule]:
        for keyword, (kind, code, is_beyond, text, kinds) in BOUNDS.items():
            if keyword in schema:
                yield self._rule(
                    f"{place}.{kind}",
                    code,
                    text,
                    label,
                    _measured(values, kinds, is_beyond, schema[keyword]),
                    schema[keyword],
                )

    def _pattern(self, place: str, label: Text, schema: JsonSchema, values: Values) -> Rule:
        # As JSON Schema reads it: only ASCII digits, and an end that is no line break before it.
        pattern = re.compile(re.sub(r"\$$", r"\\Z", schema["pattern"]), re.ASCII)
        is_address = schema.get("format") == "uri"
        code = IssueCode.INVALID_URL if is_address else IssueCode.INVALID_OPTION
        text = (
            Text(en='"{label}" must be an http(s) address.', zh="“{label}”必须是 http(s) 地址。")
            if is_address
            else Text(en='"{label}" must match {limit}.', zh="“{label}”必须符合 {limit}。")
        )
        return self._rule(
            f"{place}.form",
            code,
            text,
            label,
            _broken(values, lambda value: isinstance(value, str) and pattern.search(value) is None),
            schema["pattern"],
        )

    def _date(self, place: str, label: Text, values: Values) -> Rule:
        return self._rule(
            f"{place}.date",
            IssueCode.INVALID_OPTION,
            Text(
                en='"{label}" must be a date and time with a zone, such as {limit}.',
                zh="“{label}”必须是带时区的日期时间，例如 {limit}。",
            ),
            label,
            _broken(values, lambda value: isinstance(value, str) and moment_of(value) is None),
            "2026-12-01T08:00:00Z",
        )

    def _rule(
        self,
        place: str,
        code: IssueCode,
        text: Text,
        label: Text,
        find: Callable[[Draft], Iterator[Broken]],
        limit: object = None,
    ) -> Rule:
        filled = Text(
            en=text.en.replace("{name}", self._name.en).replace("{label}", _plain(label.en)),
            zh=chinese(text.zh, name=self._name.zh, label=_plain(label.zh)),
        )
        return Rule(f"{self._platform}.{place}", code, filled, find, limit=limit)


BOUNDS: Mapping[str, tuple[str, IssueCode, Callable[[Any, Any], bool], Text, type]] = {
    "minLength": (
        "shortest",
        IssueCode.TOO_SMALL,
        lambda value, least: len(value) < least,
        Text(
            en='"{label}" needs {limit} or more characters.',
            zh="“{label}”至少需要 {limit} 个字符。",
        ),
        str,
    ),
    "maxLength": (
        "length",
        IssueCode.TOO_BIG,
        lambda value, most: len(value) > most,
        Text(en='"{label}" takes {limit} characters.', zh="“{label}”最多 {limit} 个字符。"),
        str,
    ),
    "minItems": (
        "fewest",
        IssueCode.TOO_SMALL,
        lambda value, least: len(value) < least,
        Text(en='"{label}" needs {limit} or more items.', zh="“{label}”至少需要 {limit} 项。"),
        list,
    ),
    "maxItems": (
        "count",
        IssueCode.TOO_BIG,
        lambda value, most: len(value) > most,
        Text(en='"{label}" takes {limit} items.', zh="“{label}”最多 {limit} 项。"),
        list,
    ),
    "minimum": (
        "least",
        IssueCode.TOO_SMALL,
        lambda value, least: value < least,
        Text(en='"{label}" must be {limit} or more.', zh="“{label}”不能小于 {limit}。"),
        float,
    ),
    "maximum": (
        "most",
        IssueCode.TOO_BIG,
        lambda value, most: value > most,
        Text(en='"{label}" must be {limit} or less.', zh="“{label}”不能大于 {limit}。"),
        float,
    ),
}
"""By keyword: what the rule's id ends with, its code, when it is broken, its text, and whose."""


def is_of(value: Any, kind: str) -> bool:
    """Returns whether a JSON value is of a type of JSON Schema; numbers must be safe ones."""
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int | float):
        is_safe = -MAX_SAFE <= value <= MAX_SAFE
        return is_safe and (kind == "number" or (kind == "integer" and value == int(value)))
    return isinstance(value, PYTHON.get(kind, ()))


PYTHON: Mapping[str, type] = {"string": str, "array": list, "object": Mapping}


@lru_cache(maxsize=256)
def moment_of(text: str) -> float | None:
    """Returns the Unix seconds that a date and time with a zone names; None for other texts.

    Also None for one that has another year than 1 to 9999 in UTC, in which it is sent.
    """
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.astimezone(UTC).timestamp()
    except (OverflowError, ValueError):
        return None


def legible(name: object) -> str:
    """Returns a name that a caller sent as it can be shown."""
    text = str(name)
    return text if text.isprintable() and 0 < len(text) <= LONGEST_NAME else "…"


def _below(path: str, name: object) -> str:
    return f"{path}.{name}" if legible(name) == name else path


def _options(draft: Draft) -> Iterator[tuple[str, Any]]:
    yield ROOT, draft.option


def _member(values: Values, name: str) -> Values:
    def members(draft: Draft) -> Iterator[tuple[str, Any]]:
        for path, value in values(draft):
            if isinstance(value, Mapping) and name in value:
                yield f"{path}.{name}", value[name]

    return members


def _items(values: Values) -> Values:
    def items(draft: Draft) -> Iterator[tuple[str, Any]]:
        for path, value in values(draft):
            if isinstance(value, list):
                for index, item in enumerate(value):
                    yield f"{path}.{index}", item

    return items


def _broken(values: Values, is_broken: Test) -> Callable[[Draft], Iterator[Broken]]:
    def find(draft: Draft) -> Iterator[Broken]:
        return (Broken(path) for path, value in values(draft) if is_broken(value))

    return find


def _measured(
    values: Values, kind: type, is_beyond: Callable[[Any, Any], bool], limit: Any
) -> Callable[[Draft], Iterator[Broken]]:
    def measures(value: Any) -> bool:
        if kind is float:
            return isinstance(value, int | float) and not isinstance(value, bool)
        return isinstance(value, kind)

    return _broken(values, lambda value: measures(value) and is_beyond(value, limit))


def _kind(allowed: list[Any]) -> str:
    return "string" if isinstance(allowed[0], str) else "integer"


def _plain(label: str) -> str:
    """A label as a part of a text that is filled later."""
    return label.replace("{", "{{").replace("}", "}}")
