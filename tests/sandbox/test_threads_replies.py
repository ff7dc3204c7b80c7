"""Replies and reposts on Threads, as a stranger uses them from Meta's documents."""

from typing import Any

from .conftest import Client, walk
from .test_threads_publishing import ThreadsPerson
from .test_threads_publishing import person as publisher

SCOPES = (
    "threads_basic,threads_content_publish,threads_read_replies,threads_manage_replies,"
    "threads_delete"
)
FIELDS = (
    "id,text,username,timestamp,permalink,media_type,has_replies,root_post{id},replied_to{id},"
    "is_reply,is_reply_owned_by_me,hide_status"
)
WORDS = "Iron and ash, cone 10."


async def person(client: Client, scopes: str = SCOPES, **more: str) -> ThreadsPerson:
    return await publisher(client, scopes, **more)


async def read(ida: ThreadsPerson, path: str, size: int = 2, **params: Any) -> list[dict[str, Any]]:
    """All replies of a list, page by page until one is not full."""
    found: list[dict[str, Any]] = []

    async def page(after: str) -> tuple[list[str], str | None]:
        told = await ida.call("GET", path, fields=FIELDS, limit=size, after=after, **params)
        found.extend(told["data"])
        assert "next" not in told.get("paging", {})
        full = len(told["data"]) == size
        ids = [one["id"] for one in told["data"]]
        return ids, told["paging"]["cursors"]["after"] if full else None

    ids = await walk(page, "")
    assert len(set(ids)) == len(ids)
    return found


async def replied(ida: ThreadsPerson) -> tuple[str, list[dict[str, Any]]]:
    """A post, and the replies of strangers to it."""
    for post in (await ida.call("GET", "me/threads", fields="id", limit=9))["data"]:
        found = await read(ida, f"{post['id']}/replies")
        if found:
            return post["id"], found
    raise AssertionError("nobody has replied")


async def test_replies_are_written_listed_and_deleted(sandbox: Client) -> None:
    ida = await person(sandbox)
    post, before = await replied(ida)
    stranger = before[0]
    assert (stranger["root_post"], stranger["replied_to"]) == ({"id": post}, {"id": post})
    assert (stranger["is_reply_owned_by_me"], "owner" in stranger) == (False, False)
    direct = await ida.posted(text=WORDS, reply_to_id=post)
    answer = await ida.posted(text="Done", reply_to_id=stranger["id"])
    sent = {"media_type": "TEXT", "auto_publish_text": "true", "reply_to_id": answer}
    deeper = (await ida.call("POST", "me/threads", text="At once", **sent))["id"]
    newest = await read(ida, f"{post}/replies")
    assert [one["id"] for one in newest] == [direct, *(one["id"] for one in before)]
    assert (newest[0]["text"], newest[0]["is_reply_owned_by_me"]) == (WORDS, True)
    assert await read(ida, f"{post}/replies", reverse="false") == newest[::-1]
    [shown] = await read(ida, f"{stranger['id']}/replies")
    assert (shown["id"], shown["has_replies"]) == (answer, True)
    assert shown["replied_to"] == {"id": stranger["id"]}
    flat = await read(ida, f"{post}/conversation")
    assert [one["id"] for one in flat[:3]] == [deeper, answer, direct]
    assert len(flat) == len(before) + 3
    assert {one["root_post"]["id"] for one in flat} == {post}
    assert await ida.refused(f"{answer}/conversation", "GET") == (100, None)
    own = await read(ida, "me/replies")
    assert [one["id"] for one in own] == [deeper, answer, direct]
    assert await ida.refused(stranger["id"], "DELETE") == (100, None)
    for one in (deeper, direct):
        assert (await ida.call("DELETE", one))["deleted_id"] == one
        assert await ida.refused(one, "DELETE") == (24, None)
    assert [one["id"] for one in await read(ida, "me/replies")] == [answer]
    assert await ida.refused("18000000000000001/replies", "GET") == (24, None)


