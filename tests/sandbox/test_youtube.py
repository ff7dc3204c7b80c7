import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox

from .conftest import BACK, Client, advance, answered, walk

AUTH = "/accounts.google.com/o/oauth2/v2/auth"
TOKEN = "/oauth2.googleapis.com/token"
API = "/www.googleapis.com/youtube/v3"
READ = "https://www.googleapis.com/auth/youtube.readonly"
APP = {"client_id": "sandbox-youtube", "client_secret": "sandbox-youtube-secret"}
VERIFIER = "v" * 50
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


def asking(**more: str) -> dict[str, str]:
    return {
        "client_id": APP["client_id"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": f"{READ} openid profile email",
        "access_type": "offline",
        "prompt": "consent select_account",
        "state": "s1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "sandbox_decision": "approve",
    } | more


def exchange(code: str, **more: str) -> dict[str, str]:
    base = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    return base | APP | {"code_verifier": VERIFIER} | more


async def code_of(client: Client, **more: str) -> str:
    return answered(await client.get(AUTH, params=asking(**more)))["code"]


async def login(client: Client, **more: str) -> dict[str, Any]:
    response = await client.post(TOKEN, data=exchange(await code_of(client, **more)))
    assert response.status_code == 200, response.text
    return response.json()


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def test_approve_to_two_pages_of_works(sandbox: Client) -> None:
    back = answered(await sandbox.get(AUTH, params=asking()))
    assert list(back) == ["state", "iss", "code", "scope", "authuser", "prompt"]
    assert back["state"] == "s1"
    assert "/" in back["code"]
    tokens = (await sandbox.post(TOKEN, data=exchange(back["code"]))).json()
    assert tokens["expires_in"] == 3599
    assert "userinfo.profile" in tokens["scope"]
    claims = tokens["id_token"].split(".")[1]
    sub = json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"]
    world = (await sandbox.get("/_world/youtube/ida")).json()
    assert sub == world["sub"]

    head = bearer(tokens)
    params: dict[str, Any] = {"part": "snippet,contentDetails,statistics", "mine": "true"}
    channel = (await sandbox.get(f"{API}/channels", params=params, headers=head)).json()["items"][0]
    assert channel["id"] == world["channels"][0]["id"]
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]

    params = {"part": "snippet,contentDetails,status", "playlistId": uploads, "maxResults": 25}
    first = (await sandbox.get(f"{API}/playlistItems", params=params, headers=head)).json()
    params["pageToken"] = first["nextPageToken"]
    second = (await sandbox.get(f"{API}/playlistItems", params=params, headers=head)).json()
    assert "prevPageToken" not in first
    params["pageToken"] = second["prevPageToken"]
    again = (await sandbox.get(f"{API}/playlistItems", params=params, headers=head)).json()
    assert again["items"] == first["items"]
    dates = [item["snippet"]["publishedAt"] for item in first["items"] + second["items"]]
    assert dates == sorted(set(dates), reverse=True)
    assert len(dates) == 50

    ids = [item["snippet"]["resourceId"]["videoId"] for item in first["items"]]
    params = {"part": "snippet,statistics,status,liveStreamingDetails", "id": ",".join(ids)}
    videos = (await sandbox.get(f"{API}/videos", params=params, headers=head)).json()["items"]
    shown = [item["id"] for item in videos]
    assert set(shown) < set(ids)
    assert shown != [one for one in ids if one in shown]
    statuses = [item["status"] for item in videos]
    assert {s["privacyStatus"] for s in statuses} == {"public", "private", "unlisted"}
    assert any("publishAt" in s for s in statuses)
    assert any("likeCount" not in item["statistics"] for item in videos)
    live = {item["snippet"]["liveBroadcastContent"] for item in videos}
    assert live == {"none", "live", "upcoming"}
    cover = videos[0]["snippet"]["thumbnails"]["high"]["url"].removeprefix("https:/")
    assert (await sandbox.get(cover)).headers["content-type"] == "image/svg+xml"


