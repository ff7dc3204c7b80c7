"""Comments and interactions on Facebook, Instagram and Threads, over their documented answers."""

import json
from dataclasses import replace
from typing import Any

import pytest

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.engagement import Engagement
from openchannels.connectors.meta.facebook.connector import Facebook
from openchannels.connectors.meta.instagram.connector import Instagram
from openchannels.connectors.meta.threads.connector import Threads
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import Comment, Interaction, InteractionName, Thread
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.transport.client import clean
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

WRITTEN_AT = "2026-09-21T14:13:20+0000"
"""NOW, as Meta writes it."""
BEFORE = "2026-09-21T14:11:20+0000"
WORDS = "Rye on Friday."
SUCCESS = {"success": True}
POST, MEDIA = "104857600012345_912345678901234", "18051234567890123"
FACEBOOK_COMMENT = "912345678901234_771000000000001"
INSTAGRAM_COMMENT, REPLY = "17858893269000001", "18060000000000001"

FACEBOOK_COMMENTS = json.loads(
    """
{"data":[{"id":"912345678901234_771000000000001","message":"Save me two!","from":{"id":"8812000000000001","name":"Ana Reis"},"created_time":"2026-08-14T07:01:00+0000",
  "like_count":3,"comment_count":1,"is_hidden":false,"can_hide":true,"can_remove":true,"user_likes":false,"permalink_url":"https://www.facebook.com/...comment_id=771000000000001"}],
 "paging":{"cursors":{"before":"WTI5","after":"WTI6"},"next":"https://graph.facebook.com/..."},"summary":{"order":"chronological","total_count":19,"can_comment":true}}
"""  # noqa: E501
)
INSTAGRAM_COMMENTS = json.loads(
    """
{"data":[{"id":"17858893269000001","text":"Save me two!","timestamp":"2026-08-14T07:01:00+0000","username":"ana.reis","from":{"id":"8812000000000001","username":"ana.reis"},
  "like_count":3,"hidden":false,"replies":{"data":[{"id":"17858893269000002","text":"Done","timestamp":"2026-08-14T07:05:00+0000","username":"northpierbakery"}]}}],
 "paging":{"cursors":{"after":"QVFI"},"next":"https://graph..."}}
"""  # noqa: E501
)
THREADS_REPLIES = json.loads(
    """
{"data":[{"id":"18060000000000001","text":"Save me two!","username":"ana.reis","timestamp":"2026-08-14T07:01:00+0000","permalink":"https://www.threads.com/@ana.reis/post/DGx3AbCdEfG",
  "media_type":"TEXT_POST","has_replies":true,"root_post":{"id":"18051234567890123"},"replied_to":{"id":"18051234567890123"},"is_reply":true,"is_reply_owned_by_me":false,"hide_status":"NOT_HUSHED"}],
 "paging":{"cursors":{"before":"QVFIUkFy","after":"QVFIUkZB"}}}
"""
)
TOLD = Comment("", "Save me two!", author_name="ana.reis", created_at=1786690860.0, hidden=False)


class Case:
    """A platform: its connector and account, and ids of its form."""

    def __init__(self, connector: Connector, uid: str, work: str, comment: str) -> None:
        assert connector.engagement is not None
        self.connector = connector
        self.engagement: Engagement = connector.engagement
        self.account: Account = account_of(Platform(connector.id), uid, handle="northpierbakery")
        self.work, self.comment = work, comment

    async def do(
        self, send: FakeSend, name: str, target: str, text: str = "", tokens: Tokens | None = None
    ) -> str | None:
        return await self.engagement.interact(
            client_for(self.connector, send),
            self.account,
            tokens or Tokens("token"),
            wanted(name, target, text),
        )

    async def find(self, send: FakeSend, name: str, target: str, text: str = "") -> str | None:
        return await self.engagement.find(
            client_for(self.connector, send),
            self.account,
            Tokens("token"),
            wanted(name, target, text),
        )

    async def list(self, send: FakeSend, parent: str | None = None, **asked: Any) -> Any:
        return await self.engagement.list_comments(
            client_for(self.connector, send),
            self.account,
            Tokens("token"),
            Thread(self.work, parent),
            page(**asked),
        )


