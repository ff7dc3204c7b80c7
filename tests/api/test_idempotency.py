"""Requests with an idempotency key: they act once, and repeats get the first answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from litestar import HttpMethod
from structlog.testing import capture_logs

from openchannels.api.app import OPERATIONS
from openchannels.api.endpoint import OPERATION, Operation
from openchannels.core.keys import Scope
from openchannels.service.sealing import idempotency_row
from openchannels.service.tasks.clean_up import CleanUp
from openchannels.store.queries import idempotency as store
from openchannels.store.queries import moving
from tests.api.raw import exchange
from tests.harness.fixtures import OpenRig
from tests.harness.paths import ACCOUNTS, AUTH, GROUPS, WEBHOOKS, WORKS
from tests.harness.rig import Rig, twin
from tests.harness.tool import Answer, Tool
from tests.harness.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
HEADER, DAY = "Idempotency-Key", 86_400.0
HOOK = {"url": "https://tool.example/hooks"}
START = f"{AUTH}/youtube"
ACTS: Mapping[str, tuple[str, str, Any]] = {
    "webhooks": ("POST", WEBHOOKS, HOOK),
    "account_groups": ("POST", GROUPS, {"name": "once"}),
    "auth_sessions": ("GET", START, None),
}
"""Requests by the table to which each adds a row."""


async def send(
    tool: Tool, method: str, path: str, body: Any = None, key: str = "k", **options: Any
) -> Answer:
    headers = {HEADER: key, **options.pop("headers", {})}
    return await tool.call(method, path, json=body, headers=headers, **options)


def is_replayed(answer: Answer) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def is_same(one: Answer, other: Answer) -> bool:
    """Whether two envelopes say the same to two requests."""
    assert one.body["requestId"] != other.body["requestId"]
    assert other.headers["X-Request-Id"] == other.body["requestId"]
    parts = ("data", "code", "message")
    return list(one.body) == list(other.body) and all(
        one.body[part] == other.body[part] for part in parts
    )


def is_another(answer: Answer) -> bool:
    return answer.code == 10002 and [one["path"] for one in answer.data["issues"]] == [HEADER]


# One act


@pytest.mark.parametrize("table", ACTS)
async def test_fifty_at_once_in_two_processes_act_once(tool: Tool, table: str) -> None:
    rig = tool.rig
    method, path, body = ACTS[table]
    # The default group and the row of the key's last use are there before.
    await tool.get(GROUPS)
    before = len(await rig.rows(table))
    headers = {"X-Api-Key": tool.key.key, HEADER: "at once"}

    async def ask(url: str) -> tuple[Any, str | None]:
        async with rig.http.request(method, url + path, json=body, headers=headers) as answer:
            found = await answer.json()
            return found["data"], answer.headers.get("Idempotency-Replayed")

    async with twin(rig) as other:
        answers = await asyncio.gather(*(ask((rig.url, other)[n % 2]) for n in range(50)))
    assert len(await rig.rows(table)) == before + 1
    assert [replayed for _, replayed in answers].count("true") == 49
    assert all(data == answers[0][0] for data, _ in answers)


async def test_a_final_refusal_is_kept_as_it_was(tool: Tool) -> None:
    path = f"{WEBHOOKS}/whk_none"
    tool.language = "zh-CN"
    first = await send(tool, "DELETE", path)
    assert (first.code, is_replayed(first)) == (15204, False)
    tool.language = "en-US"
    again = await send(tool, "DELETE", path)
    assert is_replayed(again)
    assert is_same(first, again)
    assert again.body["timestamp"] == first.body["timestamp"]
    for body in ({}, {"url": "http://10.0.0.1/"}):
        refused = [await send(tool, "POST", WEBHOOKS, body, key=str(body)) for _ in range(2)]
        assert [answer.code for answer in refused] == [10002, 10002]
        assert [is_replayed(answer) for answer in refused] == [False, True]


async def test_another_request_with_the_key_is_refused(tool: Tool) -> None:
    assert (await send(tool, "POST", GROUPS, {"name": "one"})).code == 0
    assert is_another(await send(tool, "POST", GROUPS, {"name": "two"}))
    assert is_another(await send(tool, "POST", GROUPS))
    assert is_another(await send(tool, "POST", WEBHOOKS, {"name": "one"}))
    assert is_another(await send(tool, "DELETE", GROUPS, {"name": "one"}))
    options = {"params": {"redirectUri": "https://tool.example/"}}
    assert is_another(await send(tool, "GET", START, **options))
    assert (await send(tool, "GET", START, key="k2", **options)).code == 0
    assert is_another(await send(tool, "GET", START, key="k2"))
    assert is_another(await send(tool, "GET", f"{AUTH}/bilibili", key="k2", **options))
    assert is_replayed(await send(tool, "POST", GROUPS, {"name": "one"}))


async def test_users_have_keys_of_their_own_and_api_keys_of_one_share_them(
    tool: Tool, rig: Rig
) -> None:
    other, colleague = await rig.tool(), await rig.tool(tool.user_id)
    reader = await rig.tool(tool.user_id, scopes=[Scope.ACCOUNTS_READ])
    first = await send(tool, "POST", WEBHOOKS, HOOK)
    theirs = await send(other, "POST", WEBHOOKS, HOOK)
    assert not is_replayed(theirs)
    assert theirs.data["id"] != first.data["id"]
    assert is_same(first, await send(colleague, "POST", WEBHOOKS, HOOK))
    # The scope is looked at first.
    assert (await send(reader, "POST", WEBHOOKS, HOOK)).code == 15203


async def test_the_answer_is_kept_for_a_day(tool: Tool) -> None:
    rig = tool.rig
    first = await send(tool, "POST", WEBHOOKS, HOOK)
    rig.clock.advance(DAY - 60)
    assert is_same(first, await send(tool, "POST", WEBHOOKS, HOOK))
    clean_up = CleanUp(rig.runtime.services.context)
    assert await clean_up.claim(1) == []
    rig.clock.advance(60)
    later = await send(tool, "POST", WEBHOOKS, {**HOOK, "description": "another"})
    assert (later.code, is_replayed(later)) == (0, False)
    assert later.data["id"] != first.data["id"]
    rig.clock.advance(DAY)
    (due,) = await CleanUp(rig.runtime.services.context).claim(1)
    await clean_up.run(due)
    assert await rig.rows("idempotency_keys") == []


# What is not kept


async def test_what_may_be_tried_again_is_not_kept(tool: Tool) -> None:
    rig = tool.rig
    body = {"type": "wxSph", "loginCookie": (await rig.person("wxSph", "ida"))["cookie"]}
    await rig.fault(("*", "*"), "server_error", times=99)
    for _ in range(2):
        answer = await send(tool, "POST", ACCOUNTS, body)
        assert (answer.data["retryable"], is_replayed(answer)) == (True, False)
    await rig.heal()
    done = await send(tool, "POST", ACCOUNTS, body)
    assert (done.code, is_replayed(done)) == (0, False)
    assert is_same(done, await send(tool, "POST", ACCOUNTS, body))
    signed = await send(tool, "POST", "/api/assets/uploadSign", {"filename": "a.png"}, key="sign")
    confirm = f"/api/assets/{signed.data['id']}/confirm"
    early = [await send(tool, "POST", confirm, key="confirm") for _ in range(2)]
    assert [answer.data["reason"] for answer in early] == ["not_uploaded"] * 2
    assert not any(map(is_replayed, early))


async def test_a_fault_of_ours_is_not_kept(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    webhooks = tool.rig.runtime.services.webhooks

    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug")

    # Captured, because a console's traceback keeps the loop for seconds.
    with monkeypatch.context() as patch, capture_logs():
        patch.setattr(webhooks, "create", broken)
        assert (await send(tool, "POST", WEBHOOKS, HOOK)).code == 500
    assert (await send(tool, "POST", WEBHOOKS, {"url": "https://other.example/"})).code == 0


async def test_over_a_limit_and_while_the_store_moves_nothing_is_kept(rig_with: OpenRig) -> None:
    rig = await rig_with(environ={"OPENCHANNELS_LIMITS__START_PER_MINUTE": "2"})
    tool, db = await rig.tool(), rig.runtime.db
    kept = await send(tool, "POST", WEBHOOKS, HOOK)
    await db.write_alone(moving.begin, rig.clock())
    assert is_same(kept, await send(tool, "POST", WEBHOOKS, HOOK))
    refused = await send(tool, "GET", START, key="start")
    assert (refused.status, refused.data["reason"]) == (503, "moving")
    await db.write_alone(moving.end)
    assert (await send(tool, "GET", START, key="start")).code == 0
    assert (await send(tool, "GET", START, key="next")).status == 429
    assert len(await rig.rows("idempotency_keys")) == 2


# One that still runs


class Held:
    """The making of webhooks, held until it may go on."""

    def __init__(self, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
        self.came, self.go = asyncio.Event(), asyncio.Event()
        genuine = rig.runtime.services.webhooks.create

        async def create(*args: Any, **options: Any) -> Any:
            self.came.set()
            await self.go.wait()
            return await genuine(*args, **options)

        monkeypatch.setattr(rig.runtime.services.webhooks, "create", create)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Grows with each look at what is stored under a key."""
    looks: list[None] = []
    genuine = store.get
    monkeypatch.setattr(store, "get", lambda *args: looks.append(None) or genuine(*args))
    return looks


