"""Lists by cursor and by number, over answers of a played platform."""

import asyncio
import json
from typing import Any

import pytest

from openchannels.connectors.base.account_call import AccountCall
from openchannels.connectors.base.mapping import ProfileMap, WorkMap
from openchannels.connectors.base.paginators import CursorList, ItemsPage, PageList
from openchannels.connectors.pinterest.connector import Pinterest
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.paging import CursorPaging, NumberRequest
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode
from tests.connectors import played
from tests.connectors.played import PLAYED, Play
from tests.connectors.support import FakeSend, account_of, answer, client_for, page

URL = "https://api.example/list"
CURSOR = CursorList(
    url=URL, items="data.list", size="limit", cursor="after", next="data.next", previous="data.prev"
)
BODY = CursorList(
    url=URL,
    items="list",
    id="id|other_id",
    in_body=True,
    size="limit",
    cursor="after",
    next=lambda answer, items, request: f"{request.limit}:{len(items)}",
)
NUMBERED = PageList(url=URL, items="list", size="ps", number="pn", total="total")
OFFSET = PageList(
    url=URL,
    items="list",
    size="count",
    number="start",
    by_offset=True,
    has_next=lambda answer, items, request: answer["more"],
)
WORK = WorkMap({"id": "id", "mode": ContentMode.TEXT})


async def listed(paginator: Any, told: Any, request: Any, **parts: Any) -> tuple[ItemsPage, Any]:
    send = FakeSend().on("/list", told)
    found = await paginator.page(client_for(Pinterest(), send), request, **parts)
    return found, send


async def test_a_list_by_cursor() -> None:
    body = {"data": {"list": [{"id": 1}, {}, None, {"id": "2"}], "next": 5, "prev": ""}}
    found, send = await listed(CURSOR, body, page("p0", 9), params={"q": "me"}, headers={"a": "b"})
    assert send.params() == {"q": "me", "limit": "9", "after": "p0"}
    assert send.calls[0].headers == {"a": "b"}
    assert [item["id"] for item in found.items] == [1, "2"]
    assert (found.next, found.previous) == ("5", None)
    works = found.works(WORK, account_of(Platform("pinterest"), "u"))
    assert [work.id for work in works.items] == ["1", "2"]
    assert (works.next, works.previous) == ("5", None)


async def test_the_first_page_has_no_cursor_and_an_address_of_its_own() -> None:
    _, send = await listed(
        CURSOR, {"data": {"list": []}}, page(), url="https://api.example/u1/list"
    )
    assert send.params() == {"limit": "25"}
    assert send.calls[0].url == "https://api.example/u1/list"


async def test_a_list_in_a_body() -> None:
    body = {"list": [{"other_id": 1}, {"third_id": 2}]}
    found, send = await listed(BODY, body, page(None, 3), params={"f": "x"}, body={"kind": None})
    [call] = send.calls
    assert (call.method, json.loads(call.body or b"")) == ("POST", {"limit": 3, "kind": None})
    assert send.params() == {"f": "x"}
    assert found.next == "3:1"


@pytest.mark.parametrize(
    ("number", "total", "more"), [(1, 5, True), (2, 5, True), (3, 5, False), (1, "2", False)]
)
async def test_a_list_by_number(number: int, total: Any, more: bool) -> None:
    body = {"list": [{"id": 1}], "total": total}
    found, send = await listed(NUMBERED, body, NumberRequest(page=number, size=2))
    assert send.params() == {"ps": "2", "pn": str(number)}
    assert (found.has_next, found.total) == (more, int(total))


async def test_a_list_by_offset() -> None:
    body = {"list": [], "more": True}
    found, send = await listed(OFFSET, body, NumberRequest(page=3, size=20))
    assert send.params() == {"count": "20", "start": "40"}
    assert (found.has_next, found.total) == (True, None)


EMPTY_BY_TOTAL = PageList(
    url=URL,
    items="list",
    size="ps",
    number="pn",
    total="total",
    empty=lambda answer: answer["total"] == 0,
)


