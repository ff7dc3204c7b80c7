"""Parses query strings and bodies in the spellings that the contract's clients use.

Brackets nest (`a[b]=c`); a repeated or bracketed name is a list; where a list is expected, a single
value without brackets may hold several, separated by commas.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, TypeVar, get_args, get_origin
from urllib.parse import unquote_plus

import msgspec

from openchannels.api.schemas.common import MAX_SAFE
from openchannels.core import errors
from openchannels.core.exceptions import Issue, ValidationFailed
from openchannels.service.pagination import PaginationParams

T = TypeVar("T", bound=msgspec.Struct)

MAX_PARAMETERS = 2000
"""More than the longest list of ids and the other parameters beside it."""
MAX_DIGITS = 400
NUMBERS = ("page", "pageSize", "limit")
PAGING_NAMES = ("page", "pageSize", "cursor", "limit", "direction")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)")
SURROGATE = re.compile("[\ud800-\udfff]")
HEX = re.compile(r"0[xX][0-9a-fA-F]+")
MAX_NESTING = 64
UNSTORABLE = "must not hold control code 0 or unpaired surrogates"
BRACKETS = re.compile(r"\[([^\[\]]*)\]")
MISSING = "Object missing required field "
PLACE = re.compile(r" - at `\$([^`]*)`$")
"""How the decoder names a place, such as .media[0].url; it does not tell keys of the sender."""
STEP = re.compile(r"\w+")
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Query:
    """A decoded query string or form: values by full name, in the order sent.

    Of more than `most` parameters the others are left out.
    """

    def __init__(self, raw: bytes, most: int = MAX_PARAMETERS) -> None:
        self._values: dict[str, list[str]] = {}
        text = raw.decode("latin-1")
        # Unquoting a list of ids that has nothing quoted takes more time than all the rest.
        unquoted = unquote_plus if "%" in text or "+" in text else str
        for pair in text.split("&", most)[:most]:
            if pair:
                name, _, value = pair.partition("=")
                self._values.setdefault(unquoted(name), []).append(unquoted(value))

    def scalars(self) -> dict[str, Any]:
        """Returns the plain names; a repeated one is a list, so it fails as a text."""
        plain: dict[str, Any] = {}
        for name, values in self._values.items():
            base, bracket, _ = name.partition("[")
            if bracket and base:
                before = plain.get(base, [])
                plain[base] = [*(before if isinstance(before, list) else [before]), *values]
            else:
                plain[name] = values[0] if len(values) == 1 else values
        return plain

    def texts(self, name: str) -> list[str]:
        return self._values.get(name, [])

    def first(self, name: str) -> str | None:
        """Returns the first value of a name, or None."""
        return next(iter(self.texts(name)), None)

    def first_values(self) -> dict[str, str]:
        """Returns the first value of each name."""
        return {name: values[0] for name, values in self._values.items()}

    def nested(self, name: str) -> dict[str, list[str]]:
        """Returns the members written as `name[member]`, also with a list bracket behind them."""
        members: dict[str, list[str]] = {}
        for full, values in self._values.items():
            if full.startswith(f"{name}["):
                steps = BRACKETS.findall(full[len(name) :])
                tail = steps[1:]
                listed = len(tail) == 1 and (tail[0] == "" or tail[0].isdigit())
                key = steps[0] if steps and (not tail or listed) else full
                members.setdefault(key + ("[]" if listed else ""), []).extend(values)
        return members


def decode(kind: type[T], values: Any, where: str = "", *, texts: bool = False) -> T:
    """Decodes a struct field by field, so that every invalid field is named.

    With `texts` the values come from a query, where numbers and booleans are words, a list may be
    one text with commas, and an optional value that is empty counts as not sent. Unknown fields are
    ignored. Raises ValidationFailed.
    """
    if not isinstance(values, Mapping):
        raise errors.validation_failed([Issue(where or "body", "must be an object")])
    issues: list[Issue] = []
    read: dict[str, Any] = {}
    for field in _fields(kind):
        name = field.encode_name
        if name not in values:
            if field.required:
                issues.append(Issue(where + name, "is required"))
            continue
        unused = texts and not field.required and _is_unused(values[name], field.type)
        try:
            if not unused:
                read[field.name] = _convert(values[name], field.type, texts)
        except (msgspec.ValidationError, ValueError) as error:
            issue = _issue(where + name, str(error))
            issues.append(Issue(where + name, issue.message) if texts else issue)
    if issues:
        raise errors.validation_failed(issues)
    return kind(**read)


@lru_cache(maxsize=64)
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    # Cached: reading the fields evaluates type hints, which takes 10 us.
    return msgspec.structs.fields(kind)


def _is_unused(value: Any, kind: Any) -> bool:
    """Returns True for an empty value, except where the contract reads it: as 0, or as an item."""
    plain = _plain_type(kind)
    if value != "" or plain is list:
        return False
    if plain is str:
        return True
    try:
        _convert(value, kind, True)
    except (msgspec.ValidationError, ValueError):
        return True
    return False


def _convert(value: Any, kind: Any, texts: bool) -> Any:
    check_texts(value)
    if texts:
        return _convert_texts(value, kind)
    read = msgspec.convert(value, kind)
    if isinstance(read, datetime):
        _check_year(read)
    return read


def _convert_texts(value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return msgspec.convert(_spelled(value, kind), kind)


def _spelled(value: Any, kind: Any) -> Any:
    """Returns what a text, or each text of a list, spells for a type."""
    wanted = _plain_type(kind)
    read = from_text(value, wanted) if isinstance(value, str) else value
    if wanted is not list or not isinstance(read, list):
        return read
    item = _item_type(kind)
    return [from_text(part, item) if isinstance(part, str) else part for part in read]


def _check_year(moment: datetime) -> None:
    """Raises ValueError for a time that UTC, in which answers have it, cannot write."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be in the years 1 to 9999 of UTC") from None


