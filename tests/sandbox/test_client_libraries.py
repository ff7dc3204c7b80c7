"""Requests as the platforms' own and well-known client libraries send them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography import x509
from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox, id_tokens

from .conftest import BACK, Client, answered
from .oauth_platforms import GOOGLE_TOKENS, PLATFORMS, restli
from .oauth_protocol import CHALLENGE, VERIFIER, Answer, asked, basic, bearer, login, secret
from .test_facebook import APP, GRAPH, SCOPES, page_of
from .test_facebook import asking as facebook_asking
from .test_facebook import login as facebook_login
from .test_youtube import READ
from .test_youtube import login as youtube_login

APPROVE = {"sandbox_decision": "approve"}
X = "/api.x.com/2"


async def code_of(client: Client, name: str, **more: str) -> str:
    protocol = PLATFORMS[name]
    query = protocol.asking | APPROVE | more
    return answered(await client.get(protocol.authorize, params=query))["code"].removesuffix("#_")


def local(url: str) -> str:
    """A platform's URL at the sandbox."""
    return url.removeprefix("https:/")


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("/www.tiktok.com/v2/auth/authorize", PLATFORMS["tiktok"].asking),
        ("/open.douyin.com/platform/oauth/connect", PLATFORMS["douyin"].asking),
        ("/www.pinterest.com/oauth", PLATFORMS["pinterest"].asking),
        ("/open.kuaishou.com/oauth2/authorize", PLATFORMS["KWAI"].asking),
        ("/x.com/i/oauth2/authorize", PLATFORMS["twitter"].asking),
        ("/www.linkedin.com/oauth/v2/authorization", PLATFORMS["linkedin"].asking),
        ("/www.instagram.com/oauth/authorize", PLATFORMS["instagram"].asking),
        ("/threads.net/oauth/authorize", PLATFORMS["threads"].asking),
        ("/accounts.google.com/o/oauth2/auth", PLATFORMS["google_business"].asking),
        ("/www.facebook.com/v26.0/dialog/oauth", facebook_asking()),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_a_page_is_found_with_and_without_a_final_slash(
    sandbox: Client, page: str, query: dict[str, str]
) -> None:
    for path in (page, f"{page}/"):
        assert "code" in answered(await sandbox.get(path, params=query | APPROVE))


async def test_a_final_slash_matters_where_the_documents_say_so(sandbox: Client) -> None:
    tokens = "/open.douyin.com/oauth/access_token"
    assert (await sandbox.post(tokens)).status_code == 404
    assert (await sandbox.post(f"{tokens}/")).status_code == 200


async def test_nodes_of_graph_apis_with_a_final_slash(sandbox: Client) -> None:
    page = await page_of(sandbox, await facebook_login(sandbox))
    facebook = {"authorization": f"Bearer {page['access_token']}"}
    instagram = bearer(await login(sandbox, PLATFORMS["instagram"]))
    threads = bearer(await login(sandbox, PLATFORMS["threads"]))
    for node, head in (
        (f"{GRAPH}/{page['id']}", facebook),
        (f"{GRAPH}/{page['id']}/published_posts", facebook),
        ("/graph.instagram.com/v26.0/me", instagram),
        ("/graph.instagram.com/me/media", instagram),
        ("/graph.threads.com/v1.0/me", threads),
        ("/graph.threads.net/v1.0/me/threads", threads),
    ):
        plain = await sandbox.get(node, headers=head)
        slashed = await sandbox.get(f"{node}/", headers=head)
        assert plain.status_code == slashed.status_code == 200
        assert plain.json() == slashed.json()