@pytest.mark.parametrize(
    ("paginator", "body"),
    [
        (NUMBERED, {"list": []}),
        (EMPTY_BY_TOTAL, {"total": 3}),
        (CURSOR, {}),
        (CURSOR, {"data": {"list": None}}),
    ],
)
async def test_what_lacks_its_list_or_total_is_malformed(paginator: Any, body: Any) -> None:
    request = page() if isinstance(paginator, CursorList) else NumberRequest(page=1, size=2)
    with pytest.raises(PlatformFailure) as caught:
        await listed(paginator, body, request)
    assert caught.value.kind is FailureKind.MALFORMED


async def test_an_absent_list_may_be_an_empty_one() -> None:
    found, _ = await listed(EMPTY_BY_TOTAL, {"total": 0}, NumberRequest(page=1, size=2))
    assert (found.items, found.has_next) == ([], False)


# Rules for every platform


@pytest.mark.parametrize(
    ("paginator", "told"),
    [
        (CURSOR, {"data": {"list": "1"}}),
        (CURSOR, {"data": {"list": {"0": {"id": 1}}}}),
        (CURSOR, {"data": {"list": False}}),
        (NUMBERED, {"list": 0, "total": 0}),
        (EMPTY_BY_TOTAL, {"list": {}, "total": 0}),
    ],
)
async def test_a_list_that_is_no_list_is_malformed(paginator: Any, told: Any) -> None:
    request = page() if isinstance(paginator, CursorList) else NumberRequest(page=1, size=2)
    with pytest.raises(PlatformFailure) as caught:
        await listed(paginator, told, request)
    assert caught.value.kind is FailureKind.MALFORMED


async def test_an_item_twice_in_a_page_is_given_once() -> None:
    items = [{"id": 1, "n": "a"}, {"id": 2}, {"id": "1", "n": "b"}, {"id": 2}]
    found, _ = await listed(CURSOR, {"data": {"list": items}}, page())
    assert found.items == items[:2]


@pytest.mark.parametrize(
    ("position", "following", "expected"),
    [(None, "p1", "p1"), ("p1", "p1", None), ("1", 1, None), ("p1", "p2", "p2")],
)
async def test_a_position_that_does_not_advance_ends_the_list(
    position: str | None, following: Any, expected: str | None
) -> None:
    answer = {"data": {"list": [{"id": 1}], "next": following, "prev": following}}
    found, _ = await listed(CURSOR, answer, page(position))
    assert (found.next, found.previous) == (expected, str(following))
    back, _ = await listed(CURSOR, answer, page(position, direction="previous"))
    assert (back.next, back.previous) == (str(following), expected)
    found, _ = await listed(BODY, {"list": [{"id": 1}]}, page("5:1", 5))
    assert found.next is None


# Every platform


@pytest.mark.parametrize("platform", [name for name, own in PLAYED.items() if own.next_page])
def test_a_next_page_that_is_the_page_itself_is_none(platform: str) -> None:
    """The page leads to another from elsewhere, and nowhere from its own position."""
    own = PLAYED[platform]

    async def following(position: str | None) -> Any:
        play = Play(own, dict.fromkeys(own.works, answer(own.next_page)))
        return (await played.works(platform, played.client_of(platform, play), position)).next

    assert asyncio.run(following(None)) == own.stuck
    assert asyncio.run(following(own.stuck)) is None


def test_every_list_by_token_takes_part() -> None:
    """The others count: their positions are numbers, or ids of items that come later."""
    by_token = {name for name, own in PLAYED.items() if own.next_page}
    cursors = {
        name
        for name in PLAYED
        if (works := CONNECTORS[Platform(name)].works) and isinstance(works.paging, CursorPaging)
    }
    assert cursors - by_token == {"KWAI", "wxGzh"}
    assert PLAYED.keys() == CONNECTORS.keys()


# The account


CALL = AccountCall(URL, at="user", params={"part": "all"})
PROFILE = ProfileMap(Platform("pinterest"), {"uid": "id", "nickname": "name"})


async def test_the_account_of_a_call() -> None:
    send = FakeSend().on("/list", {"user": {"name": "Kiln"}})
    client = client_for(Pinterest(), send)
    profile = await CALL.profile(client, PROFILE, headers={}, params={"f": "x"}, uid="u1")
    assert (profile.uid, profile.nickname) == ("u1", "Kiln")
    assert send.params() == {"part": "all", "f": "x"}
    with pytest.raises(PlatformFailure) as caught:
        await CALL.profile(client, PROFILE, headers={})
    assert (caught.value.kind, caught.value.operation) == (FailureKind.MALFORMED, "account.read")