async def test_the_whole_list_has_each_work_once(sandbox: Client) -> None:
    tokens = await login(sandbox)
    world = (await sandbox.get("/_world/youtube/ida")).json()["channels"][0]

    async def read(at: str) -> tuple[list[str], Any]:
        params = {"part": "contentDetails,snippet", "playlistId": world["uploads"]}
        params |= {"maxResults": "50"} | ({"pageToken": at} if at else {})
        page = await sandbox.get(f"{API}/playlistItems", params=params, headers=bearer(tokens))
        ids = [i["snippet"]["resourceId"]["videoId"] for i in page.json()["items"]]
        return ids, page.json().get("nextPageToken")

    ids = await walk(read, "")
    assert len(ids) == len(set(ids)) == 240
    works = "/_world/youtube/ida/works"
    added = (await sandbox.post(works, json={"add": 3})).json()["added"]
    removed = await sandbox.post(works, json={"remove": [ids[0], ids[100]]})
    assert removed.json() == {"removed": [ids[0], ids[100]]}
    after = await walk(read, "")
    assert after == added[::-1] + [one for one in ids if one not in (ids[0], ids[100])]


async def test_the_list_gives_one_entry_by_the_id_of_its_video(sandbox: Client) -> None:
    tokens = await login(sandbox)
    world = (await sandbox.get("/_world/youtube/ida")).json()["channels"][0]
    params = {"part": "snippet", "playlistId": world["uploads"]}

    async def read(**more: str) -> Any:
        asked = {**params, **more}
        answer = await sandbox.get(f"{API}/playlistItems", params=asked, headers=bearer(tokens))
        return answer.json()

    third = (await read(maxResults="3"))["items"][2]
    one = await read(videoId=third["snippet"]["resourceId"]["videoId"])
    assert (one["items"], one["pageInfo"]["totalResults"]) == ([third], 1)
    assert "nextPageToken" not in one
    refused = await read(videoId="AAAAAAAAAAA")
    assert refused["error"]["errors"][0]["reason"] == "videoNotFound"


async def test_denial_and_bad_requests(sandbox: Client) -> None:
    denied = answered(await sandbox.get(AUTH, params=asking(sandbox_decision="deny")))
    assert denied == {"error": "access_denied", "state": "s1"}
    for wrong in (
        {"client_id": ""},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "https://user@evil.example/"},
        {"response_type": "token"},
        {"scope": ""},
    ):
        refused = await sandbox.get(AUTH, params=asking(**wrong))
        assert refused.status_code == 400, wrong
        assert "location" not in refused.headers


async def test_consent_page_is_safe_and_carries_the_request(sandbox: Client) -> None:
    params = asking(sandbox_decision="", state='"><script>alert(1)</script>')
    page = await sandbox.get(AUTH, params=params, headers={"accept-language": "zh-CN"})
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "同意授权" in page.text
    assert 'href="../../../../_assets/sandbox.css"' in page.text
    assert f'name="redirect_uri" value="{BACK}"' in page.text
    assert (await sandbox.get("/_assets/sandbox.css")).status_code == 200


async def test_code_is_single_use_and_bound(sandbox: Client) -> None:
    for wrong, error in (
        ({"client_secret": "no"}, "invalid_client"),
        ({"code_verifier": "no"}, "invalid_grant"),
        ({"redirect_uri": BACK + "2"}, "redirect_uri_mismatch"),
        ({"client_id": "other", "client_secret": "x"}, "invalid_grant"),
    ):
        code = await code_of(sandbox)
        refused = await sandbox.post(TOKEN, data=exchange(code, **wrong))
        assert refused.json()["error"] == error
        assert (await sandbox.post(TOKEN, data=exchange(code))).status_code == 200
        assert (await sandbox.post(TOKEN, data=exchange(code))).json()["error"] == "invalid_grant"
    late = await code_of(sandbox)
    await advance(sandbox, 601)
    assert (await sandbox.post(TOKEN, data=exchange(late))).json()["error"] == "invalid_grant"


