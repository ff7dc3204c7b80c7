"""The protocols of the OAuth platforms that share one set of tests."""

from typing import Any

from .conftest import BACK, Client
from .oauth_protocol import PKCE, VERIFIER, Answer, OAuthProtocol, asked, basic, bearer, secret

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


GOOGLE_SCOPES = "openid https://www.googleapis.com/auth/business.manage"
GOOGLE_TOKENS = "/oauth2.googleapis.com/token"
GBP_ACCOUNTS = "/mybusinessaccountmanagement.googleapis.com/v1/accounts"
GBP_LOCATIONS = "/mybusinessbusinessinformation.googleapis.com/v1"
GBP_POSTS = "/mybusiness.googleapis.com/v4"


async def google_exchange(client: Client, code: str, password: str) -> Any:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    form |= {"client_id": "sandbox-google_business", "client_secret": password}
    return await client.post(GOOGLE_TOKENS, data=form | {"code_verifier": VERIFIER})


async def google_refresh(client: Client, token: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    form |= {"client_id": "sandbox-google_business", "client_secret": secret("google_business")}
    return await client.post(GOOGLE_TOKENS, data=form)


async def gbp_profile(client: Client, tokens: Answer) -> Any:
    return await client.get(GBP_ACCOUNTS, headers=bearer(tokens))


async def gbp_page(client: Client, tokens: Answer, at: Any) -> tuple[list[str], Any]:
    account = (await gbp_profile(client, tokens)).json()["accounts"][0]["name"]
    where, head = f"{GBP_LOCATIONS}/{account}/locations?readMask=name", bearer(tokens)
    places = (await client.get(where, headers=head)).json().get("locations")
    if not places:
        return [], None
    sent = {"pageSize": "100"} | ({"pageToken": at} if at else {})
    posts = f"{GBP_POSTS}/{account}/{places[0]['name']}/localPosts"
    answer = (await client.get(posts, params=sent, headers=head)).json()
    ids = [post["name"].rpartition("/")[2] for post in answer.get("localPosts", [])]
    return ids, answer.get("nextPageToken")


LINKEDIN_API = "/api.linkedin.com"
LINKEDIN_SCOPES = "r_basicprofile r_organization_social rw_organization_admin"


async def linkedin_token(client: Client, password: str, **form: str) -> Any:
    app = {"client_id": "sandbox-linkedin", "client_secret": password}
    return await client.post("/www.linkedin.com/oauth/v2/accessToken", data=app | form)


async def linkedin_exchange(client: Client, code: str, password: str) -> Any:
    form = {"grant_type": "authorization_code", "redirect_uri": BACK}
    return await linkedin_token(client, password, code=code, **form)


async def linkedin_refresh(client: Client, token: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await linkedin_token(client, secret("linkedin"), **form)


async def linkedin_profile(client: Client, tokens: Answer) -> Any:
    return await client.get(f"{LINKEDIN_API}/v2/me", headers=bearer(tokens))


def restli(tokens: Answer, version: str = "202609") -> dict[str, str]:
    return bearer(tokens) | {"linkedin-version": version, "x-restli-method": "FINDER"}


async def linkedin_page(client: Client, tokens: Answer, at: Any) -> tuple[list[str], Any]:
    head = restli(tokens)
    roles = f"{LINKEDIN_API}/rest/organizationAcls?q=roleAssignee&state=APPROVED"
    rows = (await client.get(roles, headers=head)).json()["elements"]
    if not rows:
        return [], None
    sent = {"author": rows[0]["organization"], "q": "author", "sortBy": "CREATED"}
    sent |= {"count": "100", "start": str(at or 0)}
    answer = (await client.get(f"{LINKEDIN_API}/rest/posts", params=sent, headers=head)).json()
    links = [link["rel"] for link in answer["paging"]["links"]]
    ids = [post["id"] for post in answer["elements"]]
    return ids, (at or 0) + 100 if "next" in links else None


DOUYIN_HOST = "/open.douyin.com"
DOUYIN_APP = {"client_key": "sandbox-douyin"}
DOUYIN_SCOPES = "user_info,video.list.bind,renew_refresh_token"


async def douyin_exchange(client: Client, code: str, password: str) -> Any:
    form = {"client_secret": password, "code": code, "grant_type": "authorization_code"}
    return await client.post(f"{DOUYIN_HOST}/oauth/access_token/", data=DOUYIN_APP | form)


async def douyin_refresh(client: Client, token: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await client.post(f"{DOUYIN_HOST}/oauth/refresh_token/", data=DOUYIN_APP | form)


async def douyin_profile(client: Client, tokens: Answer) -> Any:
    sent = {name: tokens[name] for name in ("open_id", "access_token")}
    return await client.post(f"{DOUYIN_HOST}/oauth/userinfo/", data=sent)


async def douyin_page(client: Client, tokens: Answer, at: Any) -> tuple[list[str], Any]:
    sent = {"open_id": tokens["open_id"], "cursor": str(at or 0), "count": "20"}
    response = await client.get(
        f"{DOUYIN_HOST}/api/douyin/v1/video/video_list/",
        params=sent,
        headers={"access-token": tokens["access_token"]},
    )
    data = response.json()["data"]
    return [one["video_id"] for one in data["list"]], data["cursor"] if data["has_more"] else None


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
    "threads": OAuthProtocol(
        "threads",
        "/threads.com/oauth/authorize",
        asked("client_id", "threads", "threads_basic,threads_manage_insights"),
        *THREADS,
        5_184_000,
        extends=True,
    ),
    "instagram": OAuthProtocol(
        "instagram",
        "/www.instagram.com/oauth/authorize",
        asked("client_id", "instagram", "instagram_business_basic"),
        *INSTAGRAM,
        5_184_000,
        extends=True,
    ),
    "KWAI": OAuthProtocol(
        "KWAI",
        f"{KWAI_HOST}/oauth2/authorize",
        asked("app_id", "KWAI", "user_info,user_video_info", ua="pc"),
        kwai_exchange,
        kwai_refresh,
        kwai_profile,
        kwai_page,
        172_800,
    ),
    "tiktok": OAuthProtocol(
        "tiktok",
        "/www.tiktok.com/v2/auth/authorize/",
        asked("client_key", "tiktok", "user.info.basic,user.info.stats,video.list", **PKCE),
        tiktok_exchange,
        tiktok_refresh,
        tiktok_profile,
        tiktok_page,
        86_400,
    ),
    "pinterest": OAuthProtocol(
        "pinterest",
        "/www.pinterest.com/oauth/",
        asked("client_id", "pinterest", "user_accounts:read,pins:read,boards:read"),
        pinterest_exchange,
        pinterest_refresh,
        pinterest_profile,
        pinterest_page,
        2_592_000,
    ),
    "twitter": OAuthProtocol(
        "twitter",
        "/x.com/i/oauth2/authorize",
        asked("client_id", "twitter", "tweet.read users.read offline.access", **PKCE),
        twitter_exchange,
        twitter_refresh,
        twitter_profile,
        twitter_page,
        7_200,
    ),
    "google_business": OAuthProtocol(
        "google_business",
        "/accounts.google.com/o/oauth2/v2/auth",
        asked("client_id", "google_business", GOOGLE_SCOPES, access_type="offline", **PKCE),
        google_exchange,
        google_refresh,
        gbp_profile,
        gbp_page,
        3_599,
        rotates=False,
    ),
    "linkedin": OAuthProtocol(
        "linkedin",
        "/www.linkedin.com/oauth/v2/authorization",
        asked("client_id", "linkedin", LINKEDIN_SCOPES),
        linkedin_exchange,
        linkedin_refresh,
        linkedin_profile,
        linkedin_page,
        5_183_999,
        rotates=False,
        denial={"error": "user_cancelled_authorize"},
    ),
    "douyin": OAuthProtocol(
        "douyin",
        f"{DOUYIN_HOST}/platform/oauth/connect/",
        asked("client_key", "douyin", DOUYIN_SCOPES),
        douyin_exchange,
        douyin_refresh,
        douyin_profile,
        douyin_page,
        1_296_000,
        rotates=False,
        tokens=lambda body: body["data"],
        denial={"error_code": "-2"},
    ),
}
