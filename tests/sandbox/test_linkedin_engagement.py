"""LinkedIn: threads of comments, reactions, posts that share others; URNs escaped in addresses."""

from typing import Any
from urllib.parse import quote

from .conftest import Client, advance
from .oauth_protocol import login
from .test_linkedin_publishing import API, LINKEDIN, headers, listed, post, writer

HOUR = 3_600.0
"""After so long a stranger has commented on a post, after three all who will."""


def coded(urn: str) -> str:
    return quote(urn, safe="")


def comments(urn: str, one: str = "") -> str:
    return f"{API}/socialActions/{coded(urn)}/comments{one and '/' + one}"


async def threads(client: Client, head: dict[str, str], urn: str, **query: str) -> Any:
    answer = await client.get(comments(urn), params=query, headers=head)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def act(client: Client, head: dict[str, str], urn: str, actor: str, **more: Any) -> Any:
    body = {"actor": actor, "object": urn, "message": {"text": "Thanks"}} | more
    return await client.post(comments(urn), json=body, headers=head)


async def test_a_thread_is_read_written_changed_and_deleted(wired: Client) -> None:
    head, member, company = await writer(wired)
    urn = (await listed(wired, head, company))[0]["id"]
    await advance(wired, 3 * HOUR)
    first = await threads(wired, head, urn)
    total, stranger = first["paging"]["total"], first["elements"][0]
    activity = f"urn:li:activity:{int(urn.rpartition(':')[2]) + 1}"
    assert stranger["commentUrn"] == f"urn:li:comment:({activity},{stranger['id']})"

    parent = stranger["commentUrn"]
    answer = {"parentComment": parent, "object": activity}
    bare = await act(wired, head, parent, company, object=activity)
    assert bare.status_code == 400
    made = await act(wired, head, parent, company, **answer)
    assert (made.status_code, made.headers["x-restli-id"]) == (201, made.json()["id"])
    deeper = made.json()["commentUrn"]
    nested = await act(wired, head, deeper, company, parentComment=deeper, object=activity)
    assert nested.status_code == 400
    (shown,) = (await threads(wired, head, parent))["elements"]
    assert (shown["parentComment"], shown["actor"]) == (parent, company)
    assert (await threads(wired, head, activity))["paging"]["total"] == total
    gone = f"urn:li:comment:({activity},1)"
    assert (await wired.get(comments(gone), headers=head)).status_code == 404

    own = (await act(wired, head, urn, company)).json()["id"]
    edit = {"patch": {"message": {"$set": {"text": "Thank you"}}}}
    one, actor = comments(activity, own), {"actor": company}
    assert (await wired.post(one, params=actor, json=edit, headers=head)).status_code == 400
    partial = head | {"X-RestLi-Method": "PARTIAL_UPDATE"}
    foreign = {"actor": member}
    assert (await wired.post(one, params=foreign, json=edit, headers=partial)).status_code == 403
    assert (await wired.post(one, params=actor, json=edit, headers=partial)).status_code == 204
    read = (await wired.get(one, headers=head)).json()
    assert read["message"]["text"] == "Thank you"
    theirs = stranger["id"]
    for id, who, status in ((own, member, 403), (own, company, 204), (theirs, company, 204)):
        sent = {"actor": who}
        deleted = await wired.delete(comments(activity, id), params=sent, headers=head)
        assert deleted.status_code == status
    pages = [await threads(wired, head, urn, start=str(n), count="1") for n in range(total)]
    ids = [page["elements"][0]["id"] for page in pages if page["elements"]]
    assert len(ids) == total - 1
    assert theirs not in ids


async def test_one_reaction_for_each_actor(wired: Client) -> None:
    head, member, company = await writer(wired)
    urn = (await listed(wired, head, company))[0]["id"]
    await advance(wired, HOUR)
    thread = (await threads(wired, head, urn))["elements"][0]
    comment = thread["commentUrn"]
    url = f"{API}/reactions"

    async def react(root: str, actor: str, kind: str = "LIKE", by: Any = head) -> int:
        body = {"root": root, "reactionType": kind}
        sent = await wired.post(f"{url}?actor={coded(actor)}", json=body, headers=by)
        return sent.status_code

    async def undo(root: str, actor: str) -> int:
        key = f"(actor:{coded(actor)},entity:{coded(root)})"
        return (await wired.delete(f"{url}/{key}", headers=head)).status_code

    async def found(root: str) -> list[tuple[str, str]]:
        answer = await wired.get(f"{url}/(entity:{coded(root)})?q=entity", headers=head)
        assert answer.status_code == 200, answer.text
        return [(one["created"]["actor"], one["reactionType"]) for one in answer.json()["elements"]]

    assert [await react(urn, company), await react(urn, company)] == [201, 409]
    assert [await react(urn, member, "PRAISE"), await react(urn, member, "HATE")] == [201, 400]
    assert await found(thread["object"]) == [(member, "PRAISE"), (company, "LIKE")]
    assert [await undo(thread["object"], company), await undo(urn, company)] == [204, 404]
    assert await react(comment, company) == 201
    (shown, *_) = (await threads(wired, head, urn))["elements"]
    likes = {"totalLikes": 1, "aggregatedTotalLikes": 1, "likedByCurrentUser": True}
    assert shown["likesSummary"] == likes
    poor = headers(await login(wired, LINKEDIN))
    assert await react(urn, company, by=poor) == 403
    editor, _, edited = await writer(wired, sandbox_person="editor")
    assert await react(urn, edited, by=editor) == 403
    mara, _, other = await writer(wired, sandbox_person="mara")
    assert [await react(urn, other, by=mara) for _ in range(2)] == [201, 422]
    theirs = (await listed(wired, mara, other))[0]["id"]
    assert "$URN" in (await threads(wired, mara, theirs))["elements"][0]


async def test_a_shared_post_is_shared_once_and_deleted(wired: Client) -> None:
    head, _, company = await writer(wired)
    urn = (await listed(wired, head, company))[0]["id"]
    share = {"commentary": "", "reshareContext": {"parent": urn}}
    made = await post(wired, head, company, **share)
    assert made.status_code == 201, made.text
    one = made.headers["x-restli-id"]
    assert (await post(wired, head, company, **share)).status_code == 422
    quoted = await post(wired, head, company, **share | {"commentary": "Look"})
    assert quoted.status_code == 201
    newest, before, *_ = await listed(wired, head, company)
    assert [newest["commentary"], before["commentary"]] == ["Look", ""]
    assert newest["reshareContext"] == before["reshareContext"] == {"parent": urn}
    for parent, status in (("urn:li:share:1", 404), ("urn:li:activity:1", 400)):
        wrong = await post(wired, head, company, **share | {"reshareContext": {"parent": parent}})
        assert wrong.status_code == status
    for _ in range(2):
        gone = await wired.delete(f"{API}/posts/{coded(one)}", headers=head)
        assert gone.status_code == 204
    assert one not in [item["id"] for item in await listed(wired, head, company)]
