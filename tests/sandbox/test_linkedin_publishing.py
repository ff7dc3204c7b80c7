"""LinkedIn: media, posts of members and organizations, their text, duplicates and refusals."""

import zlib
from typing import Any

from .conftest import Client, advance
from .oauth_platforms import LINKEDIN_API, LINKEDIN_SCOPES, PLATFORMS
from .oauth_protocol import Answer, bearer, login

API = f"{LINKEDIN_API}/rest"
LINKEDIN = PLATFORMS["linkedin"]
SCOPE = f"{LINKEDIN_SCOPES} openid profile w_member_social w_organization_social"
FILE = bytes(range(256)) * (36 * 1024) + b"the end"
PART = 4 * 1024 * 1024
OCTETS = {"Content-Type": "application/octet-stream"}


def headers(tokens: Answer, **more: str) -> dict[str, str]:
    return bearer(tokens) | {"linkedin-version": "202609"} | more


async def writer(client: Client, **more: str) -> tuple[dict[str, str], str, str]:
    """The headers of a person, and the URNs of the member and of their first organization."""
    tokens = await login(client, LINKEDIN, **({"scope": SCOPE} | more))
    world = (await client.get(f"/_world/linkedin/{more.get('sandbox_person', 'ida')}")).json()
    return headers(tokens), f"urn:li:person:{world['id']}", world["organizations"][0]["urn"]


async def opened(client: Client, head: dict[str, str], owner: str, kind: str, **more: Any) -> Any:
    url = f"{API}/{kind}s?action=initializeUpload"
    sent = {"initializeUploadRequest": {"owner": owner, **more}}
    return await client.post(url, json=sent, headers=head)


def at(address: str) -> str:
    return "/" + address.removeprefix("https://")


async def image(client: Client, head: dict[str, str], owner: str) -> str:
    value = (await opened(client, head, owner, "image")).json()["value"]
    url = at(value["uploadUrl"])
    assert (await client.put(url, content=b"PNG", headers=OCTETS)).status_code == 401
    assert (await client.put(url, content=b"PNG", headers=head | OCTETS)).status_code == 201
    return value["image"]


async def post(client: Client, head: dict[str, str], author: str, **more: Any) -> Any:
    body = {
        "author": author,
        "commentary": "Glaze",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": []},
        "lifecycleState": "PUBLISHED",
    }
    return await client.post(f"{API}/posts", json=body | more, headers=head)


async def listed(client: Client, head: dict[str, str], author: str) -> list[Any]:
    query = {"q": "author", "author": author, "sortBy": "CREATED", "count": "3"}
    answer = await client.get(f"{API}/posts", params=query, headers=head)
    return answer.json()["elements"]


async def test_a_video_comes_in_the_parts_that_were_told(still: Client) -> None:
    head, _, company = await writer(still)
    await still.put("/_publishing/linkedin", json={"processingSeconds": 60})
    value = (await opened(still, head, company, "video", fileSizeBytes=len(FILE))).json()["value"]
    video, steps = value["video"], value["uploadInstructions"]
    assert [(one["firstByte"], one["lastByte"]) for one in steps] == [
        (0, PART - 1),
        (PART, 2 * PART - 1),
        (2 * PART, len(FILE) - 1),
    ]
    tags = {}
    for number in (2, 0, 1):
        step = steps[number]
        part = FILE[step["firstByte"] : step["lastByte"] + 1]
        url = at(step["uploadUrl"])
        assert (await still.put(url, content=part[1:], headers=OCTETS)).status_code == 400
        tags[number] = (await still.put(url, content=part, headers=OCTETS)).headers["etag"]

    async def finalize(*numbers: int) -> int:
        named = {"video": video, "uploadToken": "", "uploadedPartIds": [tags[n] for n in numbers]}
        url = f"{API}/videos?action=finalizeUpload"
        answer = await still.post(url, json={"finalizeUploadRequest": named}, headers=head)
        return answer.status_code

    async def status() -> str:
        return (await still.get(f"{API}/videos/{video}", headers=head)).json()["status"]

    assert await status() == "WAITING_UPLOAD"
    assert [await finalize(2, 0, 1), await finalize(0, 1, 2), await finalize(0, 1, 2)] == [
        400,
        200,
        200,
    ]
    assert await status() == "PROCESSING"
    content = {"media": {"id": video, "title": "Kiln"}}
    early = await post(still, head, company, content=content)
    assert early.json()["code"] == "MEDIA_ASSET_WAITING_UPLOAD"
    await advance(still, 60)
    assert await status() == "AVAILABLE"
    made = await post(still, head, company, content=content)
    assert (made.status_code, made.content) == (201, b"")
    urn = made.headers["x-restli-id"]
    assert urn.startswith("urn:li:ugcPost:")
    (newest, *_) = await listed(still, head, company)
    assert (newest["id"], newest["content"]) == (urn, content)
    (kept,) = (await still.get("/_world/linkedin/ida/posts")).json()["posts"]
    sums = [part["checksum"] for part in kept["files"][0]["parts"]]
    assert sums == [zlib.crc32(FILE[one["firstByte"] : one["lastByte"] + 1]) for one in steps]
    await still.put("/_publishing/linkedin", json={"rejectMedia": "FORMAT"})
    broken = await image(still, head, company)
    failed = await post(still, head, company, content={"media": {"id": broken}})
    assert failed.json()["code"] == "MEDIA_ASSET_PROCESSING_FAILED"
    late = (await opened(still, head, company, "image")).json()["value"]["uploadUrl"]
    await advance(still, 86_400)
    gone = await still.put(at(late), content=b"PNG", headers=head | OCTETS)
    assert gone.json()["code"] == "EXPIRED_UPLOAD_URL"


