"""The works of many accounts at once: how many requests, what an error stops, where it goes on."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from openchannels.client import NotFound, PlatformUnavailable, Unsupported
from tests.client.both import BothClients, listed, settled
from tests.client.original import Original, work
from tests.client.stub import Answer, Received, Stub, failure
from tests.harness.service import Service
from tests.harness.waiting import PATIENCE

Open = Callable[..., BothClients]
NAMES = [f"a{number}" for number in range(7)]
WORKS = {name: [work(number) for number in range(4 + 3 * at)] for at, name in enumerate(NAMES)}


class Counted(Original):
    """Notes how many pages are asked for at once; the first `together` wait for each other."""

    def __init__(self, stub: Stub, together: int = 1) -> None:
        super().__init__(stub, WORKS)
        self.most = 0
        self.broken: dict[str, Answer] = {}
        self._now = 0
        self._lock = threading.Lock()
        self._barrier = threading.Barrier(together)
        self._waiting = together

    def answer(self, request: Received) -> Answer:
        if not request.path.endswith("/works/youtube"):
            return super().answer(request)
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            waits = self._waiting > 0
            self._waiting -= 1
        if waits:
            self._barrier.wait(PATIENCE)
        with self._lock:
            self._now -= 1
        return self.broken.get(request.query["accountId"]) or super().answer(request)


@pytest.fixture
def client(open_client: Open, stub: Stub) -> BothClients:
    return open_client(stub.url, "oc_x", max_retries=0)


def found(items: list[Any]) -> dict[str, list[str]]:
    """Ids of works by account, in the order in which they came."""
    by_account: dict[str, list[str]] = {}
    for account, one in items:
        by_account.setdefault(account.id, []).append(one.platform_work_id)
    return by_account


ALL = {name: [one["platformWorkId"] for one in works] for name, works in WORKS.items()}


@pytest.mark.parametrize("in_flight", [1, 4, 20])
async def test_all_works_of_all_accounts(in_flight: int, client: BothClients, stub: Stub) -> None:
    together = min(in_flight, len(NAMES))
    service = Counted(stub, together)
    works = client.works.iter_all(in_flight=in_flight)
    assert found(await listed(works)) == ALL
    assert service.most == together
    assert works.failures == {}
    assert await listed(client.works.iter_all(position=works.position)) == []


async def test_chosen_accounts_and_a_period(client: BothClients, stub: Stub) -> None:
    Counted(stub)
    accounts = await listed(client.accounts.iter())
    since = datetime(2026, 1, 26, tzinfo=UTC)
    works = client.works.iter_all(accounts[2:4], since=since)
    assert found(await listed(works)) == {name: ["w0", "w1", "w2"] for name in NAMES[2:4]}
    with pytest.raises(ValueError, match="in_flight"):
        client.works.iter_all(in_flight=0)
    with pytest.raises(ValueError, match="position"):
        client.works.iter_all(position="{}")


@pytest.mark.parametrize("most", [0, 1, 5, 30, 60])
async def test_another_one_goes_on(most: int, client: BothClients, stub: Stub) -> None:
    Counted(stub)
    begun = client.works.iter_all(in_flight=3)
    first = await listed(begun, most)
    position = begun.position
    await settled(begun.aclose() if hasattr(begun, "aclose") else begun.close())
    rest = found(await listed(client.works.iter_all(position=position)))
    whole = {name: found(first).get(name, []) + rest.get(name, []) for name in NAMES}
    assert whole == ALL


async def test_an_error_of_one_account_stops_no_other(client: BothClients, stub: Stub) -> None:
    service = Counted(stub)
    service.broken = {"a1": failure(12600), "a5": failure(15094)}
    works = client.works.iter_all(in_flight=3)
    others = {name: ids for name, ids in ALL.items() if name not in service.broken}
    assert found(await listed(works)) == others
    assert {name: type(error) for name, error in works.failures.items()} == {
        "a1": NotFound,
        "a5": PlatformUnavailable,
    }
    service.broken = {}
    again = client.works.iter_all(position=works.position)
    assert found(await listed(again)) == {name: ALL[name] for name in ("a1", "a5")}
    assert again.failures == {}


async def test_nothing_without_accounts(client: BothClients, stub: Stub) -> None:
    service = Counted(stub)
    assert await listed(client.works.iter_all([])) == []
    stub.answer = lambda one: (
        failure(503, 503) if one.path.endswith("accounts") else service.answer(one)
    )
    with pytest.raises(Exception, match="503"):
        await listed(client.works.iter_all())


async def test_the_real_service(open_client: Open, hosted: Service) -> None:
    """By default accounts whose platform has no list, such as those of a plug-in, are not asked."""
    places = [("youtube", "one"), ("bilibili", "two"), ("tiktok", "three")]
    wanted = {hosted.account(platform, person, user="many") for platform, person in places}
    plugin = hosted.account("xhs", "four", user="many")
    client = open_client(hosted.url, hosted.key_of("many").key)
    works = client.works.iter_all()
    by_account = found(await listed(works))
    assert by_account.keys() == wanted
    assert all(len({*ids}) == len(ids) > 90 for ids in by_account.values())
    assert works.failures == {}
    asked = client.works.iter_all(await listed(client.accounts.iter(platforms=["xhs"])))
    assert await listed(asked) == []
    assert {name: type(error) for name, error in asked.failures.items()} == {plugin: Unsupported}