def check_texts(value: Any, depth: int = 0) -> None:
    """Raises ValueError for a text within the value that the databases refuse, or deep nesting."""
    if isinstance(value, str):
        if not is_storable(value):
            raise ValueError(UNSTORABLE)
    elif isinstance(value, list | dict):
        if depth == MAX_NESTING:
            raise ValueError(f"must not be nested deeper than {MAX_NESTING} levels")
        names = value if isinstance(value, dict) else ()
        for part in (*names, *(value.values() if isinstance(value, dict) else value)):
            check_texts(part, depth + 1)


def _plain_type(kind: Any) -> Any:
    """Returns the plain type behind annotations, literals and optional fields."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return type(parts[0])
    if origin is list:
        return list
    return _plain_type(parts[0]) if parts else kind


def _item_type(kind: Any) -> Any:
    """Returns the plain type of a list's items, behind annotations and optional fields."""
    parts = get_args(kind)
    return _plain_type(parts[0]) if get_origin(kind) is list else _item_type(parts[0])


def from_text(text: str, wanted: Any) -> Any:
    """Returns the value of a type that a text of a query spells, or the text if it spells none."""
    if wanted is list:
        return [part.strip() for part in text.split(",")]
    if wanted is bool:
        return {"true": True, "false": False}.get(text, text)
    if wanted is int:
        # JavaScript's Number() reads empty text as 0.
        number = _whole(_number(text.strip() or "0"))
        return text if number is None else number
    if wanted is float:
        return _finite(text)
    if wanted is datetime:
        # JavaScript's Date reads a date alone so.
        return f"{text}T00:00:00Z" if DATE.fullmatch(text) else text
    return text


def _finite(text: str) -> float | str:
    """Returns the number that a text spells, or the text, which is then refused."""
    number = _number(text.strip())
    try:
        return text if number is None or math.isinf(number) else float(number)
    except OverflowError:
        return text


def is_storable(text: str) -> bool:
    """Returns True if both databases accept the text: no NUL, no unpaired surrogate."""
    return "\x00" not in text and (text.isascii() or not SURROGATE.search(text))


def _issue(path: str, told: str) -> Issue:
    """Returns what is wrong at a field, or at the part of it that the decoder names."""
    found = PLACE.search(told)
    steps = STEP.findall(found[1]) if found else []
    text = PLACE.sub("", told).replace("`", "")
    missing = text.removeprefix(MISSING)
    if missing == text:
        return Issue(".".join((path, *steps)), text)
    return Issue(".".join((path, *steps, missing)), "is required")