FACEBOOK = Case(Facebook(), "104857600012345", POST, FACEBOOK_COMMENT)
INSTAGRAM = Case(Instagram(), "17841401234567890", "17918920912340654", INSTAGRAM_COMMENT)
THREADS = Case(Threads(), "26194837465019283", MEDIA, REPLY)
EACH = pytest.mark.parametrize(
    "case", [FACEBOOK, INSTAGRAM, THREADS], ids=["facebook", "instagram", "threads"]
)


def wanted(name: str, target: str, text: str = "") -> Interaction:
    return Interaction(InteractionName(name), target, text, begun_at=NOW)


def refusal(code: int, subcode: int | None = None, status: int = 400) -> Any:
    error: dict[str, Any] = {"message": "no", "type": "OAuthException", "code": code}
    return answer({"error": {**error, **({"error_subcode": subcode} if subcode else {})}}, status)


def made(send: FakeSend, index: int = -1) -> tuple[str, str, dict[str, str]]:
    """Method, path and form of a call."""
    call = send.calls[index]
    return call.method, call.url.partition("/v")[2].partition("/")[2], clean(call.form or {})


async def test_facebook_lists_comments_newest_first() -> None:
    send = FakeSend().on("/comments", FACEBOOK_COMMENTS)
    found = await FACEBOOK.list(send, limit=100)
    expected = replace(
        TOLD,
        id=FACEBOOK_COMMENT,
        work_id=POST,
        author_name="Ana Reis",
        author_uid="8812000000000001",
        likes=3,
        replies=1,
    )
    assert (found.items, found.next, found.previous) == ([expected], "after=WTI6", None)
    sent = send.params()
    assert (sent["order"], sent["filter"], sent["limit"]) == (
        "reverse_chronological",
        "toplevel",
        "100",
    )
    assert "appsecret_proof" in sent
    answers = await FACEBOOK.list(send, FACEBOOK_COMMENT, position="after=WTI6")
    assert made(send)[1] == f"{FACEBOOK_COMMENT}/comments"
    assert send.params()["after"] == "WTI6"
    assert answers.items == [replace(expected, parent_id=FACEBOOK_COMMENT)]


async def test_instagram_lists_comments_and_the_answers_to_one() -> None:
    send = FakeSend().on("/comments", INSTAGRAM_COMMENTS).on("/replies", {"data": []})
    found = await INSTAGRAM.list(send, limit=50)
    expected = replace(
        TOLD,
        id=INSTAGRAM_COMMENT,
        work_id=INSTAGRAM.work,
        author_uid="8812000000000001",
        likes=3,
    )
    assert (found.items, found.next) == ([expected], "after=QVFI")
    answers = await INSTAGRAM.list(send, INSTAGRAM_COMMENT)
    assert (answers.items, answers.next) == ([], None)
    assert made(send)[1] == f"{INSTAGRAM_COMMENT}/replies"


async def test_threads_lists_replies_by_the_rule_of_its_works() -> None:
    """Cursors come without links: a page that is full has a next one."""
    send = FakeSend().on("/replies", THREADS_REPLIES)
    full = await THREADS.list(send, limit=1)
    assert full.items == [replace(TOLD, id=REPLY, work_id=MEDIA)]
    assert full.next == "after=QVFIUkZB"
    assert send.params()["reverse"] == "true"
    assert (await THREADS.list(send, limit=2)).next is None
    for state in ("HIDDEN", "COVERED", "BLOCKED", "RESTRICTED"):
        send = FakeSend().on("/replies", {"data": [{"id": "1", "hide_status": state}]})
        [hidden] = (await THREADS.list(send, REPLY)).items
        assert (hidden.hidden, hidden.parent_id) == (True, REPLY)


