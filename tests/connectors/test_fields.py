"""Whatever a platform sends, reading it invents nothing and raises nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openchannels.connectors.base.parse import (
    MAX_COUNT,
    MAX_MOMENT,
    cookie_header,
    cookie_pairs,
    count,
    dig,
    first,
    https,
    integer,
    moment,
    rows,
    text,
)
from openchannels.core.clock import iso

# Python's JSON reader lets lone surrogates and numbers beyond any float through.
TEXTS = st.text(st.characters(), max_size=20)
NUMBERS = st.integers() | st.floats() | st.integers(-(10**400), 10**400)
NUMERALS = NUMBERS.map(str) | st.from_regex(r"[-+]?\d+(\.\d+)?", fullmatch=True)
DATES = st.datetimes().map(str) | st.datetimes(timezones=st.timezones()).map(
    lambda at: at.isoformat()
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | NUMERALS | DATES
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
ADDRESSES = st.builds(
    str.__add__, st.sampled_from(["http://", "HTTPS://", "//", "ftp:", "javascript:", ""]), TEXTS
)
COOKIE_NAMES = st.from_regex(r"[A-Za-z0-9._-]{1,12}", fullmatch=True)
COOKIE_VALUES = st.from_regex(r"[A-Za-z0-9._=%+/-]{0,24}", fullmatch=True)
COOKIES = st.dictionaries(COOKIE_NAMES, COOKIE_VALUES, min_size=1, max_size=5)
CONTROL = st.sampled_from([chr(n) for n in (*range(32), 127, *range(128, 160))])


@given(JSON)
@example("\ud83d")
@example("a\x00b")
def test_text_can_be_stored_and_sent(value: Any) -> None:
    found = text(value)
    if found is not None:
        assert found
        assert "\x00" not in found
        assert found.encode()
    if not isinstance(value, str | int) or isinstance(value, bool):
        assert found is None


@given(TEXTS.filter(lambda value: value and value.isprintable()))
def test_text_is_left_alone(value: str) -> None:
    assert text(value) == value


@given(JSON)
@example(1e300)
@example(10**30)
@example(float("nan"))
@example(-0.0)
def test_count_never_invents(value: Any) -> None:
    found = count(value)
    if found is None:
        return
    assert type(found) is int
    assert 0 <= found <= MAX_COUNT
    assert not isinstance(value, bool)
    assert found == (int(value) if isinstance(value, str) else value)


@pytest.mark.parametrize(
    "value", [None, True, -1, 1.5, "", "1.2万", "1,000", "0x10", "1e3", [], {}]
)
def test_no_count(value: Any) -> None:
    assert count(value) is None


@given(st.integers(0, MAX_COUNT))
def test_count_reads_both_spellings(value: int) -> None:
    assert count(value) == count(str(value)) == count(f" {value} ") == value


@given(st.integers(-MAX_COUNT, MAX_COUNT))
def test_whole_keeps_the_sign(value: int) -> None:
    assert integer(value) == integer(str(value)) == value


@given(JSON)
def test_whole_never_invents(value: Any) -> None:
    found = integer(value)
    assert found is None or (type(found) is int and not isinstance(value, bool))


@given(JSON)
@example("0001-01-01T00:00:00+14:00")
@example("9999-12-31T23:59:59-14:00")
@example("1970-01-01T00:00:00Z")
@example("9" * 400)
@example(10**400)
@example(float("inf"))
def test_moment_can_be_written_again(value: Any) -> None:
    found = moment(value)
    if found is not None:
        assert 0 < found <= MAX_MOMENT
        assert len(iso(found)) == 24


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1759915800, 1759915800),
        (1759915800000, 1759915800),
        ("1759915800", 1759915800),
        ("2025-10-08T09:30:00Z", 1759915800),
        ("2025-10-08T09:30:00+0000", 1759915800),
        ("2025-10-08T17:30:00+08:00", 1759915800),
        ("2025-10-08 09:30", 1759915800),
        (0, None),
        ("0", None),
        (-1, None),
        (True, None),
        ("", None),
        ("yesterday", None),
        (None, None),
        ([], None),
    ],
)
def test_moment(value: Any, expected: float | None) -> None:
    assert moment(value) == expected


@given(JSON | ADDRESSES)
def test_https_is_absolute(value: Any) -> None:
    found = https(value)
    assert found is None or (found.startswith("https://") and len(found) > len("https://"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://a/b?c=http://d", "https://a/b?c=http://d"),
        ("HTTP://a", "https://a"),
        ("//a/b", "https://a/b"),
        ("https://a", "https://a"),
        ("/a", None),
        ("//", None),
        ("https://", None),
        ("javascript:alert(1)", None),
        ("https://[abc", None),
        ("", None),
        (7, None),
    ],
)
def test_https(value: Any, expected: str | None) -> None:
    assert https(value) == expected


@given(JSON, st.lists(TEXTS | st.integers(-5, 5), max_size=4))
def test_dig_finds_or_finds_nothing(value: Any, path: list[str | int]) -> None:
    found = dig(value, *path)
    assert path or found is value or found == value


def test_dig() -> None:
    value = {"a": [{"b": 0}, {"b": 1}]}
    assert (dig(value, "a", -1, "b"), dig(value, "a", 2, "b"), dig(value, 0)) == (1, None, None)


@given(JSON)
def test_rows_are_objects(value: Any) -> None:
    assert all(isinstance(item, dict) for item in rows(value))


def test_first() -> None:
    assert (first([None, 0, 1]), first([None]), first([])) == (0, None, None)


# Cookies


def as_json(pairs: dict[str, str]) -> str:
    return json.dumps([{"name": n, "value": v, "path": "/"} for n, v in pairs.items()], indent=1)


@given(COOKIES, st.sampled_from([cookie_header, as_json]))
def test_cookies_are_read_in_both_forms(
    pairs: dict[str, str], write: Callable[[dict[str, str]], str]
) -> None:
    assert cookie_pairs(write(pairs)) == pairs
    assert cookie_pairs(f"\n {write(pairs)} \r\n") == pairs


@given(COOKIES, st.data(), CONTROL, st.sampled_from([cookie_header, as_json]))
def test_control_characters_are_refused(
    pairs: dict[str, str], data: st.DataObject, control: str, write: Callable[[Any], str]
) -> None:
    name = data.draw(st.sampled_from(sorted(pairs)))
    value = pairs[name]
    at = data.draw(st.integers(0, len(value)))
    broken = {**pairs, name: value[:at] + control + value[at:], "last": "1"}
    assert cookie_pairs(write(broken)) is None
    renamed = {**pairs, name + control + "x": "1", "last": "1"}
    assert cookie_pairs(write(renamed)) is None


@given(TEXTS | JSON.map(lambda value: json.dumps([value])) | TEXTS.map(lambda value: f"[{value}"))
@example("[" * 100_000)
@example("[" + "9" * 5000 + "]")
@example('[{"name":"a","value":"\\ud800"}]')
@example('[{"name":"a","value":"1; b=2"}]')
def test_what_is_read_can_be_sent_and_read_again(value: str) -> None:
    pairs = cookie_pairs(value)
    if pairs is None:
        return
    header = cookie_header(pairs)
    assert pairs
    assert all(pairs)
    assert header.encode()
    assert not any(ord(c) < 32 or ord(c) == 127 for c in header)
    assert cookie_pairs(header) == pairs


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "nothing",
        "=1",
        "[]",
        "[1]",
        "[{",
        '[{"name":"a"}]',
        '[{"name":"a","value":1}]',
        '[{"name":"","value":"1"}]',
    ],
)
def test_no_cookies(value: str) -> None:
    assert cookie_pairs(value) is None


@pytest.mark.parametrize(
    "value", ["a=1\r\n; b=2", "a=1;\r\n b=2", "a=1\n", "\na=1; b\t=2", "\ra=1"]
)
def test_line_breaks_beside_separators(value: str) -> None:
    """Only what surrounds the whole text is trimmed; a paste often ends in a line break."""
    assert cookie_pairs(value) == ({"a": "1"} if value.strip() == "a=1" else None)