def read_pagination(query: Query) -> PaginationParams:
    """Returns the requested page, from brackets, JSON text or top-level names.

    The fields of all forms are combined. Raises ValidationFailed for an invalid value, and when one
    name has two different values.
    """
    forms = [_bracket_form(query), *_text_forms(query), _top_level_form(query)]
    given: dict[str, Any] = {}
    for form in forms:
        for name, value in (form or {}).items():
            if name in given and given[name] != value:
                raise _invalid(name, "has two different values")
            given[name] = value
    if not given:
        return PaginationParams()
    return _first_valid_form(given)


def _first_valid_form(given: Mapping[str, Any]) -> PaginationParams:
    """Returns the first form of the contract's union whose own fields are valid."""
    number = {name: _positive(given.get(name)) for name in ("page", "pageSize", "limit")}
    if number["page"] and number["pageSize"]:
        return PaginationParams(page=number["page"], page_size=number["pageSize"])
    if "limit" in given and number["limit"] is None:
        raise _invalid("limit", f"must be a whole number from 1 to {MAX_SAFE}")
    cursor, direction = given.get("cursor"), given.get("direction")
    if "cursor" in given and not isinstance(cursor, str):
        raise _invalid("cursor", "must be a text")
    if "direction" in given and direction not in ("next", "previous"):
        raise _invalid("direction", "must be next or previous")
    if direction == "previous" and not cursor:
        raise _invalid("direction", "previous needs a cursor")
    if cursor is None and number["limit"] is None and direction is None:
        raise _invalid("page", "page and pageSize go together, each a whole number from 1")
    return PaginationParams(
        cursor=cursor or None, limit=number["limit"], direction=_direction(direction)
    )


def _direction(direction: Any) -> Literal["next", "previous"] | None:
    return direction if direction in ("next", "previous") else None


def _bracket_form(query: Query) -> dict[str, Any] | None:
    members = query.nested("pagination")
    if not members:
        return None
    form: dict[str, Any] = {}
    for name in PAGING_NAMES:
        listed = members.get(f"{name}[]")
        values = members.get(name, []) + (listed or [])
        if len(values) == 1:
            # A list of one is accepted as a number, but not as a text.
            form[name] = _value(name, values[0]) if not listed or name in NUMBERS else values
        elif values:
            form[name] = values
    if not form:
        raise _invalid("", "has no field that is known")
    return form


def _text_forms(query: Query) -> list[dict[str, Any]]:
    texts = query.texts("pagination")
    if len(texts) > 1:
        raise _invalid("", "was sent twice")
    return [_text_form(text) for text in texts]


def _text_form(text: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(text.encode())
    except (ValueError, RecursionError):
        raise _invalid("", "must be an object, in brackets or as JSON text") from None
    if not isinstance(value, dict):
        raise _invalid("", "must be an object")
    known = {name: _value(name, item) for name, item in value.items() if name in PAGING_NAMES}
    if value and not known:
        raise _invalid("", "has no field that is known")
    return {name: item for name, item in known.items() if item is not None}


def _top_level_form(query: Query) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for name in PAGING_NAMES:
        texts = [text for text in query.texts(name) if text]
        if texts:
            form[name] = _value(name, texts[0]) if len(texts) == 1 else texts
    return form


def _value(name: str, value: Any) -> Any:
    """Returns a number for a valid text or number; other values unchanged, to be refused."""
    if name not in NUMBERS:
        return value
    number = _positive(value)
    return value if number is None else number


def _positive(value: Any) -> int | None:
    """Returns an integer from 1, parsed as JavaScript's `Number()` does; else None."""
    if isinstance(value, str):
        value = _number(value.strip())
    number = _whole(value)
    return number if number is not None and number >= 1 else None


def _whole(value: Any) -> int | None:
    """Returns the value if it is a whole number that JavaScript's numbers hold exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Compared first: a whole number of 309 digits and more does not convert to a float.
    return int(value) if -MAX_SAFE <= value <= MAX_SAFE and value == int(value) else None


def _number(text: str) -> float | int | None:
    """Returns the number that `Number()` reads, or None; also None for an endless one."""
    if len(text) > MAX_DIGITS:
        return None
    if HEX.fullmatch(text):
        return int(text, 16)
    if text.isascii() and text.isdigit():
        return int(text)
    return float(text) if NUMBER.fullmatch(text) else None


def _invalid(name: str, message: str) -> ValidationFailed:
    return errors.validation_failed([Issue(f"pagination.{name}".rstrip("."), message)])
