"""Every tool, with the official client, through sockets and pipes."""

import asyncio
from typing import Any

import pytest

from openchannels.client import AsyncClient
from openchannels.core.keys import Scope
from openchannels.mcp.tools import TOOLS
from tests.harness.service import Service
from tests.harness.tasks import run_due
from tests.mcp.agents import PATHS, Agent, over_http, over_stdio

CHANGING = {
    "start_connection",
    "choose_accounts",
    "reconnect_account",
    "move_accounts",
    "disconnect_account",
    "write_comment",
    "engage",
    "publish",
    "reschedule_publication",
    "retry_publication",
    "cancel_publication",
}


async def every_tool(service: Service, agent: Agent, user: str) -> None:
    """From connecting to disconnecting, as an agent would go."""
    platforms = (await agent.call("list_platforms"))["platforms"]
    assert {"platform": "facebook", "lists_works": True}.items() <= next(
        one.items() for one in platforms if one["platform"] == "facebook"
    )
    started = await agent.call("start_connection", platform="facebook", language="zh-CN")
    session = {"platform": "facebook", "session_id": started["session_id"]}
    waiting = await agent.call("watch_connection", **session, wait_seconds=0)
    assert (waiting["status"], waiting["choice_needed"]) == ("pending", False)
    consent = f"{started['url']}&sandbox_decision=approve&sandbox_person=many"
    await asyncio.to_thread(service.browser().get, consent)
    watched = await agent.call("watch_connection", **session)
    assert watched["choice_needed"]
    picks = [
        {"platform_uid": one["platform_uid"], "account": one.get("account")}
        for one in watched["offered"][:2]
    ]
    chosen = await agent.call("choose_accounts", session_id=started["session_id"], accounts=picks)
    assert chosen["status"] == "completed"
    ids = [one["account_id"] for one in chosen["connected"]]
    assert len(ids) == 2

    listed = await agent.call("list_accounts", platforms=["facebook"], working=True)
    assert {one["account_id"] for one in listed["accounts"]} >= set(ids)
    health = await agent.call("get_account_health", account_id=ids[0])
    assert health["working"]
    of_account = {"platform": "facebook", "account_id": ids[0]}
    works = (await agent.call("list_works", **of_account))["works"]
    found = await agent.call("search_works", **of_account, text=works[0]["title"], max_pages=1)
    assert found["works"][0] == works[0]
    one = await agent.call("get_work", **of_account, work_id=works[0]["work_id"])
    assert one["work_id"] == works[0]["work_id"]
    history = await agent.call("work_history", **of_account, work_id=works[0]["work_id"])
    assert [row["metrics"] for row in history["history"]] == [one["metrics"]]
    told = await agent.call("account_figures", account_id=ids[0])
    assert told["metrics"]["fans_count"] > 0
    assert any(row["calls"] for row in (await agent.call("usage"))["used"])
    await every_tool_that_publishes(service, agent, ids[0])

    await comments(service, agent, user)

    made = await asyncio.to_thread(
        service.client_of(user).post, "/api/v2/channels/account-groups", json={"name": "shop"}
    )
    group = made.json()["data"]["id"]
    assert group in [g["group_id"] for g in (await agent.call("list_groups"))["groups"]]
    moved = await agent.call("move_accounts", account_ids=[ids[0], "nobody"], group_id=group)
    assert (moved["moved"], [r["account_id"] for r in moved["refused"]]) == ([ids[0]], ["nobody"])
    (in_group,) = (await agent.call("list_accounts", group_id=group))["accounts"]
    assert in_group["account_id"] == ids[0]
    again = await agent.call("reconnect_account", account_id=ids[0])
    assert again["platform"] == "facebook"

    for account_id in ids:
        await agent.call("disconnect_account", account_id=account_id)
    service.clock.advance(10)
    events = await everything(agent, "list_events", "events", limit=50)
    mine = [event["type"] for event in events if event["account_id"] == ids[0]]
    assert [one for one in mine if one.startswith("account.")] == [
        "account.connected",
        "account.deleted",
    ]


