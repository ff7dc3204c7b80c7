import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox

from .conftest import BACK, Client, advance, answered, walk

DIALOG = "/www.facebook.com/v26.0/dialog/oauth"
GRAPH = "/graph.facebook.com/v26.0"
SECRET = "sandbox-facebook-secret"
APP = {"client_id": "sandbox-facebook", "client_secret": SECRET}
SCOPES = "pages_show_list,pages_read_engagement,pages_read_user_content,read_insights"
ACCOUNTS = "id,name,accounts.limit(100){id,name,access_token,followers_count,picture{url}}"
POSTS = (
    "id,message,story,created_time,permalink_url,full_picture,status_type,shares,from{id,name},"
    "reactions.limit(0).summary(total_count),"
    "comments.limit(0).summary(total_count).filter(stream),"
    "attachments{media_type,type,title,media{image{src}},subattachments{media_type}},"
    "insights.metric(post_media_view,post_clicks).period(lifetime){name,values}"
)


def asking(**more: str) -> dict[str, str]:
    return {
        "client_id": APP["client_id"],
        "redirect_uri": BACK,
        "scope": SCOPES,
        "state": "s1",
        "sandbox_decision": "approve",
    } | more


async def login(client: Client, **more: str) -> str:
    """A long-lived user token."""
    code = answered(await client.get(DIALOG, params=asking(**more)))["code"]
    url = f"{GRAPH}/oauth/access_token"
    short = await client.get(url, params=APP | {"redirect_uri": BACK, "code": code})
    sent = APP | {
        "grant_type": "fb_exchange_token",
        "fb_exchange_token": short.json()["access_token"],
    }
    long = (await client.get(url, params=sent)).json()
    assert long["expires_in"] == 5_183_944
    return str(long["access_token"])


async def page_of(client: Client, user: str) -> dict[str, Any]:
    sent = {"fields": ACCOUNTS, "access_token": user}
    accounts = (await client.get(f"{GRAPH}/me", params=sent)).json()["accounts"]
    return accounts["data"][0]


async def code_in(client: Client, url: str, **params: str) -> tuple[int, int | None]:
    error = (await client.get(url, params=params)).json()["error"]
    return error["code"], error.get("error_subcode")


async def test_approve_to_two_pages_of_works(sandbox: Client) -> None:
    page = await page_of(sandbox, await login(sandbox))
    url, token = f"{GRAPH}/{page['id']}/published_posts", page["access_token"]
    sent = {"fields": POSTS, "limit": "25", "access_token": token}
    answer = await sandbox.get(url, params=sent)
    first = answer.json()
    assert page["id"] in json.loads(answer.headers["x-business-use-case-usage"])
    link = urlsplit(first["paging"]["next"])
    assert parse_qs(link.query)["access_token"] == [token]
    assert "previous" not in first["paging"]
    second = (await sandbox.get(f"/{link.netloc}{link.path}?{link.query}")).json()
    back = sent | {"before": second["paging"]["cursors"]["before"]}
    again = (await sandbox.get(url, params=back)).json()
    assert [p["id"] for p in again["data"]] == [p["id"] for p in first["data"]]
    posts = first["data"] + second["data"]
    kinds = {a["media_type"] for p in posts for a in p.get("attachments", {}).get("data", [])}
    assert kinds == {"album", "link", "photo", "video"}
    assert any("attachments" not in p for p in posts)
    assert any("shares" not in p for p in posts)
    assert any("message" not in p and "story" in p for p in posts)
    assert set(posts[0]["insights"]["data"][0]) == {"name", "values", "id"}
    dates = [p["created_time"] for p in posts]
    assert dates == sorted(set(dates), reverse=True)


async def test_denial_and_bad_requests(sandbox: Client) -> None:
    denied = answered(await sandbox.get(DIALOG, params=asking(sandbox_decision="deny")))
    assert denied == {
        "error": "access_denied",
        "error_reason": "user_denied",
        "error_description": "Permissions error.",
        "state": "s1",
    }
    bad = await sandbox.get(DIALOG, params=asking(redirect_uri="/relative"))
    assert bad.status_code == 400


async def test_the_page_shows_the_pages_of_the_person(sandbox: Client) -> None:
    params = asking(sandbox_decision="show", sandbox_person="mara", sandbox_shown="ida")
    page = await sandbox.get(DIALOG, params=params)
    world = (await sandbox.get("/_world/facebook/mara")).json()["pages"]
    assert all(f'value="{one["id"]}" checked' in page.text for one in world)
    hasty = params | {"sandbox_decision": "approve"}
    assert (await sandbox.get(DIALOG, params=hasty)).text == page.text
    none = params | {"sandbox_decision": "approve", "sandbox_shown": "mara", "sandbox_pages": ""}
    assert (await sandbox.get(DIALOG, params=none)).status_code == 302


async def test_wrong_secret_and_used_code(sandbox: Client) -> None:
    code = answered(await sandbox.get(DIALOG, params=asking()))["code"]
    url, sent = f"{GRAPH}/oauth/access_token", APP | {"redirect_uri": BACK, "code": code}
    assert await code_in(sandbox, url, **(sent | {"client_secret": "no"})) == (1, None)
    assert (await sandbox.get(url, params=sent)).status_code == 200
    assert await code_in(sandbox, url, **sent) == (100, 36009)