async def test_a_reserved_character_that_is_not_escaped_ends_the_text(still: Client) -> None:
    head, _, company = await writer(still)
    every = "".join(f"\\{sign}" for sign in "|{}@[]()<>#\\*_~")
    mention = r"@[Ida Holm](urn:li:person:782bbtaQex) hi \(x\)"
    tip = r"Tip 1\) use wax\_resist {hashtag|\#|pottery} \@ home"
    for sent, kept in (
        (tip, tip),
        (mention, mention),
        (every, every),
        ("Tip 1) use", "Tip 1"),
        ("on #glaze day, a_b", "on #glaze day, a"),
    ):
        assert (await post(still, head, company, commentary=sent)).status_code == 201
        (newest, *_) = await listed(still, head, company)
        assert newest["commentary"] == kept


async def test_what_authors_may_not_do(still: Client) -> None:
    head, me, company = await writer(still)
    one, two = await image(still, head, me), await image(still, head, me)
    pair = {"multiImage": {"images": [{"id": one}, {"id": two}]}}
    for author, body, status, code in (
        (me, {"commentary": "x" * 3_000}, 201, ""),
        (me, {"commentary": "x" * 3_001}, 400, "FIELD_LENGTH_TOO_LONG"),
        (me, {"visibility": "CONNECTIONS"}, 201, ""),
        (company, {"visibility": "CONNECTIONS"}, 400, "INVALID_VALUE_FOR_FIELD"),
        (me, {"distribution": {"feedDistribution": "NONE"}}, 400, "INVALID_VALUE_FOR_FIELD"),
        (company, {"distribution": {"feedDistribution": "NONE"}}, 201, ""),
        (company, {"lifecycleState": "DRAFT"}, 400, "INVALID_VALUE_FOR_FIELD"),
        (me, {"content": pair}, 201, ""),
        (me, {"content": {"multiImage": {"images": [{"id": one}]}}}, 400, ""),
        (company, {"content": {"media": {"id": one}}}, 403, "ACCESS_DENIED"),
        (me, {"id": "urn:li:share:1"}, 422, "INVALID_VALUE_FOR_FIELD"),
        ("urn:li:organization:1", {}, 403, "ACCESS_DENIED"),
    ):
        answer = await post(still, head, author, **body)
        assert answer.status_code == status, (body, answer.text)
        if code:
            assert answer.json()["code"] == code
    mine = headers(await login(still, LINKEDIN, scope="openid profile w_member_social"))
    foreign = await post(still, mine, company)
    assert "Organization permissions must be used" in foreign.json()["message"]
    blind = await still.get(f"{API}/images/{one}", headers=mine)
    assert "Accessing this image resource is forbidden" in blind.json()["message"]
    poor = headers(await login(still, LINKEDIN))
    assert (await post(still, poor, me)).status_code == 403
    old = await post(still, head | {"linkedin-version": "202001"}, me)
    assert old.status_code == 426
    editor, _, theirs = await writer(still, sandbox_person="editor")
    assert (await post(still, editor, theirs)).status_code == 201
    assert (await opened(still, editor, theirs, "image")).status_code == 403