async def every_tool_that_publishes(service: Service, agent: Agent, account_id: str) -> None:
    """A post that waits, is refused by the platform, goes out at last and is taken back."""
    target = {"platform": "facebook", "account_id": account_id}
    refused = await agent.call("check_publication", targets=[target])
    assert (refused["ok"], refused["targets"][0]["issues"][0]["is_error"]) == (False, True)
    post: dict[str, Any] = {"targets": [target], "body": f"Iron and ash for {account_id}."}
    assert (await agent.call("check_publication", **post))["ok"]
    later = {**post, "publish_at": "2099-01-01T00:00:00", "flow_id": f"flow-{account_id}"}
    made = await agent.call("publish", **later)
    assert await agent.call("publish", **later) == made, "the same flow is published once"
    (waiting,) = made["publications"]
    assert (waiting["state"], made["flow_id"]) == ("waiting", later["flow_id"])
    one = {"publication_id": waiting["publication_id"]}
    service.sandbox.put("/_publishing/facebook", json={"reject": "368/1363042"})
    moved = await agent.call("reschedule_publication", **one, publish_at="2020-01-01T00:00:00Z")
    assert moved["publication"]["title"] == post["body"]

    async def state() -> dict[str, Any]:
        for _ in range(20):
            await asyncio.to_thread(service.run, run_due(service.services, "publish"))
            (now,) = (await agent.call("get_publication", flow_id=made["flow_id"]))["publications"]
            if now["state"] not in ("waiting", "publishing"):
                break
            service.clock.advance(30)
        return dict(now)

    failed = await state()
    assert (failed["state"], bool(failed["error"])) == ("failed", True), failed
    listed = await agent.call("list_publications", account_id=account_id, state="failed")
    assert [row["publication_id"] for row in listed["publications"]] == [*one.values()]
    service.sandbox.put("/_publishing/facebook", json={})
    await agent.call("retry_publication", **one)
    published = await state()
    assert (published["state"], bool(published["work_id"])) == ("published", True), published
    gone = await agent.call("cancel_publication", **one)
    assert gone["publication"]["state"] == "cancelled"


async def comments(service: Service, agent: Agent, user: str) -> None:
    """A comment is written, read and deleted again."""
    account_id = await asyncio.to_thread(service.account, "youtube", "leaving", user=user)
    of_account = {"platform": "youtube", "account_id": account_id}
    works = (await agent.call("list_works", **of_account))["works"]
    # Some videos take no comments.
    work = next(one for one in works if one["metrics"].get("comment_count"))
    about = {**of_account, "work_id": work["work_id"]}
    before = await everything(agent, "list_comments", "comments", **about)
    written = await agent.call("write_comment", **about, text="Cone 10.")
    after = await everything(agent, "list_comments", "comments", **about)
    (new,) = (one for one in after if one not in before)
    assert (new["comment_id"], new["text"]) == (written["made_id"], "Cone 10.")
    target = {"action": "delete_comment", "target_id": written["made_id"]}
    gone = await agent.call("engage", **of_account, **target)
    assert (gone["done"], gone["target_id"]) == ("delete_comment", written["made_id"])
    assert await everything(agent, "list_comments", "comments", **about) == before
    await agent.call("disconnect_account", account_id=account_id)


async def everything(agent: Agent, tool: str, name: str, **arguments: Any) -> list[dict[str, Any]]:
    """All that a list holds, by its `next` tokens; one of events has a token at its end too."""
    found: list[dict[str, Any]] = []
    token = ""
    while True:
        answer = await agent.call(tool, next=token, **arguments)
        found += answer[name]
        token = answer.get("next", "")
        if not token or answer.get("more") is False:
            return found


async def all_works(service: Service, key: str, platform: str, account_id: str) -> list[str]:
    """Ids of an account's works, as the SDK iterates them."""
    async with AsyncClient(service.url, key) as client:
        return [w.platform_work_id async for w in client.works.iter(platform, account_id)]


async def test_every_tool_over_http(service: Service) -> None:
    async with over_http(service.url, service.key_of("over-http").key) as agent:
        await every_tool(service, agent, "over-http")
        assert agent.called == set(agent.tools)


async def test_every_tool_over_stdio(service: Service) -> None:
    async with over_stdio(service.url, service.key_of("over-stdio").key) as agent:
        await every_tool(service, agent, "over-stdio")
        assert agent.called == set(agent.tools)
        assert agent.progress == ["50 works compared"]


@pytest.mark.parametrize("path", PATHS)
async def test_what_tools_say_of_themselves(service: Service, reader: str, path: str) -> None:
    """Also to clients of the protocol before 2026, and at the original's address."""
    async with over_http(service.url, reader, path=path, mode="legacy") as agent:
        tools = agent.tools
    assert 20 < len(tools) < 40
    hints = {name: tool.annotations for name, tool in tools.items()}
    assert {name for name, hint in hints.items() if hint and not hint.read_only_hint} == CHANGING
    assert {n for n, hint in hints.items() if hint and hint.destructive_hint} == {
        "disconnect_account",
        "engage",
        "cancel_publication",
    }
    for tool in tools.values():
        assert tool.description
        assert len(tool.description) > 40
        assert tool.output_schema
        assert tool.output_schema["type"] == "object"


async def test_a_key_that_reads_changes_nothing(
    service: Service, reader: str, account: str
) -> None:
    async with over_http(service.url, reader) as agent:
        assert (await agent.call("get_account_health", account_id=account))["working"]
        works = await agent.call("list_works", platform="youtube", account_id=account)
        assert len(works["works"]) == 10
        group = (await agent.call("list_groups"))["groups"][0]["group_id"]
        for name, arguments in {
            "start_connection": {"platform": "youtube"},
            "reconnect_account": {"account_id": account},
            "choose_accounts": {"session_id": "x", "accounts": [{"platform_uid": "x"}]},
            "move_accounts": {"account_ids": [account], "group_id": group},
            "disconnect_account": {"account_id": account},
        }.items():
            told = await agent.fail(name, **arguments)
            assert (told["scope"], told["retryable"]) == ("accounts:write", False), name
            assert told["requestId"]
            assert told["nextStep"]
        assert (await agent.call("get_account_health", account_id=account))["working"]