async def test_expiry_refresh_and_revocation(sandbox: Client) -> None:
    tokens = await login(sandbox)
    url, params = f"{API}/channels", {"part": "id", "mine": "true"}
    await advance(sandbox, 3600)
    expired = await sandbox.get(url, params=params, headers=bearer(tokens))
    assert expired.json()["error"]["errors"][0]["reason"] == "authError"
    renew = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]} | APP
    fresh = (await sandbox.post(TOKEN, data=renew)).json()
    assert "refresh_token" not in fresh
    assert (await sandbox.get(url, params=params, headers=bearer(fresh))).status_code == 200
    sent = {"token": fresh["access_token"]}
    assert (await sandbox.post("/oauth2.googleapis.com/revoke", data=sent)).json() == {}
    again = await sandbox.post("/oauth2.googleapis.com/revoke", data=sent)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")
    dead = (await sandbox.post(TOKEN, data=renew)).json()
    assert dead["error_description"] == "Token has been expired or revoked."


async def test_offline_scopes_and_the_empty_person(sandbox: Client) -> None:
    assert "refresh_token" not in await login(sandbox, access_type="online")
    poor = await login(sandbox, sandbox_scopes="openid")
    params = {"part": "snippet", "mine": "true"}
    refused = await sandbox.get(f"{API}/channels", params=params, headers=bearer(poor))
    assert refused.status_code == 403
    assert refused.json()["error"]["errors"][0]["reason"] == "insufficientPermissions"
    empty = await login(sandbox, sandbox_person="empty")
    none = (await sandbox.get(f"{API}/channels", params=params, headers=bearer(empty))).json()
    assert "items" not in none
    assert none["pageInfo"]["totalResults"] == 0


async def test_limits_of_the_lists(sandbox: Client) -> None:
    head = bearer(await login(sandbox, sandbox_person="prolific"))
    world = (await sandbox.get("/_world/youtube/prolific")).json()["channels"][0]
    assert world["works"] == 10_000
    url = f"{API}/playlistItems"
    params = {"part": "snippet", "playlistId": world["uploads"]}
    assert len((await sandbox.get(url, params=params, headers=head)).json()["items"]) == 5
    over = await sandbox.get(url, params=params | {"maxResults": "51"}, headers=head)
    assert over.status_code == 400
    bad = await sandbox.get(url, params=params | {"pageToken": "EAAaxx"}, headers=head)
    assert bad.json()["error"]["errors"][0]["reason"] == "invalidPageToken"
    foreign = await sandbox.get(url, params=params | {"playlistId": "UUxx"}, headers=head)
    assert foreign.json()["error"]["errors"][0]["reason"] == "playlistNotFound"


async def test_daily_quota_ends_at_pacific_midnight() -> None:
    async with AsyncTestClient(create_sandbox(quota=2, clock=lambda: 1_790_000_000.0)) as client:
        client.follow_redirects = False
        params = {"part": "id", "mine": "true"}
        head = bearer(await login(client))
        answers = [
            await client.get(f"{API}/channels", params=params, headers=head) for _ in range(3)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 403]
        assert answers[2].json()["error"]["errors"][0]["reason"] == "quotaExceeded"
        await advance(client, 86_400)
        head = bearer(await login(client))
        answer = await client.get(f"{API}/channels", params=params, headers=head)
        assert answer.status_code == 200


async def test_grants_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.sqlite"
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        client.follow_redirects = False
        tokens = await login(client)
        code = await code_of(client)
        ids = (await client.post("/_world/youtube/ida/works", json={"add": 1})).json()["added"]
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        params = {"part": "snippet", "id": ids[0]}
        kept = await client.get(f"{API}/videos", params=params, headers=bearer(tokens))
        assert kept.json()["items"][0]["id"] == ids[0]
        assert (await client.post(TOKEN, data=exchange(code))).status_code == 200