TOKEN_ENDPOINTS: dict[str, str] = {
    "google_business": GOOGLE_TOKENS,
    "twitter": f"{X}/oauth2/token",
    "pinterest": "/api-sandbox.pinterest.com/v5/oauth/token",
    "linkedin": "/www.linkedin.com/oauth/v2/accessToken",
    "instagram": "/api.instagram.com/oauth/access_token",
    "threads": "/graph.threads.net/oauth/access_token",
}
Sent = dict[str, Any]
BODIES: dict[str, Callable[[Sent], Sent]] = {
    "form": lambda fields: {"data": fields},
    "json": lambda fields: {"json": fields},
    "multipart": lambda fields: {"files": {name: (None, text) for name, text in fields.items()}},
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", TOKEN_ENDPOINTS)
async def test_a_code_is_exchanged_in_any_body_by_either_kind_of_credentials(
    sandbox: Client, name: str, body: str
) -> None:
    app = {"client_id": f"sandbox-{name}", "client_secret": secret(name)}
    for credentials, head in ((app, {}), ({}, basic(name)), ({}, basic(name, "not the secret"))):
        fields = {"grant_type": "authorization_code", "redirect_uri": BACK} | credentials
        fields |= {"code": await code_of(sandbox, name), "code_verifier": VERIFIER}
        answer = await sandbox.post(TOKEN_ENDPOINTS[name], headers=head, **BODIES[body](fields))
        assert ("access_token" in answer.text) is (head != basic(name, "not the secret"))


async def test_a_public_client_of_x_has_no_secret(sandbox: Client) -> None:
    app = {"client_id": "native-app"}
    asking = asked("client_id", "twitter", "tweet.read users.read offline.access") | app
    asking |= {"code_challenge": CHALLENGE, "code_challenge_method": "s256"}
    page = await sandbox.get("/twitter.com/i/oauth2/authorize", params=asking | APPROVE)
    form = app | {"code": answered(page)["code"], "redirect_uri": BACK}
    form |= {"grant_type": "authorization_code"}
    wrong = await sandbox.post(f"{X}/oauth2/token", data=form | {"code_verifier": CHALLENGE})
    assert wrong.status_code == 400
    tokens = (
        await sandbox.post(f"{X}/oauth2/token", json=form | {"code_verifier": VERIFIER})
    ).json()
    form = app | {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    tokens = (await sandbox.post("/api.twitter.com/2/oauth2/token", data=form)).json()
    me = "/api.twitter.com/2/users/me"
    assert (await sandbox.get(me, headers=bearer(tokens))).status_code == 200
    gone = app | {"token": tokens["access_token"], "token_type_hint": "access_token"}
    assert (await sandbox.post(f"{X}/oauth2/revoke", json=gone)).json() == {"revoked": True}
    assert (await sandbox.get(me, headers=bearer(tokens))).status_code == 401


async def test_a_client_of_x_with_a_secret_must_prove_it(sandbox: Client) -> None:
    form = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    form |= {"code": await code_of(sandbox, "twitter"), "client_id": "sandbox-twitter"}
    assert (await sandbox.post(f"{X}/oauth2/token", data=form)).status_code == 401
    method = {"code_challenge_method": "S512"}
    page = PLATFORMS["twitter"]
    refused = await sandbox.get(page.authorize, params=page.asking | APPROVE | method)
    assert refused.status_code == 400


DOCUMENTED = {
    "user.fields": "entities,location,url,verified_type,pinned_tweet_id,most_recent_tweet_id",
    "tweet.fields": "author_id,conversation_id,entities,referenced_tweets,note_tweet,article",
    "media.fields": "variants,alt_text,media_key",
    "expansions": "author_id,attachments.media_keys,referenced_tweets.id",
    "poll.fields": "options",
    "place.fields": "full_name",
}


async def test_x_knows_its_fields_and_refuses_others(sandbox: Client) -> None:
    head = bearer(await login(sandbox, PLATFORMS["twitter"]))
    user = (await sandbox.get(f"{X}/users/me", params=DOCUMENTED, headers=head)).json()["data"]
    posts = f"{X}/users/{user['id']}/tweets"
    page = (await sandbox.get(posts, params=DOCUMENTED, headers=head)).json()
    assert page["data"][0]["author_id"] == page["includes"]["users"][0]["id"] == user["id"]
    lookup = f"{X}/tweets?ids={page['data'][0]['id']}"
    for url in (f"{X}/users/me", posts, lookup):
        for parameter, documented in DOCUMENTED.items():
            sent = {parameter: f"{documented},creatd_at"}
            refused = await sandbox.get(url, params=sent, headers=head)
            assert refused.status_code == 400
            (error,) = refused.json()["errors"]
            assert error["parameters"] == {parameter: ["creatd_at"]}


async def test_x_answers_in_the_names_of_the_request(sandbox: Client) -> None:
    head = bearer(await login(sandbox, PLATFORMS["twitter"]))
    user = (await sandbox.get(f"{X}/users/me", headers=head)).json()["data"]["id"]
    url, fields = f"{X}/users/{user}/tweets", "public_metrics,created_at"
    older = (await sandbox.get(url, params={"tweet.fields": fields}, headers=head)).json()["data"]
    newer = (await sandbox.get(url, params={"post.fields": fields}, headers=head)).json()["data"]
    assert older[0]["created_at"] == newer[0]["created_at"]
    assert older[0]["public_metrics"]["retweet_count"] == newer[0]["public_metrics"]["repost_count"]
    assert older[0]["edit_history_tweet_ids"] == newer[0]["edit_history_post_ids"]


@pytest.mark.parametrize("flag", ["true", "True", "TRUE"])
async def test_booleans_in_any_case(sandbox: Client, flag: str) -> None:
    pins = bearer(await login(sandbox, PLATFORMS["pinterest"]))
    sent = {"pin_metrics": flag, "pin_filter": "EXCLUDE_REPINS"}
    page = (await sandbox.get("/api.pinterest.com/v5/pins", params=sent, headers=pins)).json()
    assert any(pin["pin_metrics"] for pin in page["items"])
    tubes = bearer(await youtube_login(sandbox))
    for host in ("youtube.googleapis.com", "www.googleapis.com"):
        sent = {"part": "id", "mine": flag}
        found = await sandbox.get(f"/{host}/youtube/v3/channels", params=sent, headers=tubes)
        assert len(found.json()["items"]) == 1
        sent = {"part": "id", "mine": "no"}
        other = await sandbox.get(f"/{host}/youtube/v3/channels", params=sent, headers=tubes)
        assert other.status_code == 400


async def followed(client: Client, link: str, head: dict[str, str]) -> Any:
    answer = await client.get(local(link), headers=head)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    ("name", "edge", "fields"),
    [
        ("instagram", "/graph.instagram.com/v25.0/me/media", "id,timestamp,children{media_type}"),
        ("threads", "/graph.threads.com/v1.0/me/threads/", "id,timestamp,text"),
    ],
)
async def test_links_of_media_repeat_the_request(
    sandbox: Client, name: str, edge: str, fields: str
) -> None:
    token = (await login(sandbox, PLATFORMS[name], sandbox_person="mara"))["access_token"]
    sent = {"fields": fields, "limit": "3", "since": "1", "access_token": token}
    first = (await sandbox.get(edge, params=sent)).json()
    link = urlsplit(first["paging"]["next"])
    assert {key: values[0] for key, values in parse_qs(link.query).items()} == sent | {
        "after": first["paging"]["cursors"]["after"]
    }
    _, version, owner, _ = link.path.split("/")
    assert version == edge.split("/")[2]
    assert owner.isdecimal()
    second = await followed(sandbox, first["paging"]["next"], {})
    assert all(one["timestamp"] for one in second["data"])
    assert (await followed(sandbox, second["paging"]["previous"], {}))["data"] == first["data"]


async def test_links_of_pages_and_posts_repeat_the_request(sandbox: Client) -> None:
    user = await facebook_login(sandbox, sandbox_person="many")
    sent = {"access_token": user, "limit": "70", "fields": "name,about,emails"}
    first = (await sandbox.get(f"{GRAPH}/me/accounts/", params=sent)).json()
    assert set(first["data"][0]) == {"name", "id"}
    second = await followed(sandbox, first["paging"]["next"], {})
    assert len(second["data"]) == 60
    assert "next" not in second["paging"]
    back = await followed(sandbox, second["paging"]["previous"], {})
    assert (back["data"], back["paging"]["next"]) == (first["data"], first["paging"]["next"])
    page = await page_of(sandbox, user)
    url = f"/graph.facebook.com/v25.0/{page['id']}/posts"
    sent = {"access_token": page["access_token"], "fields": "message,picture,is_popular"}
    posts = (await sandbox.get(url, params=sent)).json()
    link = posts["paging"]["next"]
    assert urlsplit(link).path == url.removeprefix("/graph.facebook.com")
    assert parse_qs(urlsplit(link).query)["fields"] == [sent["fields"]]


async def test_apps_of_meta_get_tokens_for_themselves(sandbox: Client) -> None:
    code = answered(await sandbox.get("/www.facebook.com/dialog/oauth", params=facebook_asking()))
    sent = {"redirect_uri": BACK, "code": code["code"]}
    url = f"{GRAPH}/oauth/access_token"
    user = (await sandbox.get(url, params=sent, headers=basic("facebook"))).json()["access_token"]
    sent = APP | {"grant_type": "client_credentials"}
    app = (await sandbox.get(url, params=sent)).json()["access_token"]
    assert app.startswith("sandbox-facebook|")
    assert (await sandbox.get(url, params=sent)).json()["access_token"] == app
    sent = {"input_token": user, "access_token": app}
    data = (await sandbox.get("/graph.facebook.com/debug_token", params=sent)).json()["data"]
    assert data["scopes"] == ["public_profile", *SCOPES.split(",")]
    me = (await sandbox.get(f"{GRAPH}/me", params={"access_token": app})).json()
    assert me["error"]["code"] == 2500
    query = {"client_id": "sandbox-threads", "client_secret": secret("threads")}
    query |= {"grant_type": "client_credentials"}
    threads = await sandbox.get("/graph.threads.net/oauth/access_token", params=query)
    assert threads.json()["access_token"].startswith("TH|sandbox-threads|")


async def test_versions_methods_and_scopes_of_linkedin(sandbox: Client) -> None:
    linkedin = PLATFORMS["linkedin"]
    commas = linkedin.asking["scope"].replace(" ", ",")
    tokens = await login(sandbox, linkedin, scope=commas, sandbox_person="mara")
    assert tokens["scope"] == commas
    roles = "/api.linkedin.com/rest/organizationAcls?q=roleAssignee&count=1&role=administrator"
    first = (await sandbox.get(roles, headers=restli(tokens, "202609.01"))).json()
    link = first["paging"]["links"][0]["href"]
    second = await sandbox.get(f"/api.linkedin.com{link}", headers=restli(tokens))
    assert second.json()["elements"][0]["role"] == "ADMINISTRATOR"
    assert second.json()["elements"] != first["elements"]
    assert (await sandbox.get(roles, headers=restli(tokens, "202613"))).status_code == 426
    author = first["elements"][0]["organization"]
    posts = f"/api.linkedin.com/rest/posts?author={author}&q=author&viewContext=AUTHOR"
    for method in ("finder", "FINDER", None):
        head = {key: text for key, text in restli(tokens).items() if key != "x-restli-method"}
        head |= {"x-restli-method": method} if method else {}
        page = (await sandbox.get(posts, headers=head)).json()
        assert "viewContext=AUTHOR" in page["paging"]["links"][0]["href"]


async def test_a_query_that_is_too_long_comes_in_the_body(sandbox: Client) -> None:
    form = {"content-type": "application/x-www-form-urlencoded", "x-http-method-override": "GET"}
    tokens = await login(sandbox, PLATFORMS["linkedin"])
    urns = [f"urn:li:image:{number}" for number in range(300)]
    head = restli(tokens) | form
    images = await sandbox.post(
        "/api.linkedin.com/rest/images", data={"ids": f"List({','.join(urns)})"}, headers=head
    )
    assert list(images.json()["results"]) == urns
    older = "&".join(f"ids[{place}]={urn}" for place, urn in enumerate(urns[:3]))
    indexed = await sandbox.get(f"/api.linkedin.com/rest/images?{older}", headers=restli(tokens))
    assert list(indexed.json()["results"]) == urns[:3]
    head = bearer(await youtube_login(sandbox)) | form
    channels = "/youtube.googleapis.com/youtube/v3/channels"
    found = await sandbox.post(channels, data={"part": "id", "mine": "true"}, headers=head)
    assert len(found.json()["items"]) == 1
    # Other platforms do not know the header.
    head = bearer(await login(sandbox, PLATFORMS["twitter"])) | form
    assert (await sandbox.post(f"{X}/users/me", headers=head)).status_code == 404


async def test_google_refuses_parts_and_fields_that_do_not_exist(sandbox: Client) -> None:
    head = bearer(await youtube_login(sandbox))
    for resource in ("channels?mine=true", "playlistItems?playlistId=UU", "videos?id=a"):
        url = f"/youtube.googleapis.com/youtube/v3/{resource}&part=snippet,statistic"
        (error,) = (await sandbox.get(url, headers=head)).json()["error"]["errors"]
        assert (error["reason"], error["message"]) == ("unknownPart", "'statistic'")
    head = bearer(await login(sandbox, PLATFORMS["google_business"]))
    url = "/mybusinessbusinessinformation.googleapis.com/v1/accounts/-/locations"
    for mask, status in (("name,phoneNumbers,metadata.placeId", 200), ("name,phoneNumber", 400)):
        answer = await sandbox.get(url, params={"readMask": mask}, headers=head)
        assert answer.status_code == status
        if status == 200:
            (place,) = answer.json()["locations"]
            assert list(place["metadata"]) == ["placeId"]


async def test_reports_measure_what_is_documented(sandbox: Client) -> None:
    scope = "https://www.googleapis.com/auth/yt-analytics.readonly"
    tokens = await youtube_login(sandbox, scope=f"{READ} {scope}")
    uploads = (await sandbox.get("/_world/youtube/ida")).json()["channels"][0]["uploads"]
    where = f"/youtube.googleapis.com/youtube/v3/playlistItems?part=snippet&playlistId={uploads}"
    items = (await sandbox.get(where, headers=bearer(tokens))).json()["items"]
    ids = ",".join(item["snippet"]["resourceId"]["videoId"] for item in items)
    url, sent = "/youtubeanalytics.googleapis.com/v2/reports", {"filters": f"video=={ids}"}
    sent |= {"ids": "channel==MINE", "startDate": "2005-02-14", "endDate": "2100-01-01"}
    sent |= {"dimensions": "video"}
    for metrics, status in (("views,dislikes,averageViewDuration", 200), ("views,likez", 400)):
        report = await sandbox.get(url, params=sent | {"metrics": metrics}, headers=bearer(tokens))
        assert report.status_code == status
        if status == 200:
            rows = report.json()["rows"]
            assert all(views > dislikes for _, views, dislikes, _ in rows)
            assert len(rows) > 1


async def test_kwai_also_takes_a_posted_form(sandbox: Client) -> None:
    form = {"app_id": "sandbox-KWAI", "app_secret": secret("KWAI")}
    form |= {"code": await code_of(sandbox, "KWAI"), "grant_type": "authorization_code"}
    tokens = await sandbox.post("/open.kuaishou.com/oauth2/access_token", data=form)
    assert tokens.json()["result"] == 1


async def test_tiktok_refuses_fields_that_do_not_exist(sandbox: Client) -> None:
    head = bearer(await login(sandbox, PLATFORMS["tiktok"]))
    url = "/open.tiktokapis.com/v2/video/query/?fields=id,cover_url"
    body = {"filters": {"video_ids": ["7"]}}
    answer = await sandbox.post(url, json=body, headers=head)
    assert answer.json()["error"]["code"] == "invalid_params"


async def test_fields_of_the_facebook_host_are_left_out_on_instagrams(sandbox: Client) -> None:
    head = bearer(await login(sandbox, PLATFORMS["instagram"]))
    fields = "id,saved_count,is_shared_to_feed,legacy_instagram_media_id"
    url = f"/graph.instagram.com/v26.0/me/media?limit=1&fields={fields}"
    assert list((await sandbox.get(url, headers=head)).json()["data"][0]) == ["id"]


GOOGLE = ("google_business", "/accounts.google.com/.well-known/openid-configuration")
LINKEDIN = ("linkedin", "/www.linkedin.com/oauth/.well-known/openid-configuration")


async def discovered(client: Client, configuration: str) -> tuple[Answer, jwt.PyJWKSet]:
    found = (await client.get(configuration)).json()
    keys = (await client.get(local(found["jwks_uri"]))).json()
    return found, jwt.PyJWKSet.from_dict(keys)


def verified(token: str, keys: jwt.PyJWKSet, name: str, issuer: str) -> Answer:
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: Answer = jwt.decode(
        token, key, algorithms=["RS256"], audience=f"sandbox-{name}", issuer=issuer
    )
    return claims


@pytest.mark.parametrize(("name", "configuration"), [GOOGLE, LINKEDIN])
async def test_id_tokens_are_signed_by_the_published_key(
    sandbox: Client, name: str, configuration: str
) -> None:
    tokens = await login(sandbox, PLATFORMS[name], scope="openid profile", nonce="n1")
    found, keys = await discovered(sandbox, configuration)
    claims = verified(tokens["id_token"], keys, name, found["issuer"])
    assert claims["nonce"] == "n1"
    info = await sandbox.get(local(found["userinfo_endpoint"]), headers=bearer(tokens))
    assert info.json()["sub"] == claims["sub"]
    without = await login(sandbox, PLATFORMS[name], scope="profile")
    assert "id_token" not in without


async def test_google_publishes_the_key_as_a_certificate_too(sandbox: Client) -> None:
    tokens = await login(sandbox, PLATFORMS["google_business"], scope="openid email")
    found = (await sandbox.get("/www.googleapis.com/oauth2/v1/certs")).json()
    key_id = jwt.get_unverified_header(tokens["id_token"])["kid"]
    key: Any = x509.load_pem_x509_certificate(found[key_id].encode()).public_key()
    audience = "sandbox-google_business"
    claims = jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience=audience)
    older = await sandbox.get("/www.googleapis.com/oauth2/v2/userinfo", headers=bearer(tokens))
    assert older.json()["id"] == claims["sub"]


async def test_the_key_of_id_tokens_survives_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, configuration = GOOGLE
    file = tmp_path / "sandbox.sqlite"
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        client.follow_redirects = False
        token = (await login(client, PLATFORMS[name], scope="openid"))["id_token"]
    other = id_tokens._new_key.__wrapped__()
    monkeypatch.setattr(id_tokens, "_new_key", lambda: other)
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        found, keys = await discovered(client, configuration)
        assert verified(token, keys, name, found["issuer"])["sub"]
    async with AsyncTestClient(create_sandbox()) as client:
        _, keys = await discovered(client, configuration)
        assert [key.key_id for key in keys.keys] != [jwt.get_unverified_header(token)["kid"]]


async def test_a_batch_reads_its_switch_in_any_case(sandbox: Client) -> None:
    user = await facebook_login(sandbox)
    form = {"batch": json.dumps([{"method": "get", "relative_url": "me/"}]), "access_token": user}
    answers = (await sandbox.post(f"{GRAPH}/", data=form | {"include_headers": "False"})).json()
    assert [set(answer) for answer in answers] == [{"code", "body"}]