STATES = [
    (FACEBOOK, "delete_comment", "DELETE", "", {}),
    (FACEBOOK, "hide_reply", "POST", "", {"is_hidden": "true"}),
    (FACEBOOK, "unhide_reply", "POST", "", {"is_hidden": "false"}),
    (FACEBOOK, "like", "POST", "/likes", {}),
    (FACEBOOK, "unlike", "DELETE", "/likes", {}),
    (INSTAGRAM, "delete_comment", "DELETE", "", {}),
    (INSTAGRAM, "hide_reply", "POST", "", {"hide": "true"}),
    (INSTAGRAM, "unhide_reply", "POST", "", {"hide": "false"}),
    (THREADS, "delete_comment", "DELETE", "", {}),
    (THREADS, "hide_reply", "POST", "/manage_reply", {"hide": "true"}),
    (THREADS, "unhide_reply", "POST", "/manage_reply", {"hide": "false"}),
]


@pytest.mark.parametrize(("case", "name", "method", "edge", "form"), STATES)
async def test_states_are_set_by_one_call(
    case: Case, name: str, method: str, edge: str, form: dict[str, str]
) -> None:
    target = case.work if name in ("like", "unlike") else case.comment
    send = FakeSend().on(edge or target, SUCCESS)
    assert await case.do(send, name, target) is None
    assert [made(send)] == [(method, f"{target}{edge}", form)]
    assert len(send.calls) == 1


WRITES = [
    (FACEBOOK, "comment", f"{POST}/comments", {"message": WORDS}),
    (FACEBOOK, "reply", f"{FACEBOOK_COMMENT}/comments", {"message": WORDS}),
    (INSTAGRAM, "comment", "17918920912340654/comments", {"message": WORDS}),
    (INSTAGRAM, "reply", f"{INSTAGRAM_COMMENT}/replies", {"message": WORDS}),
    (THREADS, "comment", "me/threads", {"text": WORDS, "reply_to_id": MEDIA}),
    (THREADS, "reply", "me/threads", {"text": WORDS, "reply_to_id": REPLY}),
    (THREADS, "quote", "me/threads", {"text": WORDS, "quote_post_id": MEDIA}),
]


@pytest.mark.parametrize(("case", "name", "path", "form"), WRITES)
async def test_texts_are_written_by_one_call_that_is_never_repeated(
    case: Case, name: str, path: str, form: dict[str, str]
) -> None:
    target = case.comment if name == "reply" else case.work
    if case is THREADS:
        form = {**form, "media_type": "TEXT", "auto_publish_text": "true"}
    send = FakeSend().on(path, {"id": "18051234567899999"})
    assert await case.do(send, name, target, WORDS) == "18051234567899999"
    assert [made(send)] == [("POST", path, form)]
    lost = FakeSend().on(path, refusal(2, status=500), {"id": "7"})
    with pytest.raises(PlatformFailure) as failed:
        await case.do(lost, name, target, WORDS)
    assert failed.value.doubtful
    assert len(lost.calls) == 1


async def test_instagram_acts_on_the_host_of_the_login_that_issued_the_token() -> None:
    send = FakeSend().on("/comments", {"id": "17873440459141029"})
    await INSTAGRAM.do(send, "comment", "1", WORDS)
    page_token = Tokens("token", extra={"page_id": "104857600012345"})
    await INSTAGRAM.do(send, "comment", "1", WORDS, tokens=page_token)
    hosts = [call.url.split("/")[2] for call in send.calls]
    assert hosts == ["graph.instagram.com", "graph.facebook.com"]
    assert "appsecret_proof" in send.params()


def test_either_login_of_instagram_has_its_own_scope() -> None:
    direct, linked = (
        client_for(INSTAGRAM.connector, FakeSend(), login=login).app
        for login in ("instagram", "facebook")
    )
    engagement = INSTAGRAM.engagement
    assert engagement.scopes_for(direct) == ("instagram_business_manage_comments",)
    assert engagement.scopes_for(linked) == ("instagram_manage_comments",)
    for granted in ("instagram_business_manage_comments", "instagram_manage_comments"):
        assert engagement.missing_scopes(direct, engagement.list_scopes, (granted,)) == ()
    lacking = engagement.missing_scopes(linked, engagement.list_scopes, ("instagram_basic",))
    assert lacking == ("instagram_manage_comments",)


