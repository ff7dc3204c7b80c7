"""The clients with a service that has the original's contract, and nothing of ours."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from openchannels.client import ConnectionFailed, NotFound, ValidationError
from tests.client.both import BothClients, listed, settled
from tests.client.original import LIMIT, Original, work
from tests.client.stub import Answer, Stub, success

WORKS = [work(number) for number in range(20)]


@pytest.fixture
def client(open_client: Callable[..., BothClients], stub: Stub) -> BothClients:
    Original(stub, {"a": WORKS})
    return open_client(f"{stub.url}/api/v2/channels", "oc_x")


def pages_read(stub: Stub) -> int:
    return sum(one.path.endswith("/works/youtube") for one in stub.calls)


async def test_all_works(client: BothClients, stub: Stub) -> None:
    works = await listed(client.works.iter("youtube", "a"))
    assert [one.to_dict() for one in works] == WORKS
    assert pages_read(stub) == -(-len(WORKS) // LIMIT)


async def test_a_period_is_filtered_here_and_ends_the_list(client: BothClients, stub: Stub) -> None:
    since, until = (datetime(2026, 1, day, 8, tzinfo=UTC) for day in (21, 26))
    works = await listed(client.works.iter("youtube", "a", since=since, until=until))
    assert [one.platform_work_id for one in works] == ["w3", "w4", "w5", "w6", "w7"]
    assert pages_read(stub) == 4


async def test_a_pinned_old_work_does_not_end_the_list(client: BothClients, stub: Stub) -> None:
    Original(stub, {"a": [work(19), *WORKS[:10], work(18)]})
    works = await listed(client.works.iter("youtube", "a", since=datetime(2026, 1, 20, tzinfo=UTC)))
    assert [one.platform_work_id for one in works] == [f"w{number}" for number in range(9)]


async def test_what_it_leaves_out(client: BothClients) -> None:
    (account,) = await listed(client.accounts.iter())
    assert (account.id, account.rank, account.created_at) == ("a", None, None)
    assert (await settled(client.accounts.status("a"))).missing_scopes == ()
    assert await settled(client.accounts.delete_many(["a"])) == ()
    (group,) = await settled(client.groups.list())
    assert (group.rank, group.is_default) == (None, False)


async def test_its_refusals(client: BothClients) -> None:
    with pytest.raises(ValidationError) as invalid:
        await settled(client.works.link_info("youtube", "https://youtu.be/x"))
    assert (invalid.value.code, invalid.value.issues, invalid.value.request_id) == (400, (), None)
    with pytest.raises(NotFound) as missing:
        await settled(client.accounts.get("a"))
    assert (missing.value.code, missing.value.data) == (404, {})


async def test_a_list_of_one_page(client: BothClients, stub: Stub) -> None:
    page = {"platform": "youtube", "items": WORKS[:2], "pagination": {"mode": "none"}}
    stub.script = [success([]), success(page)]
    assert len(await listed(client.works.iter("youtube", "a"))) == 2


@pytest.mark.parametrize("cursor", [{}, {"nextCursor": "2"}])
async def test_a_list_that_does_not_go_on(
    cursor: dict[str, str], client: BothClients, stub: Stub
) -> None:
    """What was given is not given again when it goes on."""
    on = {"mode": "cursor", "hasNext": True, "hasPrevious": False, "limit": 2, **cursor}
    page = success({"platform": "youtube", "items": WORKS[:2], "pagination": on})
    stub.answer = lambda one: success([]) if one.path.endswith("/platforms") else page
    works = client.works.iter("youtube", "a")
    assert len(await listed(works, 2)) == 2
    with pytest.raises(ConnectionFailed, match="no new cursor"):
        await listed(works)
    Original(stub, {"a": WORKS})
    rest = await listed(client.works.iter("youtube", "a", position=works.position))
    assert [one.platform_work_id for one in rest] == [f"w{n}" for n in range(2, 20)]


UNREADABLE: dict[str, Any] = {
    "a page": "<h1>Bad gateway</h1>",
    "a list": [],
    "no message": {"code": 0},
    "no code": {"message": "ok", "data": {}},
    "no data": {"code": 0, "message": "ok"},
    "other data": {"code": 0, "message": "ok", "data": {"id": 1}},
    "a text": {"code": 0, "message": "ok", "data": "<b>"},
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_answers_nobody_can_read(name: str, client: BothClients, stub: Stub) -> None:
    stub.answer = lambda _: Answer(UNREADABLE[name], 201)
    with pytest.raises(ConnectionFailed, match="not from openchannels"):
        await settled(client.accounts.get("a"))
    assert len(stub.calls) == 1