async def test_expiry_and_pages_that_live_on(sandbox: Client) -> None:
    user = await login(sandbox)
    page = await page_of(sandbox, user)
    await advance(sandbox, 61 * 86_400)
    assert await code_in(sandbox, f"{GRAPH}/me", access_token=user) == (190, 463)
    alive = await sandbox.get(f"{GRAPH}/me", params={"access_token": page["access_token"]})
    assert alive.json()["id"] == page["id"]
    assert await code_in(sandbox, f"{GRAPH}/me") == (2500, None)
    assert (await code_in(sandbox, f"{GRAPH}/me", access_token="x"))[0] == 190


async def test_removal_kills_every_token(sandbox: Client) -> None:
    user = await login(sandbox)
    page = await page_of(sandbox, user)
    url = f"{GRAPH}/me/permissions"
    done = await sandbox.delete(url, params={"access_token": user})
    assert done.json() == {"success": True}
    for token in (user, page["access_token"]):
        assert await code_in(sandbox, f"{GRAPH}/me", access_token=token) == (190, 458)
    sent = {"input_token": user, "access_token": f"{APP['client_id']}|{SECRET}"}
    data = (await sandbox.get("/graph.facebook.com/debug_token", params=sent)).json()["data"]
    assert data["is_valid"] is False


async def test_declined_permissions(sandbox: Client) -> None:
    user = await login(sandbox, sandbox_scopes="pages_show_list,pages_read_engagement")
    sent = {"access_token": user}
    rows = (await sandbox.get(f"{GRAPH}/me/permissions", params=sent)).json()["data"]
    assert {row["permission"] for row in rows if row["status"] == "declined"} == {
        "pages_read_user_content",
        "read_insights",
    }
    page = await page_of(sandbox, user)
    url = f"{GRAPH}/{page['id']}/published_posts"
    assert (await code_in(sandbox, url, access_token=page["access_token"]))[0] == 10


async def test_many_pages_and_chosen_pages(sandbox: Client) -> None:
    world = (await sandbox.get("/_world/facebook/many")).json()["pages"]
    user = await login(sandbox, sandbox_person="many")

    async def read(at: str) -> tuple[list[str], Any]:
        sent = {"access_token": user, "limit": "100"} | ({"after": at} if at else {})
        edge = (await sandbox.get(f"{GRAPH}/me/accounts", params=sent)).json()
        paging = edge["paging"]
        after = paging["cursors"]["after"] if "next" in paging else None
        return [row["id"] for row in edge["data"]], after

    assert await walk(read, "") == [page["id"] for page in world]
    assert len(world) == 130
    one = world[7]["id"]
    user = await login(sandbox, sandbox_person="many", sandbox_pages=one)
    assert (await page_of(sandbox, user))["id"] == one
    user = await login(sandbox, sandbox_person="empty")
    sent = {"fields": ACCOUNTS, "access_token": user}
    assert (await sandbox.get(f"{GRAPH}/me", params=sent)).json()["accounts"] == {"data": []}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"fields": "id,type"}, 12),
        ({"fields": "id,nonsense"}, 100),
        ({"fields": "insights.metric(post_impressions)"}, 100),
        ({"limit": "101"}, 100),
        ({"after": "xx"}, 100),
        ({"fields": "id,attachments{"}, 2500),
        ({"appsecret_proof": "00"}, 100),
    ],
)
async def test_refused_lists(sandbox: Client, params: dict[str, str], code: int) -> None:
    page = await page_of(sandbox, await login(sandbox))
    url = f"{GRAPH}/{page['id']}/published_posts"
    assert (await code_in(sandbox, url, access_token=page["access_token"], **params))[0] == code


async def test_both_forms_of_the_proof(sandbox: Client) -> None:
    user = await login(sandbox)
    now = str(int(time.time()))
    for message, more in ((user, {}), (f"{user}|{now}", {"appsecret_time": now})):
        proof = hmac.new(SECRET.encode(), message.encode(), hashlib.sha256).hexdigest()
        sent = {"access_token": user, "appsecret_proof": proof} | more
        assert (await sandbox.get(f"{GRAPH}/me", params=sent)).status_code == 200


async def test_tiny_pages_batches_and_time_paging(sandbox: Client) -> None:
    pages = (await sandbox.get("/_world/facebook/mara")).json()["pages"]
    tiny = await page_of(
        sandbox, await login(sandbox, sandbox_person="mara", sandbox_pages=pages[2]["id"])
    )
    sent = {"fields": POSTS, "access_token": tiny["access_token"]}
    posts = (await sandbox.get(f"{GRAPH}/{tiny['id']}/published_posts", params=sent)).json()["data"]
    assert all(post["insights"] == {"data": []} for post in posts)
    parts = [
        {"method": "GET", "relative_url": f"{p['id']}/insights?metric=post_clicks"}
        for p in posts[:2]
    ]
    form = {"batch": json.dumps(parts), "access_token": tiny["access_token"]}
    answers = (await sandbox.post(f"{GRAPH}/", data=form | {"include_headers": "false"})).json()
    assert answers == [{"code": 200, "body": '{"data":[]}'}] * 2

    page = await page_of(sandbox, await login(sandbox, sandbox_person="timeline"))
    link = f"{GRAPH}/{page['id']}/published_posts?limit=100&access_token={page['access_token']}"
    ids: list[str] = []
    while link:
        edge = (await sandbox.get(link)).json()
        assert "cursors" not in edge["paging"]
        assert "previous" in edge["paging"]
        ids += [post["id"] for post in edge["data"]]
        link = edge["paging"].get("next", "").removeprefix("https:/")
    assert len(set(ids)) == len(ids) == 240


async def test_grants_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.sqlite"
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        client.follow_redirects = False
        page = await page_of(client, await login(client))
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        sent = {"access_token": page["access_token"]}
        assert (await client.get(f"{GRAPH}/me", params=sent)).json()["id"] == page["id"]