async def test_a_repeat_waits_for_the_first(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    rig, held = tool.rig, Held(tool.rig, monkeypatch)
    first = asyncio.create_task(send(tool, "POST", WEBHOOKS, HOOK))
    await held.came.wait()
    assert is_another(await send(tool, "POST", WEBHOOKS, {**HOOK, "description": "x"}))
    looks = counted(monkeypatch)
    impatient = asyncio.create_task(send(tool, "POST", WEBHOOKS, HOOK))
    await until(lambda: len(looks) > 1)
    rig.clock.advance(10)
    waited = await impatient
    assert (waited.code, waited.data) == (15206, {"retryable": True, "retryAfter": 5})
    patient = asyncio.create_task(send(tool, "POST", WEBHOOKS, HOOK))
    held.go.set()
    assert is_same(await first, await patient)
    assert len(await rig.rows("webhooks")) == 1


async def test_who_holds_a_key_too_long_does_not_write_over_the_next(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, held = tool.rig, Held(tool.rig, monkeypatch)
    late = asyncio.create_task(send(tool, "POST", WEBHOOKS, HOOK))
    await held.came.wait()
    monkeypatch.undo()
    rig.clock.advance(61)
    second = await send(tool, "POST", WEBHOOKS, HOOK)
    assert (second.code, is_replayed(second)) == (0, False)
    held.go.set()
    assert (await late).data["id"] != second.data["id"]
    assert is_same(second, await send(tool, "POST", WEBHOOKS, HOOK))


# Where it is honoured


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb", "é"])
async def test_what_is_no_key(tool: Tool, key: str) -> None:
    request = [
        f"POST {WEBHOOKS} HTTP/1.1".encode(),
        f"X-Api-Key: {tool.key.key}".encode(),
        b"Content-Length: 0",
        f"{HEADER}: {key}".encode("latin-1"),
    ]
    answer = await asyncio.to_thread(exchange, tool.rig.url, request)
    found = answer.json()
    assert found["code"] == 10002
    assert [issue["path"] for issue in found["data"]["issues"]] == [HEADER]
    assert await tool.rig.rows("idempotency_keys") == []


async def test_two_keys_are_none_and_the_longest_is_one(tool: Tool) -> None:
    headers = [("X-Api-Key", tool.key.key), (HEADER, "a"), (HEADER, "a")]
    async with tool.rig.http.post(tool.rig.url + WEBHOOKS, json=HOOK, headers=headers) as answer:
        assert (await answer.json())["code"] == 10002
    longest = "".join(map(chr, range(0x21, 0x7F))) * 3
    first = await send(tool, "POST", WEBHOOKS, HOOK, key=longest[:255])
    assert is_same(first, await send(tool, "POST", WEBHOOKS, HOOK, key=longest[:255]))


async def test_reads_ignore_it(tool: Tool) -> None:
    account_id = await tool.connected("youtube")
    verify = f"{WORKS}/youtube/x/ownership/verify"
    for method, path, body in (
        ("GET", ACCOUNTS, None),
        ("GET", f"{ACCOUNTS}/{account_id}/auth-status", None),
        ("POST", verify, {"candidateAccountId": account_id}),
    ):
        for _ in range(2):
            answer = await send(tool, method, path, body, key="\u00e9")
            assert (answer.code, is_replayed(answer)) == (0, False), answer.body
    assert await tool.rig.rows("idempotency_keys") == []


async def test_the_document_says_which_operations_honour_it(rig: Rig) -> None:
    async with rig.http.get(rig.url + "/openapi.json") as answer:
        document = await answer.json()
    declared: list[Operation] = [route.opt[OPERATION] for route in OPERATIONS]
    acting = {one.id for one in declared if one.takes_idempotency_key}
    found = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if any(parameter["name"] == HEADER for parameter in operation["parameters"])
    }
    assert found == acting
    not_by_method = {one.id for one in declared if (one.id in acting) != (one.method != "GET")}
    assert not_by_method == {
        "AuthController_startAuth_v2",
        "PublishFlowController_preflight_v2",
        "WorksController_verifyOwnership_v2",
    }


async def test_an_operation_that_says_nothing_honours_it_by_its_method() -> None:
    one: Operation = OPERATIONS[0].opt[OPERATION]
    assert not one.takes_idempotency_key
    for method in (HttpMethod.POST, HttpMethod.PATCH, HttpMethod.DELETE, HttpMethod.PUT):
        assert replace(one, method=method).takes_idempotency_key
        assert not replace(one, method=method, scope=None).takes_idempotency_key


# What is stored


async def test_answers_are_sealed(tool: Tool) -> None:
    rig = tool.rig
    made = await send(tool, "POST", WEBHOOKS, HOOK, key="a key of the tool")
    (row,) = await rig.rows("idempotency_keys")
    for part in (made.data["secret"], made.data["id"], "a key of the tool", HOOK["url"]):
        assert part.encode() not in b"".join(map(_bytes, row.values()))
    opened = rig.runtime.services.context.vault.open(row["sealed"], idempotency_row(row["id"]))
    assert made.data["secret"].encode() in opened


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
