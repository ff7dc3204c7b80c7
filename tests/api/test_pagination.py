"""The truth table of `pagination`: operations.md 2.3, as the design's decisions 1 to 3 amend it."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.api.query import MAX_PARAMETERS, Query, read_pagination
from openchannels.core.exceptions import ValidationFailed
from openchannels.service.pagination import PaginationParams

MAX_SAFE = 9007199254740991
REFUSED = None
FIRST = PaginationParams()
TEN = PaginationParams(limit=10)
PAGE = PaginationParams(page=1, page_size=20)


def text(value: Any) -> str:
    return f"pagination={quote(json.dumps(value))}"


TABLE: list[tuple[str, PaginationParams | None]] = [
    # Nothing
    ("", FIRST),
    ("pagination={}", FIRST),
    ("pagination=%7B%7D", FIRST),
    ("pagination=%20%7B%20%7D%20", FIRST),
    ("contentMode=video&foo=1", FIRST),
    ("pagination[cursor]=", FIRST),
    # Brackets
    ("pagination[limit]=10", TEN),
    ("pagination%5Blimit%5D=10", TEN),
    ("pagination%5blimit%5d=10", TEN),
    ("pagination[limit]=+10+", TEN),
    ("pagination[limit]=1e1", TEN),
    ("pagination[limit]=10.0", TEN),
    ("pagination[limit]=0xA", TEN),
    ("pagination[limit][]=10", TEN),
    ("pagination[limit][0]=10", TEN),
    ("pagination[limit]=10&pagination[foo]=1", TEN),
    (
        "pagination[limit]=10&pagination[direction]=next",
        PaginationParams(limit=10, direction="next"),
    ),
    (f"pagination[limit]={MAX_SAFE}", PaginationParams(limit=MAX_SAFE)),
    ("pagination[page]=1&pagination[pageSize]=20", PAGE),
    ("pagination[page]=1&pagination[pageSize]=20&pagination[limit]=5&pagination[cursor]=x", PAGE),
    ("pagination[page]=2&pagination[limit]=7", PaginationParams(limit=7)),
    ("pagination[page]=0&pagination[pageSize]=5&pagination[limit]=7", PaginationParams(limit=7)),
    ("pagination[cursor]=abc", PaginationParams(cursor="abc")),
    ("pagination[cursor]=a+b%2Bc", PaginationParams(cursor="a b+c")),
    (
        "pagination[cursor]=abc&pagination[limit]=5&pagination[direction]=previous",
        PaginationParams(cursor="abc", limit=5, direction="previous"),
    ),
    ("pagination[direction]=next", PaginationParams(direction="next")),
    ("pagination[page]=1", REFUSED),
    ("pagination[pageSize]=20", REFUSED),
    ("pagination[page]=0&pagination[pageSize]=20", REFUSED),
    ("pagination[page]=1&pagination[pageSize]=1.5", REFUSED),
    ("pagination[direction]=previous", REFUSED),
    ("pagination[direction]=previous&pagination[limit]=5", REFUSED),
    ("pagination[direction]=previous&pagination[cursor]=", REFUSED),
    *(
        (f"pagination[limit]={bad}", REFUSED)
        for bad in (
            *("0", "-1", "1.5", "abc", "", "true", "Infinity", "NaN", "9007199254740992"),
            *("1e400", "0x", "1_0", "١٠", "10,20", "null", "1e-1", "--1", "0b11", "1" * 400),
        )
    ),
    ("pagination[cursor]=x&pagination[limit]=0", REFUSED),
    ("pagination[cursor]=a&pagination[direction]=foo", REFUSED),
    ("pagination[cursor]=a&pagination[direction]=", REFUSED),
    ("pagination[limit]=5&pagination[limit]=6", REFUSED),
    ("pagination[limit][]=5&pagination[limit][]=6", REFUSED),
    ("pagination[cursor][]=x", REFUSED),
    ("pagination[cursor]=a&pagination[cursor]=b", REFUSED),
    ("pagination[direction][]=next", REFUSED),
    ("pagination[]=1", REFUSED),
    ("pagination[foo]=1", REFUSED),
    ("pagination[limit][x]=1", REFUSED),
    # JSON text
    (text({"limit": 10}), TEN),
    (text({"limit": "10"}), TEN),
    (text({"limit": 10.0}), TEN),
    (text({"limit": 10, "cursor": None, "direction": None}), TEN),
    (text({"limit": None}), FIRST),
    (text({"limit": 10, "foo": 1}), TEN),
    (text({"page": 1, "pageSize": 20}), PAGE),
    (text({"page": "1", "pageSize": "20"}), PAGE),
    (
        text({"cursor": "abc", "direction": "next"}),
        PaginationParams(cursor="abc", direction="next"),
    ),
    (text({"cursor": ""}), FIRST),
    (
        text({"direction": "previous", "cursor": "c"}),
        PaginationParams(cursor="c", direction="previous"),
    ),
    (text({"direction": "previous"}), REFUSED),
    (text({"page": 1}), REFUSED),
    (text({"foo": 1}), REFUSED),
    (text({"cursor": 5}), REFUSED),
    (text({"cursor": ["x"]}), REFUSED),
    *((text({"limit": bad}), REFUSED) for bad in (0, -1, 1.5, "abc", "", True, [10], {}, 2**53)),
    *((text(bad), REFUSED) for bad in ([], [1], "x", 5, None, True)),
    ("pagination=", REFUSED),
    ("pagination=[object%20Object]", REFUSED),
    ("pagination=limit,10", REFUSED),
    ("pagination={'limit':%2010}", REFUSED),
    ("pagination={", REFUSED),
    ("pagination={}{}", REFUSED),
    ('pagination={"limit":NaN}', REFUSED),
    ('pagination={"limit":1e999}', REFUSED),
    ("pagination=a&pagination=b", REFUSED),
    ("pagination={}&pagination={}", REFUSED),
    ("pagination=limit&pagination=direction", REFUSED),
    ("pagination=" + "[" * 5000, REFUSED),
    # Top-level names
    ("limit=10", TEN),
    ("limit=10&direction=next", PaginationParams(limit=10, direction="next")),
    ("page=1&pageSize=20", PAGE),
    ("cursor=abc", PaginationParams(cursor="abc")),
    ("cursor=", FIRST),
    ("page=1", REFUSED),
    ("limit=0", REFUSED),
    ("limit=", FIRST),
    ("page=&pageSize=&direction=", FIRST),
    ("limit=&limit=10", TEN),
    ("limit=10&limit=10", REFUSED),
    ("direction=previous", REFUSED),
    ("pagination.limit=10", FIRST),
    # Several forms at once
    ("pagination[limit]=10&limit=10", TEN),
    ("pagination[limit]=10&limit=1e1", TEN),
    (text({"limit": 10}) + "&limit=10&pagination[limit]=0xa", TEN),
    ("pagination={}&limit=10", TEN),
    ("pagination[cursor]=c&limit=10", PaginationParams(cursor="c", limit=10)),
    ("pagination[page]=1&pageSize=20", PAGE),
    ("pagination[limit]=10&limit=11", REFUSED),
    (text({"cursor": "a"}) + "&pagination[cursor]=b", REFUSED),
    (text({"direction": "next"}) + "&direction=previous&cursor=c", REFUSED),
]


def asked(query: str | bytes) -> PaginationParams | None:
    """What is read of a query; REFUSED with an issue that names the parameter."""
    raw = query.encode() if isinstance(query, str) else query
    try:
        return read_pagination(Query(raw))
    except ValidationFailed as failed:
        issues = failed.data["issues"]
    assert issues
    assert all(issue["path"].startswith("pagination") and issue["message"] for issue in issues)
    return REFUSED


@pytest.mark.parametrize(("query", "expected"), TABLE)
def test_table(query: str, expected: PaginationParams | None) -> None:
    assert asked(query) == expected


NAMES = st.sampled_from(
    ["page", "pageSize", "cursor", "limit", "direction", "foo", "", "pagination"]
)
WRAPPED = NAMES.map(lambda name: f"pagination[{name}]")
DEEPER = st.tuples(WRAPPED, st.sampled_from(["[]", "[0]", "[x]", "[", "]", "[][]"])).map("".join)
TEXTS = st.one_of(
    st.sampled_from(["1", "10", "next", "previous", "", "0", "1e3", "0x1", "{}", '{"limit":1}']),
    st.text(max_size=8),
    st.integers().map(str),
    st.floats().map(str),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=6,
    ).map(json.dumps),
)
PAIRS = st.lists(st.tuples(st.one_of(NAMES, WRAPPED, DEEPER, st.just("pagination")), TEXTS))


@settings(max_examples=400, deadline=None)
@given(PAIRS)
def test_nothing_but_a_refusal_is_ever_raised(pairs: list[tuple[str, str]]) -> None:
    found = asked(urlencode(pairs, errors="surrogatepass"))
    if found is not None:
        assert found.mode in (None, "cursor", "page")
        numbers = (found.limit, found.page, found.page_size)
        assert all(n is None or 1 <= n <= MAX_SAFE for n in numbers)
        assert found.cursor != ""
        assert found.direction != "previous" or found.cursor


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    names = Query(raw).scalars()
    assert all(isinstance(name, str) for name in names)
    found = asked(raw)
    assert found is REFUSED or isinstance(found, PaginationParams)


VALID = st.one_of(
    st.fixed_dictionaries({"page": st.integers(1, MAX_SAFE), "pageSize": st.integers(1, MAX_SAFE)}),
    st.fixed_dictionaries(
        {"cursor": st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)},
        optional={
            "limit": st.integers(1, MAX_SAFE),
            "direction": st.sampled_from(["next", "previous"]),
        },
    ),
    st.fixed_dictionaries({"limit": st.integers(1, MAX_SAFE)}),
    st.fixed_dictionaries({"direction": st.just("next")}),
)


@settings(max_examples=300, deadline=None)
@given(VALID)
def test_all_forms_read_the_same(values: dict[str, Any]) -> None:
    expected = PaginationParams(
        cursor=values.get("cursor"),
        limit=values.get("limit"),
        direction=values.get("direction"),
        page=values.get("page"),
        page_size=values.get("pageSize"),
    )
    brackets = urlencode({f"pagination[{name}]": value for name, value in values.items()})
    plain = urlencode(values)
    forms = [brackets, plain, text(values), urlencode({"pagination": json.dumps(values)})]
    forms.append(f"{brackets}&{plain}&{text(values)}")
    assert {repr(asked(form)) for form in forms} == {repr(expected)}


def test_parameters_beyond_the_limit_are_not_read() -> None:
    filler = "&".join(f"a{n}=1" for n in range(MAX_PARAMETERS))
    assert asked(f"limit=10&{filler}") == TEN
    assert asked(f"{filler}&limit=10") == FIRST
