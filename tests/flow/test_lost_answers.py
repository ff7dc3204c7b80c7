"""What came from a platform is never lost, and what was lost on the way is told by its name."""

import asyncio
from typing import Any

import pytest

from openchannels.service import unwritten
from openchannels.service.credentials import refresh
from openchannels.store.queries import credentials as store
from tests.flow.test_credentials import looks_at_the_claim, tokens_of
from tests.harness.paths import REFRESH_ENDPOINTS
from tests.harness.rig import Rig
from tests.harness.tool import Tool
from tests.harness.waiting import PATIENCE

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = 86_400.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unwritten, "LONGEST_PAUSE", 0.2)


async def state(tool: Tool, account_id: str) -> tuple[int, str | None]:
    told = await tool.account_state(account_id)
    return told["status"], told.get("reason")


def breaking(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let writes of fresh tokens fail while the list holds an item; each failure takes one."""
    left: list[int] = []
    genuine = store.replace

    def replace(*args: Any) -> bool:
        if left:
            left.pop()
            raise OSError("the disk is away for a moment")
        return genuine(*args)

    monkeypatch.setattr(store, "replace", replace)
    return left


async def test_a_pair_is_written_however_long_it_takes(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    before = await tokens_of(rig, account_id)
    left = breaking(rig, monkeypatch)
    left.extend(range(8))
    rig.clock.advance(31 * DAY - 3 * DAY)
    assert (await tool.works("bilibili", account_id)).code == 0
    assert not left
    assert not rig.runtime.services.context.unwritten
    assert (await tokens_of(rig, account_id)).refresh_token != before.refresh_token
    assert await rig.count(REFRESH_ENDPOINTS["bilibili"]) == 1


async def test_who_waits_for_an_unwritten_pair_is_told_in_time(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, account_id = tool.rig, await tool.connected("youtube")
    monkeypatch.setattr(refresh, "WAIT_SECONDS", 0.5)
    left = breaking(rig, monkeypatch)
    left.extend(range(1000))
    rig.clock.advance(7200)
    answer = await tool.works("youtube", account_id)
    assert (answer.code, answer.data["category"]) == (15094, "timeout")
    metrics = await rig.http.get(rig.url + "/metrics")
    assert "openchannels_unwritten_tokens 1.0\n" in await metrics.text()
    left.clear()
    await rig.runtime.services.drain()
    assert (await tool.works("youtube", account_id)).code == 0
    assert (await rig.rows("credentials"))[0]["version"] == 2


async def test_an_answer_cut_after_a_rotation(tool: Tool) -> None:
    """The old token is tried once more; the platform, which saw it used, ends the grant."""
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(28 * DAY)
    await rig.fault(REFRESH_ENDPOINTS["bilibili"], "drop", acted=True, times=1)
    await tool.works("bilibili", account_id)
    assert await rig.count(REFRESH_ENDPOINTS["bilibili"]) == 2
    assert await state(tool, account_id) == (0, "refresh_lost")
    events = [row["data"].get("reason") for row in await rig.rows("events")]
    assert events.count("refresh_lost") == 1


async def test_an_answer_cut_before_the_rotation(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(28 * DAY)
    await rig.fault(REFRESH_ENDPOINTS["bilibili"], "drop", times=1)
    assert (await tool.works("bilibili", account_id)).code == 0
    assert await rig.count(REFRESH_ENDPOINTS["bilibili"]) == 2
    assert await state(tool, account_id) == (1, None)


async def test_the_doubt_outlives_the_process(tool: Tool) -> None:
    """A claim that lapsed is one whose holder died, perhaps after the platform acted."""
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(28 * DAY)
    now = rig.clock()
    await rig.runtime.db.write(store.claim, account_id, 1, "dead", now, now + 40)
    rig.clock.advance(41)
    await rig.revoke("bilibili", "ida")
    await tool.works("bilibili", account_id)
    assert await state(tool, account_id) == (0, "refresh_lost")


async def test_the_doubt_is_kept_while_the_platform_is_away(tool: Tool) -> None:
    rig, account_id = tool.rig, await tool.connected("bilibili")
    rig.clock.advance(28 * DAY)
    await rig.fault(REFRESH_ENDPOINTS["bilibili"], "drop", acted=True, times=1)
    await rig.fault(REFRESH_ENDPOINTS["bilibili"], "drop")
    assert (await tool.works("bilibili", account_id)).code == 0
    (row,) = await rig.rows("credentials")
    assert (row["claim_owner"] is not None, row["claim_until"]) == (True, store.RELEASED)
    await rig.heal()
    await tool.works("bilibili", account_id)
    assert await state(tool, account_id) == (0, "refresh_lost")


async def test_a_fault_of_ours_gives_the_claim_back(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, account_id = tool.rig, await tool.connected("youtube")
    _, auth = rig.runtime.services.context.platforms.oauth("youtube")
    rig.clock.advance(7200)

    async def broken(*_: Any) -> None:
        raise KeyError("a field that is not there")

    with monkeypatch.context() as patch:
        patch.setattr(type(auth), "refresh", broken)
        assert (await tool.works("youtube", account_id)).code == 500
    assert (await rig.rows("credentials"))[0]["claim_owner"] is None
    assert (await tool.works("youtube", account_id)).code == 0


async def test_waiters_of_another_process_are_told_to_try_again(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = looks_at_the_claim(monkeypatch)
    rig, account_id = tool.rig, await tool.connected("youtube")
    rig.clock.advance(7200)
    now, db = rig.clock(), rig.runtime.db
    await db.write(store.claim, account_id, 1, "other", now, now + 40)
    waiting = asyncio.create_task(tool.works("youtube", account_id))
    # Not before it has met the claim: else it would find none, and refresh itself.
    await asyncio.wait_for(looked.wait(), PATIENCE)
    assert not waiting.done()
    await db.write(store.release, account_id, "other", doubtful=False)
    answer = await waiting
    assert (answer.code, answer.data["retryable"]) == (15094, True)
