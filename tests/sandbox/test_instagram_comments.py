"""Comments on Instagram with either login, as a stranger moderates them from Meta's documents."""

from typing import Any

import pytest

from .conftest import Client, walk
from .test_facebook import login as facebook_login
from .test_instagram_publishing import FACEBOOK, InstagramPerson, person

SCOPES = "instagram_business_basic,instagram_business_manage_comments"
FACEBOOK_SCOPES = "pages_show_list,pages_read_engagement,instagram_basic,instagram_manage_comments"
FIELDS = "id,text,timestamp,username,from{id,username},like_count,hidden,parent_id,replies{id}"
WORDS = "Iron and ash, cone 10."


async def facebook_person(client: Client, scopes: str = FACEBOOK_SCOPES) -> InstagramPerson:
    token = await facebook_login(client, scope=scopes)
    user = (await client.get("/_world/instagram/ida")).json()["userId"]
    return InstagramPerson(client, FACEBOOK, token, user)


LOGINS = pytest.mark.parametrize("logged_in", [person, facebook_person])
ASKED = {person: SCOPES, facebook_person: FACEBOOK_SCOPES}


async def read(ida: InstagramPerson, path: str, **params: Any) -> list[dict[str, Any]]:
    """All comments of a list, page by page."""
    found: list[dict[str, Any]] = []

    async def page(after: str) -> tuple[list[str], str | None]:
        told = await ida.call("GET", path, fields=FIELDS, after=after, **params)
        found.extend(told["data"])
        more = "next" in told.get("paging", {})
        ids = [one["id"] for one in told["data"]]
        return ids, told["paging"]["cursors"]["after"] if more else None

    ids = await walk(page, "")
    assert len(set(ids)) == len(ids)
    return found


async def commented(ida: InstagramPerson) -> tuple[str, dict[str, Any]]:
    """A media, and the newest comment of a stranger on it."""
    for media in (await ida.call("GET", f"{ida.me}/media", fields="id", limit=9))["data"]:
        found = await read(ida, f"{media['id']}/comments")
        if found:
            return media["id"], found[0]
    raise AssertionError("nobody has commented")


@LOGINS
async def test_comments_are_written_answered_hidden_and_deleted(
    sandbox: Client, logged_in: Any
) -> None:
    ida = await logged_in(sandbox, ASKED[logged_in])
    media, stranger = await commented(ida)
    assert stranger["from"]["username"] == stranger["username"]
    assert (stranger["hidden"], "parent_id" in stranger) == (False, False)
    own = (await ida.call("POST", f"{media}/comments", message=WORDS))["id"]
    newest = (await read(ida, f"{media}/comments"))[0]
    assert (newest["id"], newest["text"]) == (own, WORDS)
    assert newest["username"].startswith("ida.")
    first = (await ida.call("POST", f"{stranger['id']}/replies", message="Done"))["id"]
    second = (await ida.call("POST", f"{first}/replies", message="And again"))["id"]
    answers = await read(ida, f"{stranger['id']}/replies")
    assert [one["id"] for one in answers] == [second, first]
    assert {one["parent_id"] for one in answers} == {stranger["id"]}
    listed = {one["id"]: one for one in await read(ida, f"{media}/comments")}
    assert listed.keys().isdisjoint({first, second})
    assert listed[stranger["id"]]["replies"]["data"] == [{"id": second}, {"id": first}]
    for one in (stranger["id"], own):
        assert await ida.call("POST", one, hide="true") == {"success": True}
    for one, hidden in ((stranger["id"], True), (own, False)):
        assert (await ida.call("GET", one, fields="hidden"))["hidden"] is hidden
    for one in (stranger["id"], first):
        assert await ida.refused(f"{one}/replies", message="No") == (100, None)
    await ida.call("POST", stranger["id"], hide="false")
    assert (await ida.call("GET", stranger["id"], fields="hidden"))["hidden"] is False
    await ida.call("DELETE", stranger["id"])
    for path, method in ((stranger["id"], "DELETE"), (first, "DELETE"), (f"{own}0", "DELETE")):
        assert (await ida.refused(path, method))[0] == 100
    assert stranger["id"] not in {one["id"] for one in await read(ida, f"{media}/comments")}


async def test_a_page_has_at_most_fifty_comments(sandbox: Client) -> None:
    ida = await person(sandbox, SCOPES)
    media, _ = await commented(ida)
    before = len(await read(ida, f"{media}/comments"))
    for number in range(52):
        await ida.call("POST", f"{media}/comments", message=f"Batch {number}")
    told = await ida.call("GET", f"{media}/comments", limit=100)
    assert len(told["data"]) == 50
    assert set(told["data"][0]) == {"id", "text", "timestamp"}
    assert len(await read(ida, f"{media}/comments", limit=20)) == before + 52


async def test_refused_texts_and_closed_media(sandbox: Client) -> None:
    ida = await person(sandbox, SCOPES)
    media, stranger = await commented(ida)
    for message in (
        "",
        "a" * 301,
        "#a #b #c #d #e",
        "https://a.example https://b.example",
        "ALL OF IT 10",
    ):
        for path in (f"{media}/comments", f"{stranger['id']}/replies"):
            assert await ida.refused(path, message=message) == (100, None), message
    await ida.call("POST", f"{media}/comments", message="#a #b #c #d https://a.example 再见")
    await ida.call("POST", media, comment_enabled="false")
    assert await ida.refused(f"{media}/comments", message=WORDS) == (100, None)
    assert (await ida.call("GET", media, fields="is_comment_enabled"))[
        "is_comment_enabled"
    ] is False
    await ida.call("POST", media, comment_enabled="true")
    await ida.call("POST", f"{media}/comments", message=WORDS)


@LOGINS
async def test_the_scope_of_comments(sandbox: Client, logged_in: Any) -> None:
    ida = await logged_in(sandbox, ASKED[logged_in])
    media, stranger = await commented(ida)
    poor = ",".join(one for one in ASKED[logged_in].split(",") if "comments" not in one)
    reader = await logged_in(sandbox, poor)
    for method, path in (
        ("GET", f"{media}/comments"),
        ("POST", f"{media}/comments"),
        ("GET", f"{stranger['id']}/replies"),
        ("POST", f"{stranger['id']}/replies"),
        ("POST", stranger["id"]),
        ("DELETE", stranger["id"]),
        ("GET", stranger["id"]),
    ):
        assert (await reader.refused(path, method, 403))[0] == 10, path
