"""Comments on a Page's works and its likes, as a stranger uses them from Meta's documents."""

from typing import Any

from .conftest import Client, walk
from .graph_person import GraphPerson
from .media_host import MediaHost
from .test_facebook import GRAPH, login, page_of
from .test_facebook_publishing import SCOPES as PUBLISHING
from .test_facebook_publishing import PagePerson

READING = "pages_show_list,pages_read_engagement,pages_read_user_content"
SCOPES = f"{READING},pages_manage_engagement"
FIELDS = (
    "id,message,from{id,name},created_time,like_count,comment_count,parent{id},is_hidden,"
    "can_hide,can_remove,permalink_url,user_likes"
)
WORDS = "Iron and ash, cone 10."
Rows = dict[str, dict[str, Any]]


async def person(client: Client, scopes: str = SCOPES, name: str = "ida") -> PagePerson:
    page = await page_of(client, await login(client, scope=scopes, sandbox_person=name))
    return PagePerson(client, GRAPH, page["access_token"], page["id"])


async def read(ida: GraphPerson, node: str, **params: Any) -> Rows:
    """The comments of a list by their ids, page by page."""
    found: Rows = {}

    async def page(after: str) -> tuple[list[str], str | None]:
        sent = {"fields": FIELDS, "order": "chronological", "after": after, **params}
        told = await ida.call("GET", f"{node}/comments", **sent)
        found.update({one["id"]: one for one in told["data"]})
        more = "next" in told.get("paging", {})
        ids = [one["id"] for one in told["data"]]
        return ids, told["paging"]["cursors"]["after"] if more else None

    assert len(await walk(page, "")) == len(found)
    return found


async def posts(ida: GraphPerson) -> list[dict[str, Any]]:
    sent = {"fields": "id,attachments,created_time", "limit": 60}
    told: list[dict[str, Any]] = (await ida.call("GET", f"{ida.me}/published_posts", **sent))[
        "data"
    ]
    return told


async def commented(ida: GraphPerson, least: int = 1) -> tuple[str, Rows]:
    """A post with so many comments of strangers, and them."""
    for post in await posts(ida):
        found = await read(ida, post["id"])
        if len(found) >= least:
            return post["id"], found
    raise AssertionError("no post has so many comments")


async def test_comments_are_written_answered_hidden_and_deleted(sandbox: Client) -> None:
    ida = await person(sandbox)
    post, before = await commented(ida)
    stranger = next(iter(before))
    assert stranger.startswith(f"{post.partition('_')[2]}_")
    own = (await ida.call("POST", f"{post}/comments", message=WORDS))["id"]
    first = (await ida.call("POST", f"{stranger}/comments", message="Done"))["id"]
    second = (await ida.call("POST", f"{first}/comments", message="And again"))["id"]
    listed = await read(ida, post)
    assert [*listed] == [*before, own]
    assert (listed[own]["message"], listed[own]["from"]["id"]) == (WORDS, ida.me)
    assert listed[stranger]["comment_count"] == 2
    answers = await read(ida, stranger)
    assert [*answers] == [first, second]
    assert {one["parent"]["id"] for one in answers.values()} == {stranger}
    assert (await read(ida, post, filter="stream")).keys() == {*before, own, first, second}
    newest = await read(ida, post, order="reverse_chronological", limit=1)
    assert [*newest] == [*listed][::-1]
    sent = {"order": "chronological", "limit": 0}
    told = await ida.call("GET", f"{post}/comments", summary="true", **sent)
    count = len(listed)
    summary = {"order": "chronological", "total_count": count, "can_comment": True}
    assert told == {"data": [], "summary": summary}
    told = await ida.call("GET", f"{post}/comments", summary="total_count", **sent)
    assert told["summary"] == {"total_count": count}
    assert await ida.call("GET", f"{post}/comments", summary="false", **sent) == {"data": []}
    assert await ida.call("POST", stranger, is_hidden="true") == {"success": True}
    assert (await read(ida, post))[stranger]["is_hidden"] is True
    await ida.call("POST", stranger, is_hidden="false")
    assert (await ida.call("GET", stranger, fields=FIELDS))["is_hidden"] is False
    assert await ida.call("POST", own, message="Better") == {"success": True}
    assert (await read(ida, post))[own]["message"] == "Better"
    assert await ida.refused(stranger, message="Mine", http=403) == (200, None)
    assert await ida.refused(own, is_hidden="true") == (100, None)
    assert await ida.refused(f"{post}/comments", message="a" * 8001) == (100, None)
    for one in (stranger, own):
        assert await ida.call("DELETE", one) == {"success": True}
        assert await ida.refused(one, "DELETE") == (100, 33)
    assert (await read(ida, post, filter="stream")).keys() == before.keys() - {stranger}


async def test_pages_go_both_ways_and_cursors_break_with_their_comment(sandbox: Client) -> None:
    ida = await person(sandbox)
    post, before = await commented(ida)
    made = [
        (await ida.call("POST", f"{post}/comments", message=f"Number {number}"))["id"]
        for number in range(4)
    ]
    path, sent = f"{post}/comments", {"order": "chronological", "limit": 2}
    first = await ida.call("GET", path, **sent)
    ids = [*before, *made]
    assert [one["id"] for one in first["data"]] == ids[:2]
    assert set(first["data"][0]) <= {"created_time", "from", "message", "id"}
    assert "previous" not in first["paging"]
    second = await ida.call("GET", path, after=first["paging"]["cursors"]["after"], **sent)
    assert [one["id"] for one in second["data"]] == ids[2:4]
    back = await ida.call("GET", path, before=second["paging"]["cursors"]["before"], **sent)
    assert back["data"] == first["data"]
    whole = await ida.call("GET", path, order="chronological", limit=len(ids))
    assert [one["id"] for one in whole["data"]] == ids
    assert set(whole["paging"]) == {"cursors"}
    await ida.call("DELETE", ids[1])
    gone = {"after": first["paging"]["cursors"]["after"], **sent}
    assert await ida.refused(path, "GET", **gone) == (100, None)
    assert await ida.refused(path, "GET", limit=101) == (100, None)
    assert await ida.refused(path, "GET", order="newest") == (100, None)
    assert await ida.refused(path, "GET", fields="text") == (100, None)


