"""A service whose store is moving: it reads, begins nothing, and finishes what it has begun."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from openchannels.service.moving import export
from openchannels.service.moving.export import Departure
from openchannels.service.moving.refused import MoveRefused
from openchannels.service.services import Services
from openchannels.store.queries import credentials as store
from openchannels.store.queries import moving
from openchannels.store.queries.leases import CLOCK_SKEW_SECONDS
from tests.flow.test_credentials import tokens_of
from tests.harness.paths import AUTH, REFRESH_ENDPOINTS, WEBHOOKS
from tests.harness.rig import Rig, twin
from tests.harness.tasks import run_due
from tests.harness.tool import Answer, Tool
from tests.harness.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = 86_400.0
GOOGLE = REFRESH_ENDPOINTS["youtube"]


@pytest_asyncio.fixture(loop_scope="module")
async def departure(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Departure]:
    """The move of the rig's store, ended with the test."""
    monkeypatch.setattr(export, "POLL_SECONDS", 0.02)
    context = rig.runtime.services.context
    one = Departure(context.db, context.vault, context.clock)
    yield one
    await one.end()


def is_moving(answer: Answer) -> bool:
    waits = {"reason": "moving", "retryable": True, "retryAfter": 30}
    return (answer.status, answer.code, answer.data) == (503, 503, waits)


async def test_reads_go_on_and_nothing_is_begun(tool: Tool, departure: Departure) -> None:
    rig = tool.rig
    account_id, plugin = await tool.connected("youtube"), await tool.connected("bilibili")
    started = await tool.start("youtube", redirectUri="https://app.example.com/done")
    callback = await rig.browser().consent(started["url"])
    before, calls = await rig.rows("credentials"), await rig.calls()
    await departure.begin()
    for method, path, body in (
        ("GET", f"{AUTH}/youtube", None),
        ("POST", WEBHOOKS, {"url": "https://example.com/"}),
        ("POST", "/api/v2/channels/account-groups", {"name": "new"}),
        ("DELETE", f"/api/v2/channels/auth-sessions/{started['sessionId']}", None),
        ("POST", "/api/v2/channels/accounts", rig_plugin()),
        # Nothing is revoked at the platform either.
        ("DELETE", f"/api/v2/channels/accounts/{account_id}", None),
        ("POST", f"/api/v2/channels/accounts/{account_id}/revoke", {}),
    ):
        answer = await tool.call(method, path, json=body)
        assert is_moving(answer), (path, answer.body)
    page = await rig.browser().open(callback)
    assert (page.status, "503" in page.text) == (503, True)
    assert await rig.calls() == calls
    assert (await tool.account_state(account_id))["status"] == 1
    assert (await tool.works("youtube", account_id)).code == 0
    assert (await tool.poll("youtube", started["sessionId"])).data["status"] == "pending"
    assert await rig.rows("credentials") == before
    async with rig.http.get(rig.url + "/ready") as ready:
        assert (ready.status, await ready.json()) == (200, {"status": "moving"})
    assert plugin
    await departure.end()
    # The code was not redeemed: the same address goes on.
    assert (await rig.browser().open(callback)).status == 303


def rig_plugin() -> dict[str, str]:
    cookie = "web_session=1; a1=1"
    return {"type": "xhs", "uid": "u1", "nickname": "Ida", "loginCookie": cookie}


async def test_a_token_is_used_while_it_lives_and_never_refreshed(
    tool: Tool, departure: Departure
) -> None:
    rig, account_id = tool.rig, await tool.connected("youtube")
    before = await tokens_of(rig, account_id)
    await departure.begin()
    # Within the leeway a refresh would be tried first.
    rig.clock.advance((before.expires_at or 0.0) - rig.clock() - 30)
    assert (await tool.works("youtube", account_id)).code == 0
    rig.clock.advance(60)
    assert is_moving(await tool.works("youtube", account_id))
    async with twin(rig) as other:
        headers = {"X-Api-Key": tool.key.key}
        path = f"{other}/api/v2/channels/works/youtube?accountId={account_id}"
        async with rig.http.get(path, headers=headers) as answer:
            assert (answer.status, (await answer.json())["data"]["reason"]) == (503, "moving")
    assert await rig.count(GOOGLE) == 1  # the code's exchange
    assert await tokens_of(rig, account_id) == before
    assert (await tool.account_state(account_id))["status"] == 1
    await departure.end()
    assert (await tool.works("youtube", account_id)).code == 0
    assert await rig.count(GOOGLE) == 2