@EACH
async def test_what_a_caller_wrote_as_an_id_leads_to_no_other_path(case: Case) -> None:
    for target in ("me/accounts", "1?fields=access_token", "../me", "aB3dE5gH7jX", "1_2_3"):
        with pytest.raises(PlatformFailure) as failed:
            await case.do(FakeSend(), "delete_comment", target)
        assert failed.value.kind is FailureKind.NOT_FOUND
        with pytest.raises(PlatformFailure):
            await case.list(FakeSend(), parent=target)


@EACH
async def test_refusals(case: Case) -> None:
    expected = {
        (100, 33): FailureKind.NOT_FOUND,
        (200, None): FailureKind.PERMISSION,
        (100, None): FailureKind.INVALID,
        (1705, None): FailureKind.INVALID,
    }
    for (code, subcode), kind in expected.items():
        send = FakeSend().on(case.comment, refusal(code, subcode))
        with pytest.raises(PlatformFailure) as failed:
            await case.do(send, "delete_comment", case.comment)
        assert failed.value.kind is kind


@EACH
async def test_a_comment_is_not_removed_twice_by_one_call(case: Case) -> None:
    """A second call would find nothing, and look like the removal of what never was there."""
    for lost in (refusal(2, status=500), answer({"ok": 1})):
        send = FakeSend().on(case.comment, lost, SUCCESS)
        with pytest.raises(PlatformFailure) as failed:
            await case.do(send, "delete_comment", case.comment)
        assert failed.value.doubtful
        assert len(send.calls) == 1


def facebook_row(id: str, author: str, message: str, at: str) -> dict[str, Any]:
    return {"id": id, "from": {"id": author}, "message": message, "created_time": at}


def instagram_row(id: str, author: str, text: str, at: str) -> dict[str, Any]:
    return {"id": id, "username": author, "text": text, "timestamp": at}


async def test_facebook_finds_its_own_new_comment() -> None:
    rows = [
        facebook_row("1_1", "8812000000000001", WORDS, WRITTEN_AT),
        facebook_row("1_2", FACEBOOK.account.uid, "Rye.", WRITTEN_AT),
        facebook_row("1_3", FACEBOOK.account.uid, WORDS, BEFORE),
        {"id": "1_4", "message": WORDS, "created_time": WRITTEN_AT},
    ]
    own = facebook_row("1_5", FACEBOOK.account.uid, WORDS, WRITTEN_AT)
    send = FakeSend().on(f"{POST}/comments", {"data": [*rows, own]}, {"data": rows})
    assert await FACEBOOK.find(send, "comment", POST, WORDS) == "1_5"
    assert await FACEBOOK.find(send, "comment", POST, WORDS) is None


async def test_instagram_finds_its_own_new_comment() -> None:
    rows = [
        instagram_row("1", "ana.reis", WORDS, WRITTEN_AT),
        instagram_row("2", "northpierbakery", WORDS, BEFORE),
    ]
    own = instagram_row("3", "northpierbakery", WORDS, WRITTEN_AT)
    send = FakeSend().on("/comments", {"data": [*rows, own]}, {"data": rows})
    assert await INSTAGRAM.find(send, "comment", INSTAGRAM.work, WORDS) == "3"
    assert await INSTAGRAM.find(send, "comment", INSTAGRAM.work, WORDS) is None


async def test_an_answer_to_an_answer_is_looked_for_below_the_comment_on_top() -> None:
    top, answered = "912345678901234_1", "912345678901234_2"
    own = facebook_row("912345678901234_3", FACEBOOK.account.uid, WORDS, WRITTEN_AT)
    send = (
        FakeSend()
        .on(f"{top}/comments", {"data": [own]})
        .on(f"/{answered}", {"id": answered, "parent": {"id": top}})
        .on(f"/{top}", {"id": top})
    )
    for target in (top, answered):
        assert await FACEBOOK.find(send, "reply", target, WORDS) == own["id"]
    own = instagram_row("3", "northpierbakery", WORDS, WRITTEN_AT)
    send = (
        FakeSend()
        .on("/1/replies", {"data": [own]})
        .on("/2", {"id": "2", "parent_id": "1"})
        .on("/1", {"id": "1"})
    )
    for target in ("1", "2"):
        assert await INSTAGRAM.find(send, "reply", target, WORDS) == "3"


