"""Facebook Pages, over the answers of Graph's documentation."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.meta.facebook.connector import Facebook
from openchannels.connectors.meta.facebook.works import METRICS
from openchannels.connectors.meta.graph import appsecret_proof, position_params
from openchannels.connectors.meta.page_tokens import (
    NO_PAGE_TOKEN,
)
from openchannels.core.accounts import Candidate
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.paging import WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import TransportError
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

PAGE_ID = "104857600012345"
POST_ID = "104857600012345_912345678901234"
ROOT = Tokens("EAAGm0PX4ZCps", expires_at=NOW + 5183944, scopes=("pages_show_list",))
TOKENS = Tokens("EAAGm0PX4ZCpsPAGE")
ACCOUNT = account_of(Platform("facebook"), PAGE_ID)
LASTING = json.loads(
    """
{"access_token":"EAAGm0PX4ZCps...","token_type":"bearer","expires_in":5183944}
"""
)
PERMISSIONS = json.loads(
    """
{"data":[{"permission":"pages_show_list","status":"granted"},{"permission":"read_insights","status":"declined"}]}
"""
)
DEBUG = json.loads(
    """
{"data":{"app_id":"1023456789012345","type":"USER","application":"Works Hub","expires_at":1795000000,
 "data_access_expires_at":1797592000,"is_valid":true,"issued_at":1789816000,
 "scopes":["pages_show_list","pages_read_engagement","read_insights"],
 "granular_scopes":[{"scope":"pages_show_list","target_ids":["104857600012345"]}],"user_id":"10229988776655443"}}
"""  # noqa: E501
)
CODE_USED = json.loads(
    """
{"error":{"message":"This authorization code has been used.","type":"OAuthException","code":100,"error_subcode":36009,"fbtrace_id":"AbC1dEfGh2I"}}
"""  # noqa: E501
)
ME = json.loads(
    """
{"id":"10229988776655443","name":"Mara Lindqvist",
 "picture":{"data":{"url":"https://platform-lookaside.fbsbx.com/platform/profilepic/?asid=10229988776655443"}},
 "accounts":{"data":[{"id":"104857600012345","name":"North Pier Bakery","username":"northpierbakery",
   "link":"https://www.facebook.com/northpierbakery","access_token":"EAAGm0PX4ZCpsPAGE...","category":"Bakery",
   "tasks":["ADVERTISE","ANALYZE","CREATE_CONTENT","MESSAGING","MODERATE","MANAGE"],
   "fan_count":18240,"followers_count":18955,
   "picture":{"data":{"url":"https://scontent.xx.fbcdn.net/v/t39/p200x200/page.jpg"}},
   "instagram_business_account":{"id":"17841401234567890","username":"northpierbakery"}}],
  "paging":{"cursors":{"before":"MTA0ODU3","after":"MTA0ODU3"}}}}
"""  # noqa: E501
)
POSTS = json.loads(
    """
{"data":[{
  "id":"104857600012345_912345678901234","message":"Rye is back on Friday.","created_time":"2026-08-14T06:30:12+0000",
  "permalink_url":"https://www.facebook.com/104857600012345/posts/912345678901234",
  "full_picture":"https://scontent.xx.fbcdn.net/v/t39/p720x720/rye.jpg","status_type":"added_photos","is_published":true,
  "from":{"id":"104857600012345","name":"North Pier Bakery"},"shares":{"count":7},
  "reactions":{"data":[],"summary":{"total_count":143}},
  "comments":{"data":[],"summary":{"total_count":19}},
  "attachments":{"data":[{"media_type":"album","type":"album","title":"Photos from North Pier Bakery's post",
     "target":{"id":"912345678901234"},"media":{"image":{"src":"https://scontent.xx.fbcdn.net/v/t39/rye.jpg"}},
     "subattachments":{"data":[{"media_type":"photo","type":"photo","target":{"id":"912345678900001"},
        "media":{"image":{"src":"https://scontent.xx.fbcdn.net/v/t39/rye1.jpg"}}}]}}]},
  "insights":{"data":[
     {"name":"post_media_view","period":"lifetime","values":[{"value":5210}],"id":"104857600012345_912345678901234/insights/post_media_view/lifetime"},
     {"name":"post_total_media_view_unique","period":"lifetime","values":[{"value":3877}]},
     {"name":"post_clicks","period":"lifetime","values":[{"value":212}]},
     {"name":"post_video_views","period":"lifetime","values":[{"value":0}]},
     {"name":"post_video_view_time","period":"lifetime","values":[{"value":0}]}],
   "paging":{"previous":"https://graph.facebook.com/v26.0/...","next":"https://graph.facebook.com/v26.0/..."}}}],
 "paging":{"cursors":{"before":"Q2c4U1pXNTBYM0YxWlhKNVgz","after":"Q2c4U1pXNTBYM0YxWlhKNVg0"},
  "next":"https://graph.facebook.com/v26.0/104857600012345/published_posts?access_token=EAAG...&limit=25&after=Q2c4U1pXNTBYM0YxWlhKNVg0"}}
"""  # noqa: E501
)
THROTTLED = json.loads(
    """
{"error":{"message":"(#80001) There have been too many calls to this Page account.","type":"OAuthException","code":80001,
 "error_subcode":2446079,"is_transient":false,"error_user_title":"...","error_user_msg":"...","fbtrace_id":"AmFGcW3hw"}}
