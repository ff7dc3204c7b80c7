"""What a crash leaves behind, and what the sweep makes of it."""

from typing import Any

import pytest

from openchannels.core.credentials import Tokens
from openchannels.service.authorization import completion
from openchannels.service.sealing import session_row
from tests.harness.browser import callback_params
from tests.harness.paths import PROFILE_ENDPOINTS, TOKEN_ENDPOINTS
from tests.harness.rig import Rig
from tests.harness.tasks import run_due
from tests.harness.tool import Tool

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def abandoned(tool: Tool, *, answered: bool, platform: str = "youtube") -> tuple[str, str]:
    """A session as a killed process leaves it: claimed, with or without the token answer."""
    rig = tool.rig
    started = await tool.start(platform)
    callback = await rig.browser().consent(started["url"])
    session_id = started["sessionId"]
    services = rig.runtime.services
    sealed = None
    if answered:
        connector, auth = services.context.platforms.oauth(platform)
        upstream = services.context.platforms.client(connector)
        (row,) = await rig.rows("auth_sessions", id=session_id)
        vault = services.context.vault
        verifier = row["sealed"] and vault.open(row["sealed"], session_row(session_id)).decode()
        tokens = await auth.exchange(upstream, callback_params(callback), verifier)
        sealed = vault.seal(tokens.to_json(), session_row(session_id))
    await change(rig, session_id, stage="claimed", lease_owner="dead", lease_until=rig.clock() + 9)
    if sealed is not None:
        await change(rig, session_id, sealed=sealed)
    return session_id, callback


async def change(rig: Rig, session_id: str, **values: Any) -> None:
    from sqlalchemy import update

    from openchannels.store.tables import auth_sessions as t

    statement = update(t).where(t.c.id == session_id).values(**values)
    await rig.runtime.db.write(lambda c: c.execute(statement).rowcount)


async def sweep(rig: Rig) -> None:
    await run_due(rig.runtime.services, "recovery", "clean-up")