async def test_duplicates_updates_and_deletions(still: Client) -> None:
    head, me, company = await writer(still)
    urn = (await post(still, head, company)).headers["x-restli-id"]
    twice = await post(still, head, company)
    assert twice.status_code == 422
    assert twice.json()["message"].endswith(f"Content is a duplicate of {urn}")
    assert (await post(still, head, me)).status_code == 201
    await advance(still, 601)
    again = (await post(still, head, company)).headers["x-restli-id"]
    patch = head | {"X-RestLi-Method": "PARTIAL_UPDATE"}
    change = {"patch": {"$set": {"commentary": "New \\(text\\)"}}}
    assert (await still.post(f"{API}/posts/{urn}", json=change, headers=patch)).status_code == 204
    shown = (await still.get(f"{API}/posts/{urn}", headers=head)).json()
    assert shown["commentary"] == "New \\(text\\)"
    fixed = {"patch": {"$set": {"visibility": "CONNECTIONS"}}}
    assert (await still.post(f"{API}/posts/{urn}", json=fixed, headers=patch)).status_code == 422
    for _ in range(2):
        assert (await still.delete(f"{API}/posts/{urn}", headers=head)).status_code == 204
    assert (await listed(still, head, company))[0]["id"] == again

    mara, _, theirs = await writer(still, sandbox_person="mara")
    gone = (await post(still, mara, theirs)).headers["x-restli-id"]
    await still.delete(f"{API}/posts/{gone}", headers=mara)
    ghost = await post(still, mara, theirs)
    assert ghost.status_code == 422
    named = ghost.json()["message"].rpartition(" ")[2]
    assert named != gone
    assert (await still.get(f"{API}/posts/{named}", headers=mara)).status_code == 404
    await still.put("/_publishing/linkedin", json={"dailyCap": 1})
    assert (await post(still, mara, theirs, commentary="b")).json()["code"] == "TOO_MANY_REQUESTS"
    await still.put("/_publishing/linkedin", json={"reject": "INVALID_VALUE_FOR_FIELD"})
    assert (await post(still, head, me, commentary="c")).status_code == 400


async def test_comments_name_the_activity_and_reactions_can_be_undone(still: Client) -> None:
    head, _, company = await writer(still)
    urn = (await post(still, head, company)).headers["x-restli-id"]
    await advance(still, 7200)
    activity = f"urn:li:activity:{int(urn.rpartition(':')[2]) + 1}"
    actor = {"actor": company}

    def comments(thread: str) -> str:
        return f"{API}/socialActions/{thread}/comments"

    async def listed(thread: str) -> list[Any]:
        return (await still.get(comments(thread), headers=head)).json()["elements"]

    (first, *_) = await listed(urn)
    assert first["object"] == activity
    assert first["commentUrn"] == f"urn:li:comment:({activity},{first['id']})"
    thanks = {**actor, "object": urn, "message": {"text": "Thanks"}}
    made = await still.post(comments(urn), json=thanks, headers=head)
    assert (made.status_code, made.headers["x-restli-id"]) == (201, made.json()["id"])
    parent = first["commentUrn"]
    wrong = {**thanks, "object": urn, "parentComment": parent}
    assert (await still.post(comments(parent), json=wrong, headers=head)).status_code == 400
    answer = {**thanks, "object": activity, "parentComment": parent}
    assert (await still.post(comments(parent), json=answer, headers=head)).status_code == 201
    (nested,) = await listed(parent)
    assert nested["parentComment"] == parent
    shown = {one["id"]: one for one in await listed(activity)}
    assert shown[first["id"]]["commentsSummary"]["totalFirstLevelComments"] == 1
    one = f"{comments(activity)}/{made.json()['id']}"
    assert (await still.delete(one, params=actor, headers=head)).status_code == 204
    assert (await still.get(one, headers=head)).status_code == 404

    like = {"root": urn, "reactionType": "LIKE"}
    liked = await still.post(f"{API}/reactions", params=actor, json=like, headers=head)
    assert liked.status_code == 201
    undo = f"{API}/reactions/(actor:{company},entity:{urn})"
    assert [(await still.delete(undo, headers=head)).status_code for _ in range(2)] == [204, 404]
    poor = headers(await login(still, LINKEDIN))
    assert (await still.post(comments(urn), json=thanks, headers=poor)).status_code == 403


async def test_a_body_of_another_shape_is_refused(still: Client) -> None:
    head, me, _ = await writer(still)
    odd: list[Any] = [None, "x", -1, 1.5, True, [None], {"a": 1}]
    for one in odd:
        contents: list[Any] = [
            one,
            {"media": one},
            {"media": {"id": one}},
            {"multiImage": one},
            {"multiImage": {"images": one}},
            {"article": one},
        ]
        for content in contents:
            answer = await post(still, head, me, content=content)
            assert 400 <= answer.status_code < 500, (content, answer.text)
        assert (await post(still, head, me, reshareContext=one)).status_code < 500
        for kind, action in (
            ("image", "initialize"),
            ("video", "initialize"),
            ("video", "finalize"),
        ):
            url = f"{API}/{kind}s?action={action}Upload"
            answer = await still.post(url, json={f"{action}UploadRequest": one}, headers=head)
            assert 400 <= answer.status_code < 500, (kind, action, answer.text)