"""  # noqa: E501
)
APP_USAGE = """{"call_count":28,"total_time":25,"total_cputime":25}"""
BUSINESS_USAGE = """{"104857600012345":[{"type":"pages","call_count":97,"total_cputime":23,"total_time":23,"estimated_time_to_regain_access":0}]}"""  # noqa: E501
LINK = f"https://graph.facebook.com/v26.0/{PAGE_ID}/published_posts?access_token=EAAG-secret"


@pytest.fixture
def facebook() -> Facebook:
    return Facebook()


def refusal(
    code: int | None,
    message: str = "no",
    subcode: int | None = None,
    status: int = 400,
    **more: Any,
) -> Any:
    error = {"message": message, "type": "OAuthException", **more}
    if code is not None:
        error["code"] = code
    if subcode is not None:
        error["error_subcode"] = subcode
    return answer({"error": error}, status)


def classified(reply: Any) -> Failure:
    reading = Facebook().classify(reply)
    assert reading is not None
    return reading


# Authorizing


def consent(facebook: Facebook, **options: Any) -> tuple[str, dict[str, list[str]]]:
    app = client_for(facebook, FakeSend(), **options).app
    parts = urlsplit(facebook.auth.authorize_url(app, "the-state", None))
    return f"{parts.scheme}://{parts.netloc}{parts.path}", parse_qs(parts.query)


def test_the_dialog(facebook: Facebook) -> None:
    address, query = consent(facebook)
    assert address == "https://www.facebook.com/v26.0/dialog/oauth"
    assert query == {
        "client_id": ["app-id"],
        "redirect_uri": ["https://oc.example/callback"],
        "response_type": ["code"],
        "state": ["the-state"],
        "auth_type": ["rerequest"],
        "scope": [
            "pages_show_list,pages_read_engagement,pages_read_user_content,read_insights,"
            "business_management"
        ],
    }


def test_a_login_configuration_replaces_the_scopes(facebook: Facebook) -> None:
    _, query = consent(facebook, config_id=998877)
    assert query["config_id"] == ["998877"]
    assert "scope" not in query
    form = facebook.auth.oauth_config(client_for(facebook, FakeSend(), config_id=998877).app)
    assert form.required_scopes == ("pages_show_list", "pages_read_engagement")


async def test_the_version_is_configuration_everywhere(facebook: Facebook) -> None:
    address, _ = consent(facebook, graph_version="v27.0")
    assert address == "https://www.facebook.com/v27.0/dialog/oauth"
    send = FakeSend().on("access_token", LASTING).on("permissions", PERMISSIONS).on("/me", ME)
    send.on("published_posts", POSTS).on(PAGE_ID, {"access_token": "fresh"})
    client = client_for(facebook, send, graph_version="v27.0")
    tokens = await facebook.auth.complete(
        client, await facebook.auth.exchange(client, {"code": "AQD"}, None)
    )
    [candidate] = await facebook.accounts.candidates(client, tokens)
    await facebook.works.fetch_page(client, ACCOUNT, candidate.tokens, page())
    await facebook.auth.refresh(client, candidate.tokens)
    assert len(send.calls) == 6
    assert all(c.url.startswith("https://graph.facebook.com/v27.0/") for c in send.calls)


async def test_a_code_is_redeemed_in_one_call(facebook: Facebook) -> None:
    send = FakeSend().on("/oauth/access_token", LASTING)
    tokens = await facebook.auth.exchange(client_for(facebook, send), {"code": "AQD"}, None)
    assert tokens.access_token == "EAAGm0PX4ZCps..."
    assert tokens.expires_at == NOW + 5183944
    assert send.calls[0].method == "GET"
    assert send.calls[0].url == "https://graph.facebook.com/v26.0/oauth/access_token"
    assert send.params() == {
        "client_id": "app-id",
        "client_secret": "app-secret",
        "redirect_uri": "https://oc.example/callback",
        "code": "AQD",
    }
    assert len(send.calls) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(CODE_USED, 400), FailureKind.DEAD_GRANT),
        (refusal(190, "Invalid code"), FailureKind.DEAD_GRANT),
        (refusal(None), FailureKind.DEAD_GRANT),
        (refusal(4, "(#4) Application request limit reached"), FailureKind.RATE_LIMITED),
        (refusal(1, "Error validating client secret."), FailureKind.MISCONFIGURED),
        (refusal(101, "Error validating application."), FailureKind.MISCONFIGURED),
        (refusal(100, "redirect_uri isn't the one used", 36008), FailureKind.MISCONFIGURED),
        (refusal(2, status=500), FailureKind.UNAVAILABLE),
        (answer({"token_type": "bearer"}), FailureKind.MALFORMED),
    ],
)
async def test_a_refused_code_is_sent_once(
    facebook: Facebook, reply: Any, kind: FailureKind
) -> None:
    send = FakeSend().on("/oauth/access_token", reply)
    with pytest.raises(PlatformFailure) as caught:
        await facebook.auth.exchange(client_for(facebook, send), {"code": "AQD"}, None)
    assert caught.value.kind is kind
    assert len(send.calls) == 1


async def test_the_token_is_made_to_last_and_its_scopes_are_read(facebook: Facebook) -> None:
    send = FakeSend().on("/oauth/access_token", LASTING).on("/me/permissions", PERMISSIONS)
    tokens = await facebook.auth.complete(client_for(facebook, send), Tokens("short"))
    assert send.paths == ["access_token", "permissions"]
    assert send.params(0) == {
        "grant_type": "fb_exchange_token",
        "fb_exchange_token": "short",
        "client_id": "app-id",
        "client_secret": "app-secret",
    }
    assert (tokens.access_token, tokens.expires_at) == ("EAAGm0PX4ZCps...", NOW + 5183944)
    assert tokens.scopes == ("pages_show_list",)
    assert send.calls[1].headers == {"Authorization": "Bearer EAAGm0PX4ZCps..."}


async def test_a_token_without_end_is_inspected_instead(facebook: Facebook) -> None:
    send = FakeSend().on("/oauth/access_token", {"access_token": "long"}).on("/debug_token", DEBUG)
    tokens = await facebook.auth.complete(client_for(facebook, send), Tokens("short"))
    assert send.paths == ["access_token", "debug_token"]
    assert send.params()["input_token"] == "long"
    assert (
        send.params()["appsecret_proof"]
        == appsecret_proof("app-secret", "app-id|app-secret", NOW)["appsecret_proof"]
    )
    assert tokens.expires_at == 1795000000
    assert tokens.scopes == ("pages_show_list", "pages_read_engagement", "read_insights")


async def test_an_end_of_zero_is_no_end(facebook: Facebook) -> None:
    debug = deepcopy(DEBUG)
    debug["data"]["expires_at"] = 0
    send = FakeSend().on("/oauth/access_token", {"access_token": "long"}).on("/debug_token", debug)
    assert (
        await facebook.auth.complete(client_for(facebook, send), Tokens("s"))
    ).expires_at is None


# Proof


def test_the_proof_is_that_of_the_documentation() -> None:
    # printf 'EAAGm0PX4ZCpsPAGE|1790000000' | openssl dgst -sha256 -hmac app-secret
    assert appsecret_proof("app-secret", "EAAGm0PX4ZCpsPAGE", NOW + 0.7) == {
        "appsecret_proof": "a5c6c278ebb3cecbedff37039eb2a8c165ec5205e05ede8ab45378db0f0c0598",
        "appsecret_time": "1790000000",
    }


async def test_every_graph_call_is_proved_by_its_own_token(facebook: Facebook) -> None:
    send = FakeSend().on("/oauth/access_token", LASTING).on("/me/permissions", PERMISSIONS)
    send.on("/me", ME).on("/published_posts", POSTS).on(PAGE_ID, {"access_token": "fresh"})
    client = client_for(facebook, send)
    root = await facebook.auth.complete(client, Tokens("short"))
    [candidate] = await facebook.accounts.candidates(client, root)
    await facebook.works.fetch_page(client, ACCOUNT, candidate.tokens, page())
    await facebook.auth.refresh(client, candidate.tokens)
    assert send.paths == ["access_token", "permissions", "me", "published_posts", PAGE_ID]
    assert "appsecret_proof" not in send.params(0)
    for index, token in enumerate(("root", "root", "page", "root"), start=1):
        used = root.access_token if token == "root" else "EAAGm0PX4ZCpsPAGE..."
        assert send.calls[index].headers == {"Authorization": f"Bearer {used}"}
        assert appsecret_proof("app-secret", used, NOW).items() <= send.params(index).items()
        assert "access_token" not in send.params(index)


# Pages behind a grant


async def pages_of(facebook: Facebook, send: FakeSend) -> list[Candidate]:
    return await facebook.accounts.candidates(client_for(facebook, send), ROOT)


async def test_the_pages_behind_a_grant(facebook: Facebook) -> None:
    send = FakeSend().on("/me", ME)
    [candidate] = await pages_of(facebook, send)
    assert len(send.calls) == 1
    assert send.params()["fields"].startswith("id,accounts.limit(100){id,name,")
    profile = candidate.profile
    assert profile.account_id == f"facebook_{PAGE_ID}"
    assert (profile.handle, profile.nickname) == ("northpierbakery", "North Pier Bakery")
    assert profile.avatar == "https://scontent.xx.fbcdn.net/v/t39/p200x200/page.jpg"
    assert profile.counters.fans == 18955
    assert profile.counters.works is None
    assert candidate.grant_subject == "10229988776655443"
    assert candidate.tokens == Tokens(
        "EAAGm0PX4ZCpsPAGE...",
        scopes=ROOT.scopes,
        extra={
            "page_id": PAGE_ID,
            "root_token": ROOT.access_token,
            "root_expires_at": ROOT.expires_at,
            "root_user_id": "10229988776655443",
        },
    )
    assert Candidate.from_dict(json.loads(json.dumps(candidate.to_dict()))) == candidate


async def test_a_page_of_which_little_is_told(facebook: Facebook) -> None:
    rows = [
        {"id": "1", "access_token": "a"},
        {"id": "2", "access_token": "b", "fan_count": "18240", "followers_count": None},
        {"id": "3", "name": "No token"},
        {"access_token": "no id"},
        None,
    ]
    send = FakeSend().on("/me", {"id": "7", "accounts": {"data": rows}})
    unusable, bare, counted = await pages_of(facebook, send)
    assert (unusable.profile.nickname, unusable.unusable) == ("No token", NO_PAGE_TOKEN)
    assert (bare.profile.nickname, bare.profile.handle, bare.profile.avatar) == ("1", None, None)
    assert bare.profile.counters.fans is None
    assert counted.profile.counters.fans == 18240


async def test_a_page_listed_twice_counts_with_its_token(facebook: Facebook) -> None:
    rows = [{"id": "1", "access_token": "a"}, {"id": "1", "name": "No token"}]
    [page] = await pages_of(facebook, FakeSend().on("/me", {"id": "7", "accounts": {"data": rows}}))
    assert page.unusable is None


@pytest.mark.parametrize("body", [{"id": "7"}, {"id": "7", "accounts": {"data": []}}])
async def test_a_person_without_pages(facebook: Facebook, body: Any) -> None:
    assert await pages_of(facebook, FakeSend().on("/me", body)) == []
    assert facebook.accounts.empty_hint is not None
    assert "facebook.com/pages/create" in facebook.accounts.empty_hint.as_text().en
    assert "facebook.com/pages/create" in facebook.accounts.empty_hint.as_text().zh


def rows_of(start: int, stop: int) -> list[dict[str, str]]:
    return [{"id": str(i), "access_token": f"token-{i}"} for i in range(start, stop)]


def edge(rows: Any, after: str | None) -> dict[str, Any]:
    paging = {"cursors": {"before": "x", "after": after or "end"}}
    if after:
        paging["next"] = f"https://evil.example/me/accounts?access_token=EAAG&after={after}"
    return {"data": rows, "paging": paging}


async def test_130_pages_in_two_calls(facebook: Facebook) -> None:
    send = FakeSend().on("/me", {"id": "7", "accounts": edge(rows_of(0, 100), "A1")})
    send.on("/me/accounts", edge(rows_of(100, 130), None), after="A1")
    found = await pages_of(facebook, send)
    assert [c.profile.uid for c in found] == [str(i) for i in range(130)]
    assert [c.tokens.access_token for c in found][129] == "token-129"
    assert [c.url for c in send.calls] == [
        "https://graph.facebook.com/v26.0/me",
        "https://graph.facebook.com/v26.0/me/accounts",
    ]
    assert send.params()["limit"] == "100"
    assert "access_token" not in send.params()


async def test_an_empty_page_of_pages_does_not_end_the_list(facebook: Facebook) -> None:
    send = FakeSend().on("/me", {"id": "7", "accounts": edge([], "A1")})
    send.on("/me/accounts", edge([], "A2"), after="A1")
    send.on("/me/accounts", edge(rows_of(0, 2), None), after="A2")
    assert len(await pages_of(facebook, send)) == 2
    assert len(send.calls) == 3


async def test_account_paging_ends_where_it_turns_in_a_circle(facebook: Facebook) -> None:
    send = FakeSend().on("/me", {"id": "7", "accounts": edge(rows_of(0, 2), "A1")})
    send.on("/me/accounts", edge(rows_of(0, 2), "A1"))
    assert len(await pages_of(facebook, send)) == 2
    assert len(send.calls) == 2


async def test_account_paging_is_bounded(facebook: Facebook) -> None:
    send = FakeSend().on("/me", {"id": "7", "accounts": edge([], "A0")})
    send.on("/me/accounts", *[edge([], f"A{i}") for i in range(1, 80)])
    assert await pages_of(facebook, send) == []
    assert len(send.calls) == 51


# Keeping a Page's token alive


def page_grant(**extra: Any) -> Tokens:
    root = {"page_id": PAGE_ID, "root_token": "ROOT", "root_expires_at": NOW + 20 * 86_400, **extra}
    return Tokens("dead", scopes=("pages_show_list",), extra=root)


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        (page_grant(), True),
        (page_grant(root_expires_at=None), True),
        (page_grant(root_expires_at=NOW), False),
        (page_grant(root_token=None), False),
        (page_grant(page_id=None), False),
        (Tokens("page"), False),
        (ROOT, False),
    ],
)
def test_a_page_token_is_renewed_only_by_a_living_person(
    facebook: Facebook, tokens: Tokens, expected: bool
) -> None:
    assert facebook.auth.refreshable(tokens, NOW) is expected


async def test_a_page_token_is_fetched_again(facebook: Facebook) -> None:
    send = FakeSend().on(f"/v26.0/{PAGE_ID}", {"access_token": "fresh", "id": PAGE_ID})
    old = page_grant()
    fresh = await facebook.auth.refresh(client_for(facebook, send), old)
    assert (fresh.access_token, fresh.expires_at) == ("fresh", None)
    assert (fresh.scopes, fresh.extra) == (old.scopes, old.extra)
    assert send.params()["fields"] == "access_token"
    assert send.calls[0].headers == {"Authorization": "Bearer ROOT"}


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(190, subcode=463), FailureKind.DEAD_GRANT),
        (refusal(190, subcode=460), FailureKind.DEAD_GRANT),
        (refusal(100, "missing permissions", 33), FailureKind.DEAD_GRANT),
        (answer({"id": PAGE_ID}), FailureKind.DEAD_GRANT),
        (answer({"id": PAGE_ID, "access_token": ""}), FailureKind.MALFORMED),
        (answer({}), FailureKind.MALFORMED),
        (answer(b"", 401), FailureKind.UNAVAILABLE),
        (refusal(10, "(#10) This endpoint requires a permission"), FailureKind.PERMISSION),
        (refusal(4), FailureKind.RATE_LIMITED),
        (refusal(2, status=500), FailureKind.UNAVAILABLE),
        (TransportError("timeout", "late"), FailureKind.UNAVAILABLE),
    ],
)
async def test_a_refused_renewal(facebook: Facebook, reply: Any, kind: FailureKind) -> None:
    send = FakeSend().on(PAGE_ID, reply)
    with pytest.raises(PlatformFailure) as caught:
        await facebook.auth.refresh(client_for(facebook, send), page_grant())
    assert caught.value.kind is kind


async def test_without_a_persons_token_nothing_is_asked(facebook: Facebook) -> None:
    send = FakeSend()
    with pytest.raises(PlatformFailure) as caught:
        await facebook.auth.refresh(client_for(facebook, send), Tokens("page"))
    assert caught.value.kind is FailureKind.DEAD_GRANT
    assert send.calls == []


# Works


async def listed(
    facebook: Facebook, send: FakeSend, request: Any = None, tokens: Tokens = TOKENS
) -> WorksPage:
    return await facebook.works.fetch_page(
        client_for(facebook, send), ACCOUNT, tokens, request or page()
    )


async def mapped(facebook: Facebook, **post: Any) -> Work:
    body = {"data": [{"id": POST_ID, **post}]}
    [work] = (await listed(facebook, FakeSend().on("/published_posts", body))).items
    return work


async def test_a_page_of_works_takes_one_call(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", POSTS)
    result = await listed(facebook, send)
    assert len(send.calls) == 1
    assert send.calls[0].url == f"https://graph.facebook.com/v26.0/{PAGE_ID}/published_posts"
    assert send.params()["limit"] == "25"
    assert f"insights.metric({','.join(METRICS)}).period(lifetime)" in send.params()["fields"]
    [work] = result.items
    assert work.id == POST_ID
    assert work.mode is ContentMode.IMAGE
    assert (work.title, work.description) == (None, "Rye is back on Friday.")
    assert work.url == f"https://www.facebook.com/{PAGE_ID}/posts/912345678901234"
    assert work.cover_url == "https://scontent.xx.fbcdn.net/v/t39/p720x720/rye.jpg"
    assert iso(work.published_at or 0) == "2026-08-14T06:30:12.000Z"
    assert (work.author_name, work.author_uid) == ("North Pier Bakery", PAGE_ID)
    assert work.status is WorkStatus.PUBLISHED
    assert work.metrics == Metrics(
        views=5210, reach=3877, likes=143, comments=19, shares=7, clicks=212
    )


async def test_fields_that_were_removed_are_never_asked_for(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", POSTS)
    await listed(facebook, send)
    depth, top, name = 0, [], ""
    for char in send.params()["fields"] + ",":
        depth += (char in "{(") - (char in "})")
        if char == "," and depth == 0:
            top.append(name.split("{")[0].split(".")[0])
            name = ""
        else:
            name += char
    gone = {"type", "link", "name", "caption", "description", "object_id", "source"}
    assert "message" in top
    assert not gone & set(top)


async def test_a_video_has_plays_and_watch_time(facebook: Facebook) -> None:
    values = {"post_video_views": 310, "post_video_view_time": "1234500", "post_media_view": 900}
    insights = {"data": [{"name": n, "values": [{"value": v}]} for n, v in values.items()]}
    attached = {"media_type": "video", "type": "video_inline", "title": "Shaping"}
    work = await mapped(facebook, insights=insights, attachments={"data": [attached]})
    assert work.mode is ContentMode.VIDEO
    assert work.title == "Shaping"
    assert work.metrics == Metrics(views=900, plays=310, watch_seconds=1234.5)


async def test_a_bare_post_invents_nothing(facebook: Facebook) -> None:
    work = await mapped(facebook)
    assert work == Work(
        id=POST_ID,
        mode=ContentMode.TEXT,
        author_name="North Pier Bakery",
        author_uid=PAGE_ID,
        status=WorkStatus.PUBLISHED,
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"insights": {"data": []}},
        {"insights": [], "reactions": 3, "comments": None, "shares": "7", "attachments": "x"},
        {"insights": {"data": [None, {"name": "post_media_view"}, {"values": [{"value": 1}]}]}},
        {"insights": {"data": [{"name": "post_media_view", "values": [{"value": {"a": 1}}]}]}},
        {"reactions": {"data": []}, "comments": {"summary": {"total_count": -1}}, "shares": {}},
    ],
)
async def test_odd_values_are_absent_metrics(facebook: Facebook, odd: Mapping[str, Any]) -> None:
    assert (await mapped(facebook, **odd)).metrics == Metrics()


async def test_a_number_not_computed_yet_is_dropped(facebook: Facebook) -> None:
    early = {"value": 0, "end_time": "1970-01-02T00:00:00+0000"}
    insights = {
        "data": [
            {"name": "post_media_view", "values": [early]},
            {"name": "post_clicks", "values": [{"value": "3"}]},
        ]
    }
    assert (await mapped(facebook, insights=insights)).metrics == Metrics(clicks=3)


async def test_zero_is_a_number(facebook: Facebook) -> None:
    summary = {"summary": {"total_count": 0}}
    work = await mapped(facebook, reactions=summary, comments=summary, shares={"count": "0"})
    assert work.metrics == Metrics(likes=0, comments=0, shares=0)


def attached(*parts: tuple[str | None, str | None], inside: Any = ()) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [{"media_type": m, "type": t} for m, t in parts]
    if inside:
        rows[0]["subattachments"] = {"data": [{"media_type": m, "type": t} for m, t in inside]}
    return {"data": rows}


PICTURE = "https://scontent.xx.fbcdn.net/p.jpg"


@pytest.mark.parametrize(
    ("post", "mode"),
    [
        ({"attachments": attached(("video", "video_inline"))}, ContentMode.VIDEO),
        ({"attachments": attached((None, "video_share_youtube"))}, ContentMode.VIDEO),
        (
            {
                "attachments": attached(
                    ("album", "album"), inside=[("photo", "photo"), ("video", None)]
                )
            },
            ContentMode.VIDEO,
        ),
        ({"status_type": "added_video"}, ContentMode.VIDEO),
        ({"permalink_url": "https://www.facebook.com/nb/videos/9/"}, ContentMode.VIDEO),
        ({"permalink_url": "/reel/9/"}, ContentMode.VIDEO),
        (
            {"attachments": attached(("link", "share")), "full_picture": PICTURE},
            ContentMode.TEXT,
        ),
        ({"attachments": attached((None, "share")), "full_picture": PICTURE}, ContentMode.TEXT),
        (
            {"attachments": attached(("link", "share"), ("photo", "photo"))},
            ContentMode.IMAGE,
        ),
        ({"attachments": attached(("photo", "photo"))}, ContentMode.IMAGE),
        ({"attachments": attached((None, "cover_image"))}, ContentMode.IMAGE),
        ({"full_picture": PICTURE}, ContentMode.IMAGE),
        ({"attachments": attached(("event", "event"))}, ContentMode.TEXT),
        ({"message": "Closed on Monday."}, ContentMode.TEXT),
    ],
)
async def test_content_modes(
    facebook: Facebook, post: Mapping[str, Any], mode: ContentMode
) -> None:
    assert (await mapped(facebook, **post)).mode is mode


async def test_a_link_gives_its_title(facebook: Facebook) -> None:
    link = {"media_type": "link", "type": "share", "title": "The rye report"}
    work = await mapped(facebook, story="shared a link.", attachments={"data": [link]})
    assert (work.title, work.description) == ("The rye report", "shared a link.")


async def test_the_cover_may_come_from_an_attachment(facebook: Facebook) -> None:
    inner = {"media": {"image": {"src": PICTURE}}}
    parts = {"data": [{"media_type": "album", "subattachments": {"data": [inner]}}]}
    assert (await mapped(facebook, attachments=parts)).cover_url == PICTURE


async def test_a_short_permalink_becomes_an_address(facebook: Facebook) -> None:
    work = await mapped(facebook, permalink_url="/nb/posts/9")
    assert work.url == "https://www.facebook.com/nb/posts/9"


async def test_an_unpublished_post_is_a_draft(facebook: Facebook) -> None:
    assert (await mapped(facebook, is_published=False)).status is WorkStatus.DRAFT


async def test_another_author_is_not_given_the_pages_name(facebook: Facebook) -> None:
    work = await mapped(facebook, **{"from": {"id": "42"}})
    assert (work.author_uid, work.author_name) == ("42", None)


async def test_rows_that_are_no_posts_are_passed_over(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", {"data": [None, {"message": "x"}, {"id": POST_ID}]})
    assert [w.id for w in (await listed(facebook, send)).items] == [POST_ID]


# Paging


async def positions(
    facebook: Facebook, paging: Any, position: str | None = None
) -> tuple[str | None, str | None]:
    send = FakeSend().on("/published_posts", {"data": [], "paging": paging})
    result = await listed(facebook, send, page(position))
    return result.next, result.previous


CURSORS = {"before": "QjE=", "after": "QTE="}


async def test_cursors_count_only_beside_their_links(facebook: Facebook) -> None:
    assert await positions(facebook, {"cursors": CURSORS}) == (None, None)
    assert await positions(facebook, {"cursors": CURSORS, "next": LINK}) == ("after=QTE%3D", None)
    both = {"cursors": CURSORS, "next": LINK, "previous": LINK}
    assert await positions(facebook, both, "after=x") == ("after=QTE%3D", "before=QjE%3D")
    assert await positions(facebook, None) == (None, None)
    assert await positions(facebook, {"next": 7, "previous": ""}) == (None, None)


@pytest.mark.parametrize(
    ("position", "sent"),
    [("after=QTE%3D", {"after": "QTE="}), ("before=QjE%3D", {"before": "QjE="})],
)
async def test_a_cursor_goes_back_as_it_came(
    facebook: Facebook, position: str, sent: dict[str, str]
) -> None:
    send = FakeSend().on("/published_posts", POSTS)
    await listed(facebook, send, page(position, limit=50))
    given = send.params()
    assert {k: given[k] for k in ("after", "before") if k in given} == sent
    assert given["limit"] == "50"


async def test_an_empty_page_with_a_next_link_goes_on(facebook: Facebook) -> None:
    body = {"data": [], "paging": {"cursors": CURSORS, "next": LINK}}
    result = await listed(facebook, FakeSend().on("/published_posts", body))
    assert (result.items, result.next) == ([], "after=QTE%3D")


OLDER = LINK + "&limit=25&until=1786000000&__paging_token=enc_Ab%2Fc&since=&__previous="
NEWER = LINK + "&limit=25&since=1786600000&__paging_token=enc_Zz&__previous=1"


async def test_paging_by_time(facebook: Facebook) -> None:
    paging = {"next": OLDER, "previous": NEWER}
    following, previous = await positions(facebook, paging)
    assert previous is None, "there is nothing before the first page, whatever the link says"
    assert position_params(following) == {
        "until": "1786000000",
        "__paging_token": "enc_Ab/c",
        "since": "",
        "__previous": "",
    }
    send = FakeSend().on("/published_posts", {"data": [], "paging": paging})
    result = await listed(facebook, send, page(following))
    assert position_params(following).items() <= send.params().items()
    assert position_params(result.previous) == {
        "since": "1786600000",
        "__paging_token": "enc_Zz",
        "__previous": "1",
    }


async def test_no_position_holds_a_token(facebook: Facebook) -> None:
    for paging in (POSTS["paging"], {"next": OLDER, "previous": NEWER}):
        for position in await positions(facebook, paging, "after=x"):
            assert "EAAG" not in str(position)
            assert "access_token" not in str(position)
    assert position_params("access_token=EAAG&after=x&fields=id") == {"after": "x"}


# The fall-back ladder

BAD_METRIC = refusal(100, "(#100) The value must be a valid insights metric")
IMPERSONATION = refusal(
    190,
    "Any of the pages_read_engagement, pages_manage_metadata permission(s) must be granted before "
    "impersonating a user's page.",
)
TOO_MUCH = refusal(
    1, "Please reduce the amount of data you're asking for, then retry your request", status=500
)


@pytest.mark.parametrize(
    "reply",
    [
        refusal(10, "(#10) Requires read_insights", status=403),
        refusal(200, "(#200) Missing permission for insights"),
        refusal(3, "(#3) App has no data permission for this Page"),
        refusal(3001, "No metric was specified"),
    ],
)
async def test_refused_insights_cost_one_more_call_once(facebook: Facebook, reply: Any) -> None:
    send = FakeSend().on("/published_posts", reply, POSTS)
    client = client_for(facebook, send)
    result = await facebook.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert [w.metrics.likes for w in result.items] == [143]
    assert ["insights" in send.params(i)["fields"] for i in (0, 1)] == [True, False]
    await facebook.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert len(send.calls) == 3
    assert "insights" not in send.params()["fields"]


async def test_one_refused_metric_leaves_the_others(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", BAD_METRIC, POSTS)
    client = client_for(facebook, send)
    result = await facebook.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert [w.metrics.views for w in result.items] == [5210]
    await facebook.works.fetch_page(client, ACCOUNT, TOKENS, page())
    assert len(send.calls) == 3
    few = "insights.metric(post_media_view,post_total_media_view_unique)."
    assert [few in send.params(i)["fields"] for i in range(3)] == [False, True, True]


async def test_a_missing_permission_of_one_page_costs_one_call(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", IMPERSONATION)
    with pytest.raises(PlatformFailure) as caught:
        await listed(facebook, send)
    assert caught.value.kind is FailureKind.PERMISSION
    assert len(send.calls) == 1


async def test_a_permission_missing_for_the_fetch_of_a_page_token_ends_no_grant(
    facebook: Facebook,
) -> None:
    send = FakeSend().on(f"/v26.0/{PAGE_ID}", IMPERSONATION)
    with pytest.raises(PlatformFailure) as caught:
        await facebook.auth.refresh(client_for(facebook, send), page_grant())
    assert caught.value.kind is FailureKind.PERMISSION


async def test_the_refusal_is_remembered_for_that_account_alone(facebook: Facebook) -> None:
    send = FakeSend().on(f"{PAGE_ID}/published_posts", BAD_METRIC, {"data": []})
    send.on("/77/published_posts", {"data": []})
    client = client_for(facebook, send)
    await facebook.works.fetch_page(client, ACCOUNT, TOKENS, page())
    await facebook.works.fetch_page(client, account_of(Platform("facebook"), "77"), TOKENS, page())
    assert "insights" in send.params()["fields"]


async def test_other_refusals_are_not_retried(facebook: Facebook) -> None:
    send = FakeSend().on(
        "/published_posts", refusal(10, "(#10) Requires pages_read_engagement", status=403)
    )
    with pytest.raises(PlatformFailure) as caught:
        await listed(facebook, send)
    assert caught.value.kind is FailureKind.PERMISSION
    assert len(send.calls) == 1


async def test_a_heavy_page_is_halved(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", TOO_MUCH, TOO_MUCH, POSTS)
    result = await listed(facebook, send, page("after=x", limit=100))
    assert [send.params(i)["limit"] for i in range(3)] == ["100", "50", "25"]
    assert {send.params(i)["after"] for i in range(3)} == {"x"}
    assert result.next == "after=Q2c4U1pXNTBYM0YxWlhKNVg0"
    assert len(send.calls) == 3


async def test_halving_ends_at_one(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", TOO_MUCH)
    with pytest.raises(PlatformFailure):
        await listed(facebook, send, page(limit=5))
    assert [send.params(i)["limit"] for i in range(3)] == ["5", "2", "1"]
    assert len(send.calls) == 3


async def test_both_rungs_together(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", TOO_MUCH, BAD_METRIC, BAD_METRIC, POSTS)
    await listed(facebook, send)
    assert len(send.calls) == 4
    assert send.params()["limit"] == "12"
    assert "insights" not in send.params()["fields"]


async def test_a_passing_fault_is_repeated_once(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", refusal(2, status=500), POSTS)
    assert len((await listed(facebook, send)).items) == 1
    assert len(send.calls) == 2


async def test_declined_insights_are_not_asked_for(facebook: Facebook) -> None:
    send = FakeSend().on("/published_posts", POSTS)
    await listed(facebook, send, tokens=Tokens("page", scopes=("pages_read_engagement",)))
    assert "insights" not in send.params()["fields"]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (["post_media_view", "post_clicks"], "insights.metric(post_media_view,post_clicks)."),
        ("post_media_view, post_clicks", "insights.metric(post_media_view,post_clicks)."),
        ("", None),
        ([], None),
    ],
)
async def test_the_metrics_are_configuration(
    facebook: Facebook, option: Any, expected: str | None
) -> None:
    send = FakeSend().on("/published_posts", POSTS)
    client = client_for(facebook, send, insights_metrics=option)
    await facebook.works.fetch_page(client, ACCOUNT, TOKENS, page())
    fields = send.params()["fields"]
    assert expected in fields if expected else "insights" not in fields


# Failures


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(190), FailureKind.TOKEN_EXPIRED),
        (refusal(190, subcode=463), FailureKind.TOKEN_EXPIRED),
        (refusal(190, subcode=467), FailureKind.TOKEN_EXPIRED),
        (refusal(190, subcode=458), FailureKind.DEAD_GRANT),
        (refusal(190, subcode=459), FailureKind.VERIFICATION_REQUIRED),
        (refusal(190, subcode=490), FailureKind.VERIFICATION_REQUIRED),
        (refusal(190, subcode=460), FailureKind.DEAD_GRANT),
        (refusal(190, subcode=464), FailureKind.VERIFICATION_REQUIRED),
        (refusal(190, subcode=492), FailureKind.DEAD_GRANT),
        (refusal("190", subcode=None), FailureKind.TOKEN_EXPIRED),  # type: ignore[arg-type]
        (refusal(190, "Error validating application. It was deleted."), FailureKind.MISCONFIGURED),
        (refusal(102), FailureKind.TOKEN_EXPIRED),
        (refusal(102, "Too many calls"), FailureKind.RATE_LIMITED),
        (refusal(None), FailureKind.TOKEN_EXPIRED),
        (answer(b"", 401), FailureKind.UNAVAILABLE),
        (refusal(10), FailureKind.PERMISSION),
        (refusal(3), FailureKind.PERMISSION),
        (refusal(200), FailureKind.PERMISSION),
        (refusal(299), FailureKind.PERMISSION),
        (refusal(100, "Requires pages_show_list permission"), FailureKind.PERMISSION),
        (refusal(4), FailureKind.RATE_LIMITED),
        (refusal(17), FailureKind.RATE_LIMITED),
        (refusal(32, status=403), FailureKind.RATE_LIMITED),
        (refusal(341), FailureKind.RATE_LIMITED),
        (refusal(368), FailureKind.RATE_LIMITED),
        (refusal(613), FailureKind.RATE_LIMITED),
        (answer(THROTTLED, 400), FailureKind.RATE_LIMITED),
        (refusal(80002), FailureKind.RATE_LIMITED),
        (answer(b"", 429), FailureKind.RATE_LIMITED),
        (refusal(1), FailureKind.UNAVAILABLE),
        (refusal(2), FailureKind.UNAVAILABLE),
        (refusal(-1), FailureKind.UNAVAILABLE),
        (refusal(99999, is_transient=True), FailureKind.UNAVAILABLE),
        (refusal(99999, status=503), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 502), FailureKind.UNAVAILABLE),
        (refusal(99999), FailureKind.INVALID),
        (refusal(100, status=500), FailureKind.INVALID),
        (refusal(12), FailureKind.INVALID),
        (refusal(2500), FailureKind.INVALID),
        (refusal(3001), FailureKind.INVALID),
        (refusal(101), FailureKind.MISCONFIGURED),
        (refusal(104), FailureKind.MISCONFIGURED),
        (refusal(100, "Invalid appsecret_proof provided"), FailureKind.MISCONFIGURED),
        (refusal(803, status=404), FailureKind.NOT_FOUND),
        (refusal(100, "cannot be loaded due to missing permissions", 33), FailureKind.NOT_FOUND),
    ],
)
def test_failures_by_code_before_status(reply: Any, kind: FailureKind) -> None:
    reading = classified(reply)
    assert reading.kind is kind
    assert not reading.cursor


def test_the_evidence_names_code_and_subcode() -> None:
    assert classified(refusal(190, subcode=463)).code == "190/463"
    assert classified(refusal(190)).code == "190"
    assert classified(answer(b"", 500)).code is None


@pytest.mark.parametrize("message", ["(#100) Invalid cursors values", "Invalid paging token"])
def test_a_refused_cursor_is_the_callers(message: str) -> None:
    reading = classified(refusal(100, message))
    assert (reading.kind, reading.cursor) == (FailureKind.INVALID, True)


def throttled(**headers: str) -> float | None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return classified(answer(THROTTLED, 400, named)).retry_after


def test_a_throttle_says_when_it_ends() -> None:
    busy = BUSINESS_USAGE.replace('access":0', 'access":19')
    assert throttled(x_business_use_case_usage=busy) == 19 * 60
    two = json.dumps(
        {k: [{"estimated_time_to_regain_access": v}] for k, v in {"1": 3, "2": "7"}.items()}
    )
    assert throttled(x_business_use_case_usage=two, x_app_usage=APP_USAGE) == 7 * 60
    spent = {"call_count": 100, "estimated_time_to_regain_access": 3}
    other = {"call_count": 40, "estimated_time_to_regain_access": 90}
    both = json.dumps({"1": [spent, other], "2": [other]})
    assert throttled(x_business_use_case_usage=both) == 3 * 60, "the limit that is used up"
    alone = json.dumps({"call_count": 100, "estimated_time_to_regain_access": 5})
    assert throttled(x_app_usage=alone) == 5 * 60


@pytest.mark.parametrize("usage", [BUSINESS_USAGE, "", "[]", "{", "null", '{"1":[3]}', '{"1":{}}'])
def test_a_throttle_without_time_falls_back_to_retry_after(usage: str) -> None:
    assert throttled(x_business_use_case_usage=usage, retry_after="30") == 30
    assert throttled(x_business_use_case_usage=usage, x_app_usage=APP_USAGE) is None


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ({"x-app-usage": '{"call_count":28,"total_time":85,"total_cputime":25}'}, [("app", 15)]),
        ({"x-business-use-case-usage": BUSINESS_USAGE}, [("account", 3)]),
        ({"x-page-usage": '{"call_count":140}'}, [("account", 1)]),
        ({"x-app-usage": '{"call_count":"x","total_time":null}'}, []),
        ({"x-app-usage": "[3]", "x-page-usage": "{"}, []),
    ],
)
def test_what_is_left_is_told_in_per_cent(
    facebook: Facebook, headers: dict[str, str], left: list[tuple[str, int]]
) -> None:
    quotas = facebook.remaining_quotas(answer({"data": []}, 200, headers))
    assert [(quota.bucket, quota.remaining) for quota in quotas] == left
    assert all((quota.limit, quota.reset_in) == (100, 3600.0) for quota in quotas)


def test_usage_headers_of_other_failures_mean_nothing() -> None:
    busy = {"x-business-use-case-usage": BUSINESS_USAGE.replace('access":0', 'access":19')}
    assert classified(answer({"error": {"code": 190}}, 400, busy)).retry_after is None
