"""Functions that read values of platform answers; they return None instead of raising."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from openchannels.core.texts import without_halves
from openchannels.core.urls import MAX_LENGTH

CHINA = timezone(timedelta(hours=8))
COUNT_DIGITS = 18
MAX_COUNT = 10**COUNT_DIGITS - 1  # Below the 64 bits of a database column.
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
"""User agent sent with a creator's cookie: these sites answer browsers only."""
DECIMAL = re.compile(r"\d+(\.\d+)?")
PLAIN_ADDRESS = re.compile(r"https://[!-.0-Z\\^-~][!-Z\\^-~]*")
"""An address in visible ASCII without brackets: no part of it can be wrong."""
SCHEME = re.compile(r"(?:https?:)?//(?=[^/\s])", re.IGNORECASE)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
MAX_MOMENT = 253_402_300_799  # 9999-12-31, the last date that ISO 8601 writes in four digits.


def text(value: Any) -> str | None:
    """Returns a non-empty text; integers become decimal text, other values None.

    Halves of surrogate pairs (a title cut inside an emoji) and NULs, which neither UTF-8 nor a
    database can hold, are replaced or dropped.
    """
    if isinstance(value, str):
        value = without_halves(value)
        # Looking for it first takes a fifth of the time of replacing what is not there.
        return (value.replace("\x00", "") if "\x00" in value else value) or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def count(value: Any) -> int | None:
    """Returns an integer of zero or more, from a number or decimal text; else None."""
    if value is None:
        return None
    if isinstance(value, str):
        value = value.strip()
        return int(value) if value.isdecimal() and len(value) <= COUNT_DIGITS else None
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= MAX_COUNT else None


def integer(value: Any) -> int | None:
    """Returns a signed integer, as in error codes and states; else None."""
    if isinstance(value, str) and value.strip().startswith("-"):
        size = count(value.strip()[1:])
        return None if size is None else -size
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return count(value)


def moment(value: Any) -> float | None:
    """Returns Unix seconds from seconds, milliseconds or ISO 8601; None for zero."""
    if isinstance(value, str) and ("-" in value or not DECIMAL.fullmatch(value)):
        number = _iso_moment(value)
    else:
        number = _unix_moment(value)
    # Times outside this range cannot be formatted as ISO 8601.
    return number if number is not None and 0 < number <= MAX_MOMENT else None


def _unix_moment(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number / 1000 if number > 100_000_000_000 else number


def _iso_moment(value: str) -> float | None:
    try:
        parsed = datetime.fromisoformat(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def https(value: Any) -> str | None:
    """Returns an absolute https address; None if the value is none, or too long for one."""
    if isinstance(value, str) and PLAIN_ADDRESS.fullmatch(value) and len(value) <= MAX_LENGTH:
        return value
    address = text(value) or ""
    scheme = SCHEME.match(address)
    if scheme is None:
        return None
    absolute = "https://" + address[scheme.end() :]
    if len(absolute) > MAX_LENGTH:
        return None
    try:
        urlsplit(absolute)
    except ValueError:
        return None
    return absolute


def https_host(address: str | None) -> str:
    """Returns the host of an https address, with its port if it has one; empty for other texts."""
    try:
        place = urlsplit(address or "")
    except ValueError:
        return ""
    return place.netloc if place.scheme == "https" else ""


def dig(value: Any, *path: str | int) -> Any:
    """Returns the value at a path of keys and indexes; None if a step is missing."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def rows(value: Any) -> list[dict[str, Any]]:
    """Returns the objects of a list and skips other items; empty if it is not a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def first(values: Iterable[Any]) -> Any:
    """Returns the first value that is not None."""
    return next((value for value in values if value is not None), None)


def sum_if_complete(counts: Iterable[int | None]) -> int | None:
    """Returns the sum; None if a part is unknown or there is none."""
    known = list(counts)
    return sum(filter(None, known)) if known and None not in known else None


def cookie_pairs(value: str) -> dict[str, str] | None:
    """Returns cookies by name, from a Cookie header or a JSON array of name/value objects.

    Returns None if there are none or one contains a control character.
    """
    trimmed = value.strip()
    pairs = _json_cookies(trimmed) if trimmed.startswith("[") else _header_cookies(trimmed)
    if not pairs or any(CONTROLS.search(name + content) for name, content in pairs.items()):
        return None
    return pairs


def _json_cookies(value: str) -> dict[str, str] | None:
    try:
        cookies = json.loads(value)
    except (ValueError, RecursionError):
        return None
    pairs = {
        item["name"].strip(" "): item["value"].strip(" ")
        for item in rows(cookies)
        if isinstance(item.get("name"), str) and isinstance(item.get("value"), str)
    }
    # A separator in a value would split one cookie of the array into several of the header.
    torn = any("=" in name or ";" in name + content for name, content in pairs.items())
    return None if torn else {name: content for name, content in pairs.items() if name}


def _header_cookies(value: str) -> dict[str, str]:
    # Trims blanks only, so that the caller still detects a line break beside a separator.
    pairs = (part.partition("=") for part in value.split(";"))
    named = ((name.strip(" "), content.strip(" ")) for name, sep, content in pairs if sep)
    return {name: content for name, content in named if name}


def cookie_header(pairs: dict[str, str]) -> str:
    """Returns the value of a Cookie header."""
    return "; ".join(f"{name}={value}" for name, value in pairs.items())
