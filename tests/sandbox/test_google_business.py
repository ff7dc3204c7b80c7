"""Accounts, locations and posts of Google Business Profile; its login is tested with the others."""

from typing import Any

import pytest

from .conftest import Client, walk
from .oauth_platforms import GBP_ACCOUNTS, GBP_LOCATIONS, GBP_POSTS, PLATFORMS
from .oauth_protocol import Answer, bearer, login

GOOGLE = PLATFORMS["google_business"]


async def get(client: Client, tokens: Answer, url: str, **params: str) -> Any:
    return (await client.get(url, params=params, headers=bearer(tokens))).json()


async def paged(
    client: Client, tokens: Answer, url: str, name: str, **params: str
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}

    async def read(at: str) -> tuple[list[str], Any]:
        body = await get(client, tokens, url, **(params | ({"pageToken": at} if at else {})))
        rows = {row["name"]: row for row in body.get(name, [])}
        found.update(rows)
        return list(rows), body.get("nextPageToken")

    names = await walk(read, "")
    assert len(names) == len(set(names))
    return [found[one] for one in names]


async def test_accounts_twenty_a_page_and_the_personal_one_first(sandbox: Client) -> None:
    tokens = await login(sandbox, GOOGLE, sandbox_person="many")
    first = await get(sandbox, tokens, GBP_ACCOUNTS, pageSize="100")
    assert len(first["accounts"]) == 20
    every = await paged(sandbox, tokens, GBP_ACCOUNTS, "accounts")
    world = (await sandbox.get("/_world/google_business/many")).json()
    assert [one["name"] for one in every] == world["accounts"]
    kinds = [one["type"] for one in every]
    assert (kinds[0], set(kinds[1:])) == ("PERSONAL", {"LOCATION_GROUP"})


async def test_locations_of_all_accounts_and_of_each(sandbox: Client) -> None:
    tokens = await login(sandbox, GOOGLE, sandbox_person="many")
    world = (await sandbox.get("/_world/google_business/many")).json()
    known = [one["name"] for one in world["locations"]]
    mask = {"readMask": "name,title,metadata", "pageSize": "100"}
    everywhere = await paged(
        sandbox, tokens, f"{GBP_LOCATIONS}/accounts/-/locations", "locations", **mask
    )
    assert [one["name"] for one in everywhere] == known
    assert set(everywhere[0]) == {"name", "title", "metadata"}
    assert {one["metadata"]["hasVoiceOfMerchant"] for one in everywhere} == {True, False}
    each = []
    for account in world["accounts"][:3]:
        url = f"{GBP_LOCATIONS}/{account}/locations"
        each += [one["name"] for one in await paged(sandbox, tokens, url, "locations", **mask)]
    # The first one is reached through the personal account and through its group.
    assert each == [known[0], *known[:10]]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, 400),
        ({"readMask": "name,nonsense"}, 400),
        ({"readMask": "name", "pageSize": "101"}, 400),
        ({"readMask": "name", "pageToken": "xx"}, 400),
        ({"readMask": "name"}, 200),
    ],
)
async def test_a_read_mask_is_required(
    sandbox: Client, params: dict[str, str], status: int
) -> None:
    tokens = await login(sandbox, GOOGLE)
    url = f"{GBP_LOCATIONS}/accounts/-/locations"
    response = await sandbox.get(url, params=params, headers=bearer(tokens))
    assert response.status_code == status


async def test_posts_are_named_with_the_owning_account(sandbox: Client) -> None:
    tokens = await login(sandbox, GOOGLE, sandbox_person="mara")
    world = (await sandbox.get("/_world/google_business/mara")).json()
    personal, group = world["accounts"]
    second = world["locations"][1]["name"]
    posts = await paged(sandbox, tokens, f"{GBP_POSTS}/{group}/{second}/localPosts", "localPosts")
    assert len(posts) == world["locations"][1]["works"]
    states = {post["state"] for post in posts}
    assert states == {"LIVE", "PROCESSING", "REJECTED", "SCHEDULED", "RECURRING"}
    assert all("event" in post for post in posts if post["topicType"] != "STANDARD")
    wrong = await sandbox.get(f"{GBP_POSTS}/{personal}/{second}/localPosts", headers=bearer(tokens))
    assert (wrong.status_code, wrong.json()["error"]["status"]) == (404, "NOT_FOUND")


async def test_an_unticked_scope_closes_the_profile(sandbox: Client) -> None:
    tokens = await login(sandbox, GOOGLE, sandbox_scopes="openid")
    response = await sandbox.get(GBP_ACCOUNTS, headers=bearer(tokens))
    assert response.status_code == 403
    assert "ACCESS_TOKEN_SCOPE_INSUFFICIENT" in response.text