async def test_videos_and_photos_take_comments_and_likes(sandbox: Client, media: MediaHost) -> None:
    ida = await person(sandbox, f"{SCOPES},{PUBLISHING}")
    items = [
        (post["id"], item)
        for post in (await posts(ida))[20:]
        for item in post.get("attachments", {"data": []})["data"]
    ]
    for kind in ("video", "photo"):
        shown = [(post, item) for post, item in items if item["media_type"] == kind]
        for post, item in shown[:2]:
            assert await read(ida, item["target"]["id"]) == await read(ida, post)
    photos = [await ida.photo(url=media.url(f"/{name}.jpg")) for name in ("a", "b")]
    attached = [{"media_fbid": one} for one in photos]
    made = await sandbox.post(
        f"{GRAPH}/{ida.me}/feed",
        json={"message": "Two", "attached_media": attached, "access_token": ida.token},
    )
    album = next(item for _, item in items if item["media_type"] == "album")
    derived = album["subattachments"]["data"][1]["target"]["id"]
    for photo in (photos[0], derived):
        own = (await ida.call("POST", f"{photo}/comments", message=WORDS))["id"]
        assert own.startswith(f"{photo}_")
        assert (await read(ida, photo))[own]["message"] == WORDS
    post = made.json()["id"]
    assert await read(ida, post) == {}
    own = (await ida.call("POST", f"{post}/comments", message=WORDS))["id"]
    for node in (post, own, photos[0]):
        for _ in range(2):
            assert await ida.call("POST", f"{node}/likes") == {"success": True}
        assert [one["id"] for one in (await ida.call("GET", f"{node}/likes"))["data"]] == [ida.me]
    shown = (await read(ida, post))[own]
    assert shown["user_likes"] is True
    assert await ida.refused(f"{photos[0]}/likes", "DELETE") == (100, None)
    for node in (post, own):
        for _ in range(2):
            assert await ida.call("DELETE", f"{node}/likes") == {"success": True}
        assert (await ida.call("GET", f"{node}/likes"))["data"] == []
    after = (await read(ida, post))[own]
    assert (after["user_likes"], after["like_count"]) == (False, shown["like_count"] - 1)
    for method, edge in (("GET", "comments"), ("POST", "comments"), ("POST", "likes")):
        absent = f"{ida.me}_912345678901234/{edge}"
        assert await ida.refused(absent, method, message=WORDS) == (100, 33)


async def test_disabled_comments_and_the_order_of_ranked_ones(sandbox: Client) -> None:
    for name, code, order in (("ida", 1705, "chronological"), ("mara", 100, "ranked")):
        them = await person(sandbox, name=name)
        found = set()
        for post in (await posts(them))[5:20]:
            sent = {"summary": "true", "fields": "like_count,created_time"}
            told = await them.call("GET", f"{post['id']}/comments", **sent)
            assert told["summary"]["order"] == order
            likes = [-one["like_count"] for one in told["data"]]
            dates = [one["created_time"] for one in told["data"]]
            shown = likes if order == "ranked" else dates
            assert shown == sorted(shown)
            found.add(told["summary"]["can_comment"])
            if not told["summary"]["can_comment"]:
                assert told["data"] == []
                refused = await them.refused(f"{post['id']}/comments", message=WORDS)
                assert refused == (code, None)
        assert found == {True, False}


async def test_who_may_see_and_write(sandbox: Client) -> None:
    ida = await person(sandbox)
    post, found = await commented(ida, least=3)
    named = ["from" in one for one in found.values()]
    assert sorted(named) == [False, True, True]
    reader = await person(sandbox, "pages_show_list,pages_read_engagement")
    listed = (await reader.call("GET", f"{post}/comments", fields=FIELDS))["data"]
    assert len(listed) == 3
    assert all("from" not in one for one in listed)
    poor = await person(sandbox, READING)
    stranger = next(iter(found))
    for method, path in (
        ("POST", f"{post}/comments"),
        ("POST", f"{stranger}/comments"),
        ("POST", stranger),
        ("DELETE", stranger),
        ("POST", f"{post}/likes"),
        ("DELETE", f"{post}/likes"),
    ):
        sent = {"message": WORDS, "is_hidden": "true"}
        assert (await poor.refused(path, method, 403, **sent))[0] == 200, path
    for method, path in (("GET", f"{post}/comments"), ("GET", stranger)):
        bare = await person(sandbox, "pages_show_list")
        assert (await bare.refused(path, method, 403))[0] == 10
    user = GraphPerson(sandbox, GRAPH, await login(sandbox, scope=SCOPES), ida.me)
    told = await user.call("GET", f"{post}/comments", summary="true")
    assert (told["data"], told["summary"]["total_count"]) == ([], 0)
    assert (await user.refused(f"{post}/comments", message=WORDS, http=403))[0] == 200