async def test_every_tool_needs_the_scope_that_it_declares(service: Service) -> None:
    """As the API says it, for each tool with arguments that its schema takes."""
    sent: dict[str, Any] = {
        "platform": "youtube",
        "accounts": [{"platform_uid": "x"}],
        "account_ids": ["x"],
        "action": "like",
        "targets": [{"platform": "youtube", "account_id": "x"}],
        "publish_at": "2099-01-01T00:00:00Z",
    }
    key = service.api_key(scopes=(Scope.ASSETS_READ,)).key
    async with over_http(service.url, key) as agent:
        for tool in TOOLS:
            needed = agent.tools[tool.name].input_schema.get("required", [])
            arguments = {name: sent.get(name, "x") for name in needed}
            if tool.scope:
                told = await agent.fail(tool.name, **arguments)
                assert told["scope"] == tool.scope, tool.name
            else:
                await agent.call(tool.name, **arguments)


async def test_answers_are_small(service: Service, reader: str, account: str) -> None:
    async with over_http(service.url, reader) as agent:
        await agent.call("list_works", platform="youtube", account_id=account)
        assert agent.size < 8 * 1024
        await agent.call("list_platforms", available_only=False)
        assert agent.size < 8 * 1024


async def test_lists_go_on_where_they_ended(service: Service, reader: str, account: str) -> None:
    """By cursor and by page number, and in a search from within a page."""
    bilibili = service.account("bilibili", "ida")
    async with over_http(service.url, reader) as agent:
        for platform, account_id in (("youtube", account), ("bilibili", bilibili)):
            whose = {"platform": platform, "account_id": account_id}
            works = await everything(agent, "list_works", "works", **whose, limit=35)
            ids = [work["work_id"] for work in works]
            assert ids == await all_works(service, reader, platform, account_id)
            word = works[0]["title"].split()[0].casefold()
            found = await everything(
                agent, "search_works", "works", **whose, text=word, limit=7, max_pages=2
            )
            assert len({one["work_id"] for one in found}) == len(found)
            assert {w["work_id"] for w in works if word in w["title"].casefold()} <= {
                one["work_id"] for one in found
            }


async def test_a_search_says_how_far_it_looked(service: Service, reader: str, account: str) -> None:
    whose = {"platform": "youtube", "account_id": account, "text": "no-such-word"}
    async with over_http(service.url, reader) as agent:
        first = await agent.call("search_works", **whose, max_pages=1)
        assert (first["works"], first["complete"]) == ([], False)
        rest = await agent.call("search_works", **whose, next=first["next"])
        assert rest["complete"]
        assert rest["oldest_looked_at"] < first["oldest_looked_at"]
        total = len(await all_works(service, reader, "youtube", account))
        assert first["looked_at"] + rest["looked_at"] == total
        older = await agent.call("search_works", **whose, until=first["oldest_looked_at"])
        assert older["looked_at"] == rest["looked_at"]


async def test_errors_say_what_to_do(service: Service, reader: str) -> None:
    account_id = service.account("youtube", "ann")
    whose = {"platform": "youtube", "account_id": account_id}
    async with over_http(service.url, reader) as agent:
        service.fault(host="www.googleapis.com", kind="rate_limit", times=10)
        limited = await agent.fail("list_works", **whose)
        service.reset_sandbox()
        assert (limited["code"], limited["retryable"]) == (15071, True)
        assert limited["retryAfter"] > 0
        lost = await agent.fail("get_account_health", account_id="youtube_1_nobody")
        assert lost["code"] == 12600
        service.client_of().post(f"/api/v2/channels/accounts/{account_id}/revoke")
        offline = await agent.fail("list_works", **whose)
        assert offline["reason"] == "revoked"
        assert offline["advice"]
        assert "reconnect_account" in offline["nextStep"]
        health = await agent.call("get_account_health", account_id=account_id, language="zh-CN")
        assert not health["working"]
        assert any("一" <= letter <= "鿿" for letter in health["advice"])


async def test_tenants_never_meet(service: Service, reader: str, account: str) -> None:
    """Many calls at once of two workspaces through the one application."""
    theirs = service.account("youtube", "bob", user="bolt")
    keys = {account: reader, theirs: service.key_of("bolt").key}

    async def walk(own: str, other: str) -> None:
        async with over_http(service.url, keys[own]) as agent:
            for _ in range(3):
                answers = await asyncio.gather(
                    agent.call("list_accounts", limit=100),
                    agent.call("get_account_health", account_id=own),
                    agent.fail("get_account_health", account_id=other),
                    agent.fail("list_works", platform="youtube", account_id=other),
                )
                ids = {one["account_id"] for one in answers[0]["accounts"]}
                assert own in ids
                assert other not in ids
                assert [answers[2]["code"], answers[3]["code"]] == [12600, 12600]

    pairs = [(account, theirs), (theirs, account)] * 3
    await asyncio.gather(*(walk(own, other) for own, other in pairs))
