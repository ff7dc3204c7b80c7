"""Comments and interactions: done once, whatever becomes of the answers, and only if granted."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.core.sessions import Binding
from tests.harness.browser import Browser
from tests.harness.paths import AUTH, ENGAGEMENT
from tests.harness.rig import Rig
from tests.harness.tool import Answer, Tool
from tests.soak.phishing import link_of, pressed

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOST = "www.googleapis.com"
THREADS, COMMENTS = "/youtube/v3/commentThreads", "/youtube/v3/comments"
WORDS = "Iron and ash, cone 10."
ENGAGE_SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
UPLOAD_SCOPE = "https://www.googleapis.com/auth/youtube.upload"


class Actor:
    """A workspace whose channel comments on one of its videos."""

    def __init__(self, tool: Tool, account: str, work: str) -> None:
        self.tool, self.rig = tool, tool.rig
        self.account, self.work = account, work

    async def comments(self, **more: str) -> Answer:
        asked = {"accountId": self.account, "platform": "youtube", "platformWorkId": self.work}
        return await self.tool.get(f"{ENGAGEMENT}/comments", **{**asked, **more})

    async def own(self) -> list[str]:
        """Ids of the comments that say the words."""
        answer = await self.comments(limit="100")
        assert answer.code == 0, answer.body
        items = answer.data["items"]
        return [one["platformCommentId"] for one in items if one["content"] == WORDS]

    async def comment(self, parent: str | None = None, **options: Any) -> Answer:
        body = {"platform": "youtube", "platformWorkId": self.work, "content": WORDS}
        body |= {} if parent is None else {"parentCommentId": parent}
        path = f"{ENGAGEMENT}/comments?accountId={self.account}"
        return await self.tool.call("POST", path, json=body, **options)

    async def call(self, name: str, **data: str) -> Answer:
        body = {"platform": "youtube", "name": name, "data": data}
        return await self.tool.post(f"{ENGAGEMENT}/function?accountId={self.account}", body)

    async def written(self) -> int:
        """How often a comment was sent to the platform."""
        return (await self.rig.calls()).get(f"POST {HOST}{THREADS}", 0)


async def acting(tool: Tool, **start: str) -> Actor:
    account = await tool.connected("youtube", start=start)
    page = await tool.works("youtube", account, limit=20)
    # Some videos take no comments.
    work = next(one for one in page.data["items"] if one["metrics"].get("commentCount"))
    return Actor(tool, account, work["platformWorkId"])


async def test_a_comment_whose_answer_is_lost_is_found(tool: Tool) -> None:
    actor = await acting(tool)
    before = await actor.own()
    await actor.rig.fault((HOST, THREADS), "drop", method="POST", acted=True, times=1)
    made = await actor.comment()
    assert made.code == 0, made.body
    assert [*before, made.data["platformActionId"]] == sorted(
        await actor.own(), key=lambda one: one not in before
    )
    assert await actor.written() == 1
    (entry,) = await actor.rig.rows("audit", action="account.interacted")
    assert (entry["account_id"], WORDS in str(entry)) == (actor.account, False)


async def test_one_that_is_not_found_is_unconfirmed_and_not_written_again(tool: Tool) -> None:
    actor = await acting(tool)
    before = await actor.own()
    # Of the same words: it is older, and by no means what was lost.
    actor.rig.clock.advance(3_600)
    await actor.rig.fault((HOST, THREADS), "drop", method="POST", times=1)
    lost = await actor.comment()
    assert (lost.code, lost.data["reason"], lost.data["retryable"]) == (
        15070,
        "unconfirmed",
        False,
    )
    assert "Look at the platform" in lost.data["detail"]
    assert await actor.written() == 1
    assert await actor.own() == before
    assert not await actor.rig.rows("audit", action="account.interacted")


async def test_a_deletion_is_repeated_until_nothing_is_there(tool: Tool) -> None:
    actor = await acting(tool)
    comment = (await actor.comment()).data["platformActionId"]
    await actor.rig.fault((HOST, COMMENTS), "drop", method="DELETE", acted=True, times=1)
    gone = await actor.call("delete_comment", commentId=comment)
    assert gone.code == 0, gone.body
    assert (gone.data["actionType"], gone.data["targetType"], gone.data["targetId"]) == (
        "delete_comment",
        "comment",
        comment,
    )
    assert comment not in await actor.own()
    never = await actor.call("delete_comment", commentId=comment)
    assert never.code == 15079, "nothing was lost, so nothing was there"


async def test_an_empty_parent_is_none(tool: Tool) -> None:
    made = await (await acting(tool)).comment("")
    assert (made.code, made.data.get("actionType")) == (0, "comment"), made.body


async def test_a_request_sent_again_with_its_key_writes_once(tool: Tool) -> None:
    actor = await acting(tool)
    headers = {"Idempotency-Key": "comment-1"}
    first, again = [await actor.comment(headers=headers) for _ in range(2)]
    assert first.code == 0, first.body
    assert again.data == first.data
    assert again.headers["idempotency-replayed"] == "true"
    assert await actor.written() == 1


async def test_what_was_not_granted_is_named_and_not_called(tool: Tool) -> None:
    actor = await acting(tool, purpose="read")
    await actor.rig.sandbox("DELETE", "/_calls")
    hidden = actor.call("hide_reply", commentId="UgxExampleThread0001")
    for answer in (await actor.comment(), await actor.comments(), await hidden):
        assert (answer.code, answer.data["category"]) == (15078, "permission")
        assert (answer.data["missingScopes"], answer.data["purpose"]) == ([ENGAGE_SCOPE], "engage")
        assert answer.data["accountId"] == actor.account
    assert await actor.rig.calls() == {}


async def test_a_page_of_one_list_is_none_of_another(tool: Tool) -> None:
    actor = await acting(tool)
    while len((await actor.comments()).data["items"]) < 3:
        await actor.comment()
    first = await actor.comments(limit="2")
    cursor = first.data["pagination"]["nextCursor"]
    more = {"pagination[cursor]": cursor, "pagination[limit]": "2"}
    second = await actor.comments(**more)
    ids = [{one["platformCommentId"] for one in page.data["items"]} for page in (first, second)]
    assert ids[0] & ids[1] == set()
    for other in ({"parentCommentId": "UgxExampleThread0001"}, {"platformWorkId": "aB3dE5gH7jK"}):
        refused = await actor.comments(**more, **other)
        assert refused.code == 10002, refused.body
    works = await tool.works("youtube", actor.account, **more)
    assert works.code == 10002


@pytest.mark.parametrize(
    ("name", "data", "missing"),
    [
        ("hide_reply", {"platformWorkId": "x"}, ["data.commentId"]),
        ("quote", {}, ["data.platformWorkId", "data.content"]),
        ("follow", {"commentId": "x"}, ["data.targetPlatformUid"]),
    ],
)
async def test_a_function_needs_its_own_members(
    tool: Tool, name: str, data: dict[str, str], missing: list[str]
) -> None:
    body = {"platform": "youtube", "name": name, "data": data}
    answer = await tool.post(f"{ENGAGEMENT}/function?accountId=x", body)
    assert answer.code == 10002
    assert [issue["path"] for issue in answer.data["issues"]] == missing


def scopes_of(url: str) -> set[str]:
    [scope] = parse_qs(urlsplit(url).query)["scope"]
    return set(scope.split())


async def test_purposes_choose_what_a_person_is_asked_for(tool: Tool) -> None:
    every = scopes_of((await tool.start("youtube"))["url"])
    assert {ENGAGE_SCOPE, UPLOAD_SCOPE} <= every
    reading = scopes_of((await tool.start("youtube", purpose="read"))["url"])
    assert reading < every
    assert {ENGAGE_SCOPE, UPLOAD_SCOPE}.isdisjoint(reading)
    engaging = scopes_of((await tool.start("youtube", purpose="engage"))["url"])
    assert ENGAGE_SCOPE in engaging
    assert UPLOAD_SCOPE not in engaging
    unknown = await tool.get(f"{AUTH}/youtube", purpose="everything")
    assert (unknown.code, unknown.data["issues"][0]["path"].startswith("purpose")) == (10002, True)


async def test_purposes_hold_over_the_connect_page(rig: Rig) -> None:
    """The platform's address is made there once more, when the person presses the button."""
    tool = await rig.tool(binding=Binding.BOUND)
    asked = {}
    for purpose in ("read", "engage"):
        browser: Browser = rig.browser()
        started = await tool.start("youtube", purpose=purpose)
        asked[purpose] = scopes_of(link_of(await pressed(browser, started["url"])))
    assert ENGAGE_SCOPE not in asked["read"]
    assert ENGAGE_SCOPE in asked["engage"]


async def test_a_reconnect_has_purposes_too(tool: Tool) -> None:
    actor = await acting(tool, purpose="read")
    path = f"/api/v2/channels/accounts/{actor.account}/reconnect?purpose=read&purpose=engage"
    again = await tool.call("POST", path)
    assert again.code == 0, again.body
    assert ENGAGE_SCOPE in scopes_of(again.data["url"])
    browser = tool.rig.browser()
    await browser.open(await browser.consent(again.data["url"]))
    assert (await actor.comment()).code == 0


async def test_a_purpose_that_is_not_offered_is_refused(tool: Tool) -> None:
    answer = await tool.get(f"{AUTH}/pinterest", purpose="engage")
    assert (answer.code, answer.data["issues"][0]["path"]) == (10002, "purpose")
    assert "platforms.pinterest.purposes" in answer.data["issues"][0]["message"]