async def test_hiding_a_reply_hides_what_is_below_it(sandbox: Client) -> None:
    ida = await person(sandbox)
    post, [*_, stranger] = await replied(ida)
    answer = await ida.posted(text="Done", reply_to_id=stranger["id"])
    assert stranger["hide_status"] == "NOT_HUSHED"

    async def statuses() -> list[str]:
        """Those of the stranger's reply, and of the answer to it."""
        shown = {one["id"]: one["hide_status"] for one in await read(ida, f"{post}/conversation")}
        return [shown[stranger["id"]], shown[answer]]

    for _ in range(2):
        path = f"{stranger['id']}/manage_reply"
        assert await ida.call("POST", path, hide="true") == {"success": True}
        assert await statuses() == ["HIDDEN", "HIDDEN"]
    await ida.call("POST", f"{stranger['id']}/manage_reply", hide="false")
    assert await statuses() == ["UNHUSHED", "NOT_HUSHED"]
    assert await ida.refused(f"{answer}/manage_reply", hide="true") == (100, None)
    assert await ida.refused(f"{stranger['id']}/manage_reply") == (100, None)
    assert await ida.refused(f"{post}/manage_reply", hide="true") == (24, None)
    posts = (await ida.call("GET", "me/threads", fields="id", limit=20))["data"]
    found = [one for post in posts[9:] for one in await read(ida, f"{post['id']}/replies")]
    assert {one["hide_status"] for one in found} == {"NOT_HUSHED", "COVERED"}


async def test_a_repost_is_made_once_and_can_be_undone(sandbox: Client) -> None:
    fields = {"fields": "id,media_type,reposted_post{id}", "limit": 1}
    for name in ("ida", "mara"):
        them = await person(sandbox, sandbox_person=name)
        post = await them.posted(text="First")
        made = (await them.call("POST", f"{post}/repost"))["id"]
        if name == "ida":
            assert (await them.call("POST", f"{post}/repost"))["id"] == made
        else:
            assert await them.refused(f"{post}/repost") == (100, None)
        [newest] = (await them.call("GET", "me/threads", **fields))["data"]
        facade = {"id": made, "media_type": "REPOST_FACADE", "reposted_post": {"id": post}}
        assert newest == facade
        await them.call("DELETE", made)
        [newest] = (await them.call("GET", "me/threads", **fields))["data"]
        assert newest["id"] == post
        assert (await them.call("POST", f"{post}/repost"))["id"] != made


async def test_who_may_read_and_moderate_replies(sandbox: Client) -> None:
    ida = await person(sandbox)
    post, [stranger, *_] = await replied(ida)
    poor = await person(sandbox, "threads_basic,threads_content_publish")
    replying = {"media_type": "TEXT", "text": WORDS, "reply_to_id": stranger["id"]}
    for method, path, sent in (
        ("GET", f"{post}/replies", {}),
        ("GET", f"{post}/conversation", {}),
        ("POST", "me/threads", replying),
        ("POST", f"{stranger['id']}/manage_reply", {"hide": "true"}),
        ("DELETE", stranger["id"], {}),
    ):
        assert (await poor.refused(path, method, 403, **sent))[0] == 10, path
    mara = await person(sandbox, sandbox_person="mara")
    assert await mara.refused(f"{post}/replies", "GET") == (24, None)
    foreign = {"media_type": "TEXT", "text": WORDS, "reply_to_id": post}
    assert (await mara.refused("me/threads", http=403, **foreign))[0] == 10
    found = await replied_with_links(mara)
    link = found["paging"]["next"].replace("https://", "/")
    assert (await sandbox.get(link)).json()["data"]


async def replied_with_links(mara: ThreadsPerson) -> dict[str, Any]:
    """The first page of one reply each of a list that has more."""
    post = await mara.posted(text="First")
    for text in ("One", "Two"):
        await mara.posted(text=text, reply_to_id=post)
    return await mara.call("GET", f"{post}/replies", fields="id", limit=1)