async def test_tasks_pause(tool: Tool, departure: Departure) -> None:
    rig = tool.rig
    await tool.connected("youtube")
    created = await tool.post(WEBHOOKS, {"url": "http://127.0.0.1:9/hook"})
    assert created.code == 0, created.body
    await tool.connect("youtube", "ben")
    await departure.begin()
    rig.clock.advance(40 * DAY)
    calls = await rig.calls()
    refused: list[str] = []
    for task in rig.runtime.services.tasks:
        try:
            await run_due(rig.runtime.services, task.name)
        except Exception as error:
            refused.append(f"{task.name} {type(error).__name__}")
    assert {"refresh Moving", "probe Moving", "webhooks Moving"} <= set(refused)
    assert all(one.endswith(" Moving") for one in refused)
    assert await rig.calls() == calls


async def test_a_refresh_in_flight_is_finished_before_writes_end(
    tool: Tool, departure: Departure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer would be lost else, and with it the account: the pair has been replaced."""
    rig, account_id = tool.rig, await tool.connected("bilibili")
    before = await tokens_of(rig, account_id)
    rig.clock.advance(29 * DAY)
    answered = hold_the_answer(rig.runtime.services, monkeypatch)
    reading = asyncio.create_task(tool.works("bilibili", account_id))
    await answered.came.wait()
    leaving = asyncio.create_task(departure.begin())
    await until(lambda: is_begun(rig))
    move = await departure.current()
    assert move is not None
    assert not move.closed
    assert await rig.runtime.db.read(moving.in_flight, rig.skewed(), export.LONGEST) == {
        "refreshes": 1
    }
    answered.go.set()
    assert (await reading).code == 0
    assert (await leaving).closed
    after = await tokens_of(rig, account_id)
    assert after.refresh_token != before.refresh_token


class Held:
    """An answer of a platform that has come and is not yet stored."""

    def __init__(self) -> None:
        self.came, self.go = asyncio.Event(), asyncio.Event()


def hold_the_answer(services: Services, monkeypatch: pytest.MonkeyPatch) -> Held:
    held, refreshing = Held(), services.credentials.refreshing
    genuine: Callable[..., Any] = refreshing._save

    async def save(*args: Any) -> Any:
        held.came.set()
        await held.go.wait()
        return await genuine(*args)

    monkeypatch.setattr(refreshing, "_save", save)
    return held


async def is_begun(rig: Rig) -> bool:
    return await rig.runtime.db.read(moving.current) is not None


async def test_a_claim_of_a_dead_process_is_not_waited_for_long(
    tool: Tool, departure: Departure
) -> None:
    """It lapses, and the doubt about its outcome moves with the credential."""
    rig, account_id = tool.rig, await tool.connected("bilibili")
    now = rig.skewed()
    until_then = now + export.LONGEST.refresh
    claimed = await rig.runtime.db.write(store.claim, account_id, 1, "dead", now, until_then)
    assert claimed is store.Claim.FREE
    leaving = asyncio.create_task(departure.begin())
    await until(lambda: is_begun(rig))
    # Its clock may have been behind.
    rig.clock.advance(export.LONGEST.refresh + CLOCK_SKEW_SECONDS + 1)
    assert (await leaving).closed
    (row,) = await rig.rows("credentials", account_id=account_id)
    assert row["claim_owner"] == "dead"


async def test_another_command_may_end_a_move_that_waits(tool: Tool, departure: Departure) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    now = rig.skewed()
    await rig.runtime.db.write(store.claim, account_id, 1, "slow", now, now + 40)
    leaving = asyncio.create_task(departure.begin())
    await until(lambda: is_begun(rig))
    await departure.end()
    with pytest.raises(MoveRefused, match="ended by another"):
        await leaving
