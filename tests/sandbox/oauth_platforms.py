"""How each further OAuth platform is spoken to, for the tests that all of them share."""

import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from .conftest import BACK, Client, answered

VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
Answer = dict[str, Any]


@dataclass(frozen=True)
class Spoken:
    """One platform's protocol in the hands of a test."""

    name: str
    authorize: str
    asking: dict[str, str]
    exchange: Callable[[Client, str, str], Awaitable[Any]]
    refresh: Callable[[Client, str], Awaitable[Any]]
    profile: Callable[[Client, Answer], Awaitable[Any]]
    page: Callable[[Client, Answer, Any], Awaitable[tuple[list[str], Any]]]
    access_seconds: int
    extends: bool = False
    denial: dict[str, str] = field(default_factory=lambda: {"error": "access_denied"})


def secret(name: str) -> str:
    return f"sandbox-{name}-secret"


def basic(name: str, password: str = "") -> dict[str, str]:
    pair = f"sandbox-{name}:{password or secret(name)}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def bearer(tokens: Answer) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens['access_token']}"}


async def login(client: Client, spoken: Spoken, **more: str) -> Answer:
    query = spoken.asking | {"sandbox_decision": "approve"} | more
    code = answered(await client.get(spoken.authorize, params=query))["code"]
    response = await spoken.exchange(client, code, secret(spoken.name))
    assert response.status_code == 200, response.text
    tokens: Answer = response.json()
    assert tokens["access_token"]
    return tokens


KWAI_HOST = "/open.kuaishou.com"
KWAI_APP = {"app_id": "sandbox-KWAI"}


async def kwai_exchange(client: Client, code: str, password: str) -> Any:
    sent = {"app_secret": password, "code": code, "grant_type": "authorization_code"}
    return await client.get(f"{KWAI_HOST}/oauth2/access_token", params=KWAI_APP | sent)


async def kwai_refresh(client: Client, token: str) -> Any:
    sent = {"app_secret": secret("KWAI"), "refresh_token": token, "grant_type": "refresh_token"}
    return await client.get(f"{KWAI_HOST}/oauth2/refresh_token", params=KWAI_APP | sent)


async def kwai_profile(client: Client, tokens: Answer) -> Any:
    sent = KWAI_APP | {"access_token": tokens["access_token"]}
    return await client.get(f"{KWAI_HOST}/openapi/user_info", params=sent)


async def kwai_page(client: Client, tokens: Answer, at: Any) -> tuple[list[str], Any]:
    sent = KWAI_APP | {"access_token": tokens["access_token"], "count": "50"}
    sent |= {"cursor": at} if at else {}
    answer = (await client.get(f"{KWAI_HOST}/openapi/photo/list", params=sent)).json()
    ids = [item["photo_id"] for item in answer["video_list"]]
    return ids, ids[-1] if len(ids) == 50 else None


TIKTOK_API = "/open.tiktokapis.com/v2"


async def tiktok_token(client: Client, password: str, **form: str) -> Any:
    app = {"client_key": "sandbox-tiktok", "client_secret": password}
    return await client.post(f"{TIKTOK_API}/oauth/token/", data=app | form)


async def tiktok_exchange(client: Client, code: str, password: str) -> Any:
    form = {"redirect_uri": BACK, "code_verifier": VERIFIER, "grant_type": "authorization_code"}
    return await tiktok_token(client, password, code=code, **form)


async def tiktok_refresh(client: Client, token: str) -> Any:
    return await tiktok_token(
        client, secret("tiktok"), refresh_token=token, grant_type="refresh_token"
    )


async def tiktok_profile(client: Client, tokens: Answer) -> Any:
    fields = {"fields": "open_id,display_name,follower_count"}
    return await client.get(f"{TIKTOK_API}/user/info/", params=fields, headers=bearer(tokens))


async def tiktok_page(client: Client, tokens: Answer, at: Any) -> tuple[list[str], Any]:
    body = {"max_count": 20} | ({"cursor": at} if at else {})
    response = await client.post(
        f"{TIKTOK_API}/video/list/?fields=id,create_time", json=body, headers=bearer(tokens)
    )
    data = response.json()["data"]
    return [item["id"] for item in data["videos"]], data["cursor"] if data["has_more"] else None


PINTEREST_API = "/api.pinterest.com/v5"