def threads_row(id: str, above: str, written: str, at: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "text": written, "timestamp": at, above: {"id": MEDIA}, **more}


async def test_threads_finds_its_own_reply_and_quote() -> None:
    for name, path, above in (
        ("comment", "me/replies", "replied_to"),
        ("quote", "me/threads", "quoted_post"),
    ):
        rows = [
            threads_row("1", above, "Rye.", WRITTEN_AT),
            threads_row("2", above, "Rye on Friday.", BEFORE),
            threads_row("3", above, "Rye on Friday.", WRITTEN_AT, **{above: {"id": REPLY}}),
        ]
        own = threads_row("4", above, "Rye on Friday.", WRITTEN_AT)
        send = FakeSend().on(path, {"data": [*rows, own]}, {"data": rows})
        # The sign before the word that becomes the topic is not shown.
        assert await THREADS.find(send, name, MEDIA, "Rye on #Friday.") == "4"
        assert await THREADS.find(send, name, MEDIA, "Rye on #Friday.") is None


async def test_threads_looks_whether_a_reply_refused_as_spam_is_out() -> None:
    own = threads_row("4", "replied_to", WORDS, WRITTEN_AT)
    send = (
        FakeSend()
        .on("POST me/threads", refusal(4, 2207051))
        .on("me/replies", {"data": [own]}, {"data": []})
    )
    assert await THREADS.do(send, "comment", MEDIA, WORDS) == "4"
    with pytest.raises(PlatformFailure) as failed:
        await THREADS.do(send, "comment", MEDIA, WORDS)
    assert failed.value.kind is FailureKind.PERMISSION


def reposts(*rows: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    paging = {"paging": {"next": "https://graph...", "cursors": {"after": after}}} if after else {}
    return {"data": list(rows), **paging}


FACADE = {"id": "18051234567899999", "media_type": "REPOST_FACADE", "reposted_post": {"id": MEDIA}}


async def test_threads_reposts_once() -> None:
    send = FakeSend().on("/repost", {"id": FACADE["id"]}, refusal(100))
    send.on("GET me/threads", reposts(FACADE))
    for _ in range(2):
        assert await THREADS.do(send, "repost", MEDIA) == FACADE["id"]
    refused = FakeSend().on("/repost", refusal(100)).on("GET me/threads", reposts())
    with pytest.raises(PlatformFailure) as failed:
        await THREADS.do(refused, "repost", MEDIA)
    assert failed.value.kind is FailureKind.INVALID


async def test_threads_takes_a_repost_back_by_its_own_id() -> None:
    other = {**FACADE, "id": "1", "reposted_post": {"id": REPLY}}
    quote = {"id": "2", "media_type": "TEXT_POST", "reposted_post": {"id": MEDIA}}
    send = (
        FakeSend()
        .on("GET me/threads", reposts(FACADE), after="two")
        .on("GET me/threads", reposts(other, quote, after="two"), reposts())
        .on(f"DELETE {FACADE['id']}", SUCCESS, refusal(24))
    )
    assert await THREADS.do(send, "undo_repost", MEDIA) is None
    assert made(send) == ("DELETE", FACADE["id"], {})
    assert await THREADS.do(send, "undo_repost", MEDIA) is None
    assert made(send)[0] == "GET"


async def test_threads_does_not_say_that_a_repost_is_gone_which_it_did_not_see() -> None:
    posts = [reposts({"id": str(number)}, after=str(number)) for number in range(5)]
    send = FakeSend().on("GET me/threads", *posts)
    with pytest.raises(PlatformFailure) as failed:
        await THREADS.do(send, "undo_repost", MEDIA)
    assert failed.value.kind is FailureKind.NOT_FOUND
    assert len(send.calls) == 5