async def pass_time(rig: Rig, seconds: int) -> None:
    """Sweep every ten minutes: after a jump of the clock nothing is deleted for an hour."""
    for _ in range(-(-seconds // 600)):
        rig.clock.advance(600)
        await sweep(rig)


async def test_a_living_claim_is_left_alone(tool: Tool) -> None:
    session_id, _ = await abandoned(tool, answered=True)
    await sweep(tool.rig)
    assert (await tool.status("youtube", session_id))["status"] == "pending"
    (row,) = await tool.rig.rows("auth_sessions")
    assert (row["stage"], row["lease_owner"]) == ("claimed", "dead")


async def test_a_kept_answer_is_gone_on_from(tool: Tool) -> None:
    session_id, _ = await abandoned(tool, answered=True)
    redeemed = await tool.rig.count(TOKEN_ENDPOINTS["youtube"])
    tool.rig.clock.advance(10)
    await sweep(tool.rig)
    status = await tool.status("youtube", session_id)
    assert status["status"] == "completed"
    assert (await tool.works("youtube", status["accountId"])).code == 0
    assert await tool.rig.count(TOKEN_ENDPOINTS["youtube"]) == redeemed
    (row,) = await tool.rig.rows("auth_sessions")
    assert (row["sealed"], row["lease_owner"], row["lease_until"]) == (None, None, None)


@pytest.mark.parametrize("platform", ["youtube", "bilibili"])
async def test_without_an_answer_the_session_ends_by_its_code(tool: Tool, platform: str) -> None:
    session_id, callback = await abandoned(tool, answered=False, platform=platform)
    tool.rig.clock.advance(10)
    await sweep(tool.rig)
    status = await tool.status(platform, session_id)
    assert (status["status"], status["errorCode"]) == ("failed", 15012)
    assert await tool.rig.count(TOKEN_ENDPOINTS[platform]) == 0
    assert "15012" in (await tool.rig.browser().finish(callback)).text


async def test_a_repeated_callback_takes_up_a_lapsed_claim(tool: Tool) -> None:
    session_id, callback = await abandoned(tool, answered=True)
    tool.rig.clock.advance(10)
    page = await tool.rig.browser().open(callback)
    assert page.status == 303
    assert (await tool.status("youtube", session_id))["status"] == "completed"


async def test_an_answer_with_several_accounts_opens_the_choice(tool: Tool) -> None:
    started = await tool.start("facebook")
    callback = await tool.rig.browser().consent(started["url"], "mara")
    services = tool.rig.runtime.services
    connector, auth = services.context.platforms.oauth("facebook")
    upstream = services.context.platforms.client(connector)
    tokens = await auth.exchange(upstream, callback_params(callback), None)
    row = session_row(started["sessionId"])
    values = {"stage": "claimed", "lease_owner": "dead", "lease_until": tool.rig.clock() - 1}
    sealed = services.context.vault.seal(tokens.to_json(), row)
    await change(tool.rig, started["sessionId"], sealed=sealed, **values)
    await sweep(tool.rig)
    status = await tool.status("facebook", started["sessionId"])
    assert status["requiresSelection"] is True
    assert len(status["selectableAccounts"]) == 3


async def test_a_fault_of_ours_does_not_cost_the_answer(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storing the accounts fails: the sweep goes on from the kept answer."""
    started = await tool.start("youtube")
    callback = await tool.rig.browser().consent(started["url"])
    genuine, failed = completion.Completion._store_accounts, []

    def broken(*args: Any) -> None:
        if not failed:
            failed.append(1)
            tool.rig.clock.advance(60)
            raise RuntimeError("a fault of ours")
        genuine(*args)

    monkeypatch.setattr(completion.Completion, "_store_accounts", broken)
    page = await tool.rig.browser().open(callback)
    assert (page.status, failed) == (303, [1])
    assert (await tool.status("youtube", started["sessionId"]))["status"] == "completed"
    assert await tool.rig.count(TOKEN_ENDPOINTS["youtube"]) == 1


async def test_a_fault_of_ours_that_stays_ends_the_session_at_its_time(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id, _ = await abandoned(tool, answered=True)

    def broken(*_args: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(completion.Completion, "_store_accounts", broken)
    tool.rig.clock.advance(10)
    await sweep(tool.rig)
    assert (await tool.status("youtube", session_id))["status"] == "pending"
    tool.rig.clock.advance(16 * 60)
    await sweep(tool.rig)
    status = await tool.status("youtube", session_id)
    assert (status["status"], status["errorCode"]) == ("failed", 15012)


async def test_an_answer_that_cannot_be_opened_ends_the_session(tool: Tool) -> None:
    session_id, _ = await abandoned(tool, answered=False)
    await change(tool.rig, session_id, sealed=b"\x01\x02damaged")
    tool.rig.clock.advance(10)
    await sweep(tool.rig)
    status = await tool.status("youtube", session_id)
    assert (status["status"], status["errorCode"]) == ("failed", 15012)


async def test_one_platform_that_fails_does_not_stop_the_sweep(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "RETRY_PAUSES", ())
    await tool.rig.fault(PROFILE_ENDPOINTS["bilibili"], "server_error")
    bad, _ = await abandoned(tool, answered=True, platform="bilibili")
    good = [(await abandoned(tool, answered=True))[0] for _ in range(3)]
    tool.rig.clock.advance(10)
    await sweep(tool.rig)
    assert (await tool.status("bilibili", bad))["errorCode"] == 15094
    states = [(await tool.status("youtube", one))["status"] for one in good]
    assert states == ["completed"] * 3


async def test_what_is_over_is_deleted(tool: Tool) -> None:
    rig = tool.rig
    # Earlier tests moved the clock.
    await pass_time(rig, 3600 + 600)
    ended = (await tool.connect("youtube"))["sessionId"]
    choosing = (await tool.connect("facebook", "mara"))["sessionId"]
    pending = (await tool.start("youtube"))["sessionId"]
    await pass_time(rig, 16 * 60)
    await pass_time(rig, 60 * 60)
    rows = {row["id"]: row for row in await rig.rows("auth_sessions")}
    assert rows.keys() == {ended, choosing, pending}
    # An open choice holds tokens: nobody can use it any more, so they are gone at once.
    assert (rows[choosing]["sealed"], rows[choosing]["offered"]) == (None, [])
    assert (await tool.poll("youtube", pending)).code == 15039
    rig.clock.advance(22 * 3600)
    await sweep(rig)
    assert len(await rig.rows("auth_sessions")) == 3
    await pass_time(rig, 4 * 3600)
    assert await rig.rows("auth_sessions") == []


async def test_tokens_do_not_show_themselves() -> None:
    tokens = Tokens("secret-access", "secret-refresh", extra={"id_token": "secret-id"})
    assert "secret" not in repr(tokens)