async def pinterest_exchange(client: Client, code: str, password: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    head = basic("pinterest", password)
    return await client.post(f"{PINTEREST_API}/oauth/token", data=form, headers=head)


async def pinterest_refresh(client: Client, token: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await client.post(f"{PINTEREST_API}/oauth/token", data=form, headers=basic("pinterest"))


async def pinterest_profile(client: Client, tokens: Answer) -> Any:
    return await client.get(f"{PINTEREST_API}/user_account", headers=bearer(tokens))


async def pinterest_page(client: Client, tokens: Answer, at: Any) -> tuple[list[str], Any]:
    sent = {"page_size": "100", "pin_filter": "exclude_repins"} | ({"bookmark": at} if at else {})
    response = await client.get(f"{PINTEREST_API}/pins", params=sent, headers=bearer(tokens))
    answer = response.json()
    return [item["id"] for item in answer["items"]], answer["bookmark"]


TWITTER_API = "/api.x.com/2"


async def twitter_exchange(client: Client, code: str, password: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    form |= {"code_verifier": VERIFIER}
    head = basic("twitter", password)
    return await client.post(f"{TWITTER_API}/oauth2/token", data=form, headers=head)


async def twitter_refresh(client: Client, token: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await client.post(f"{TWITTER_API}/oauth2/token", data=form, headers=basic("twitter"))


async def twitter_profile(client: Client, tokens: Answer) -> Any:
    return await client.get(f"{TWITTER_API}/users/me", headers=bearer(tokens))


async def twitter_page(client: Client, tokens: Answer, at: Any) -> tuple[list[str], Any]:
    user = (await twitter_profile(client, tokens)).json()["data"]["id"]
    sent = {"max_results": "100", "exclude": "retweets,replies"}
    sent |= {"pagination_token": at} if at else {}
    response = await client.get(
        f"{TWITTER_API}/users/{user}/tweets", params=sent, headers=bearer(tokens)
    )
    answer = response.json()
    ids = [item["id"] for item in answer.get("data", [])]
    return ids, answer["meta"].get("next_token")


def extending(
    name: str, first: str, graph: str, verb: str, page_path: str
) -> tuple[Any, Any, Any, Any]:
    """Exchange, refresh, profile and page of a platform whose tokens extend themselves."""

    async def exchange(client: Client, code: str, password: str) -> Any:
        form = {"grant_type": "authorization_code", "code": code.removesuffix("#_")}
        form |= {"client_id": f"sandbox-{name}", "client_secret": password, "redirect_uri": BACK}
        response = await client.post(first, data=form)
        if response.status_code != 200:
            return response
        body = response.json()
        short = (body["data"][0] if "data" in body else body)["access_token"]
        sent = {"grant_type": f"{verb}_exchange_token", "access_token": short}
        sent |= {"client_secret": password}
        return await client.get(f"{graph}/access_token", params=sent)

    async def refresh(client: Client, token: str) -> Any:
        sent = {"grant_type": f"{verb}_refresh_token", "access_token": token}
        return await client.get(f"{graph}/refresh_access_token", params=sent)

    async def profile(client: Client, tokens: Answer) -> Any:
        return await client.get(f"{graph}/v1.0/me?fields=id,username", headers=bearer(tokens))

    async def page(client: Client, tokens: Answer, at: Any) -> tuple[list[str], Any]:
        sent = {"fields": "id", "limit": "100"} | ({"after": at} if at else {})
        response = await client.get(f"{graph}{page_path}", params=sent, headers=bearer(tokens))
        answer = response.json()
        ids = [item["id"] for item in answer["data"]]
        cursor = answer.get("paging", {}).get("cursors", {}).get("after")
        return ids, cursor if len(ids) == 100 else None

    return exchange, refresh, profile, page


def asked(client_param: str, name: str, scope: str, **more: str) -> dict[str, str]:
    base = {"response_type": "code", "redirect_uri": BACK, "state": "s1", "scope": scope}
    return base | {client_param: f"sandbox-{name}"} | more


PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
THREADS = extending(
    "threads",
    "/graph.threads.net/oauth/access_token",
    "/graph.threads.net",
    "th",
    "/v1.0/me/threads",
)
INSTAGRAM = extending(
    "instagram",
    "/api.instagram.com/oauth/access_token",
    "/graph.instagram.com",
    "ig",
    "/v26.0/me/media",
)
PLATFORMS = {
    "threads": Spoken(
        "threads",
        "/threads.com/oauth/authorize",
        asked("client_id", "threads", "threads_basic,threads_manage_insights"),
        *THREADS,
        5_184_000,
        extends=True,
    ),
    "instagram": Spoken(
        "instagram",
        "/www.instagram.com/oauth/authorize",
        asked("client_id", "instagram", "instagram_business_basic"),
        *INSTAGRAM,
        5_184_000,
        extends=True,
    ),
    "KWAI": Spoken(
        "KWAI",
        f"{KWAI_HOST}/oauth2/authorize",
        asked("app_id", "KWAI", "user_info,user_video_info", ua="pc"),
        kwai_exchange,
        kwai_refresh,
        kwai_profile,
        kwai_page,
        172_800,
    ),
    "tiktok": Spoken(
        "tiktok",
        "/www.tiktok.com/v2/auth/authorize/",
        asked("client_key", "tiktok", "user.info.basic,user.info.stats,video.list", **PKCE),
        tiktok_exchange,
        tiktok_refresh,
        tiktok_profile,
        tiktok_page,
        86_400,
    ),
    "pinterest": Spoken(
        "pinterest",
        "/www.pinterest.com/oauth/",
        asked("client_id", "pinterest", "user_accounts:read,pins:read,boards:read"),
        pinterest_exchange,
        pinterest_refresh,
        pinterest_profile,
        pinterest_page,
        2_592_000,
    ),
    "twitter": Spoken(
        "twitter",
        "/x.com/i/oauth2/authorize",
        asked("client_id", "twitter", "tweet.read users.read offline.access", **PKCE),
        twitter_exchange,
        twitter_refresh,
        twitter_profile,
        twitter_page,
        7_200,
    ),
}
