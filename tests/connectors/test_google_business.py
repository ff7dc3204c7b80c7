"""Google Business Profile, over the answers of its documentation."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.google.business.accounts import LOCATIONS_REFUSED
from openchannels.connectors.google.business.api import SCOPE
from openchannels.connectors.google.business.connector import NOT_APPROVED, GoogleBusiness
from openchannels.core.accounts import Candidate
from openchannels.core.availability import METRIC_FIELDS
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.paging import WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import TransportError
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for, page

LOCATION, OWNER = "9876543210987654321", "accounts/117700112233445566778"
PERSONAL = "accounts/104512345678901234567"
TOKEN_ANSWER = json.loads(
    """
{"access_token":"ya29.a0AfGbpExample","expires_in":3599,"refresh_token":"1//09GbpExample","scope":"https://www.googleapis.com/auth/business.manage openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile","token_type":"Bearer","id_token":"eyJhbGci..."}
"""  # noqa: E501
)
ACCOUNTS = json.loads(
    """
{"accounts":[{"name":"accounts/104512345678901234567","accountName":"Ida Holm","type":"PERSONAL","verificationState":"UNVERIFIED","vettedState":"NOT_VETTED"},
{"name":"accounts/117700112233445566778","accountName":"Kiln & Clay shops","type":"LOCATION_GROUP","role":"OWNER","verificationState":"VERIFIED","vettedState":"NOT_VETTED","permissionLevel":"OWNER_LEVEL","accountNumber":"5540012345"}],"nextPageToken":"CiAKGjBpNDd2"}
"""  # noqa: E501
)
LOCATIONS = json.loads(
    """
{"locations":[{"name":"locations/9876543210987654321","title":"Kiln & Clay Aarhus","storeCode":"AAR-1","websiteUri":"https://kiln.example/","storefrontAddress":{"regionCode":"DK","postalCode":"8000","locality":"Aarhus","addressLines":["Havnegade 4"]},
"metadata":{"placeId":"ChIJExamplePlace","mapsUri":"https://maps.google.com/maps?cid=123456789","newReviewUri":"https://search.google.com/local/writereview?placeid=ChIJExamplePlace","canOperateLocalPost":true,"hasVoiceOfMerchant":true}}],"nextPageToken":"AbCdEf"}
"""  # noqa: E501
)
POSTS = json.loads(
    """
{"localPosts":[{"name":"accounts/117700112233445566778/locations/9876543210987654321/localPosts/4455667788990011223","languageCode":"da","summary":"New ash glaze bowls on the shelf this Friday.","callToAction":{"actionType":"LEARN_MORE","url":"https://kiln.example/bowls"},
"createTime":"2026-10-09T07:31:02.481Z","updateTime":"2026-10-09T07:31:10.004Z","state":"LIVE","media":[{"name":"accounts/117700112233445566778/locations/9876543210987654321/media/localPosts/AF1QipExample","mediaFormat":"PHOTO","googleUrl":"https://lh3.googleusercontent.com/p/AF1QipExample"}],
"searchUrl":"https://local.google.com/place?id=1234567890&use=posts&lpsid=555","topicType":"STANDARD"},
{"name":"accounts/117700112233445566778/locations/9876543210987654321/localPosts/4455667788990011000","languageCode":"da","summary":"Throwing evening","event":{"title":"Open wheel night","schedule":{"startDate":{"year":2026,"month":11,"day":6},"startTime":{"hours":18},"endDate":{"year":2026,"month":11,"day":6},"endTime":{"hours":21,"minutes":30}}},
"createTime":"2026-09-28T12:00:00Z","updateTime":"2026-09-28T12:00:04Z","state":"LIVE","searchUrl":"https://local.google.com/place?id=1234567890&use=posts&lpsid=554","topicType":"EVENT"}],"nextPageToken":"Cg4KDGV4YW1wbGU"}
"""  # noqa: E501
)
NOT_APPROVED_ANSWER = json.loads(
    """
{"error":{"code":429,"message":"Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' of service 'mybusinessaccountmanagement.googleapis.com' for consumer 'project_number:123456789012'.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED","domain":"googleapis.com","metadata":{"quota_limit_value":"0","quota_limit":"DefaultRequestsPerMinutePerProject","service":"mybusinessaccountmanagement.googleapis.com"}}]}}
"""  # noqa: E501
)
CLAIMS = base64.urlsafe_b64encode(b'{"sub":"1045"}').decode().rstrip("=")
TOKENS = Tokens("ya29", refresh_token="1//09", extra={"id_token": f"h.{CLAIMS}.s"})
ACCOUNT = account_of(
    Platform("google_business"),
    LOCATION,
    nickname="Kiln & Clay Aarhus",
    handle=OWNER,
    facts={"account": OWNER},
)


@pytest.fixture
def google() -> GoogleBusiness:
    return GoogleBusiness()


def refusal(status: int, label: str | None = None, reason: str | None = None, **more: Any) -> Any:
    error: dict[str, Any] = {"code": status, "message": "no", "status": label}
    if reason:
        error["details"] = [{"links": []}, {"reason": reason, **more}]
    return answer({"error": error}, status)


def classified(reply: Any) -> Failure:
    reading = GoogleBusiness().classify(reply)
    assert reading is not None
    return reading


# Connecting


def test_the_consent_page(google: GoogleBusiness) -> None:
    app = client_for(google, FakeSend()).app
    parts = urlsplit(google.auth.authorize_url(app, "the-state", "verifier"))
    query = parse_qs(parts.query)
    assert f"{parts.netloc}{parts.path}" == "accounts.google.com/o/oauth2/v2/auth"
    assert query["scope"] == [f"{SCOPE} openid profile email"]
    assert query["access_type"] == ["offline"]
    assert query["prompt"] == ["consent select_account"]
    assert query["code_challenge_method"] == ["S256"]
    assert "include_granted_scopes" not in query
    form = google.auth.oauth_config(app)
    assert (form.required_scopes, form.issuer) == ((SCOPE,), "https://accounts.google.com")


async def test_a_code_is_redeemed_in_one_call(google: GoogleBusiness) -> None:
    send = FakeSend().on("/token", {**TOKEN_ANSWER, "novel": 1})
    tokens = await google.auth.exchange(client_for(google, send), {"code": "4/0A"}, "verifier")
    assert (tokens.access_token, tokens.refresh_token) == ("ya29.a0AfGbpExample", "1//09GbpExample")
    assert tokens.expires_at == NOW + 3599
    assert tokens.scopes is not None
    assert SCOPE in tokens.scopes
    assert google.auth.grant_end(tokens) is None
    assert len(send.calls) == 1
    assert send.calls[0].form == {
        "grant_type": "authorization_code",
        "code": "4/0A",
        "client_id": "app-id",
        "client_secret": "app-secret",
        "redirect_uri": "https://oc.example/callback",
        "code_verifier": "verifier",
    }


async def test_a_grant_of_seven_days_has_an_end(google: GoogleBusiness) -> None:
    body = {**TOKEN_ANSWER, "expires_in": "3599", "refresh_token_expires_in": "604799"}
    send = FakeSend().on("/token", body)
    tokens = await google.auth.exchange(client_for(google, send), {"code": "4/0A"}, "v")
    assert (tokens.expires_at, google.auth.grant_end(tokens)) == (NOW + 3599, NOW + 604799)
    assert google.auth.refreshable(tokens, NOW)
    assert not google.auth.refreshable(tokens, NOW + 604799)


@pytest.mark.parametrize("missing", ["scope", "expires_in", "id_token", "token_type"])
async def test_what_a_token_answer_may_lack(google: GoogleBusiness, missing: str) -> None:
    body = {k: v for k, v in TOKEN_ANSWER.items() if k != missing}
    send = FakeSend().on("/token", body)
    tokens = await google.auth.exchange(client_for(google, send), {"code": "4/0A"}, "v")
    assert tokens.access_token == "ya29.a0AfGbpExample"
    # What Google's papers say stands in for the end.
    lives = 3600 if missing == "expires_in" else TOKEN_ANSWER["expires_in"]
    assert (tokens.scopes is None, tokens.expires_at) == (missing == "scope", NOW + lives)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (
            answer({"error": "invalid_grant", "error_description": "Bad Request"}, 400),
            FailureKind.DEAD_GRANT,
        ),
        (
            answer({"error": "invalid_client", "error_description": "Unauthorized"}, 401),
            FailureKind.MISCONFIGURED,
        ),
        (answer(b"<html>", 502), FailureKind.UNAVAILABLE),
        (answer(b"<html>"), FailureKind.MALFORMED),
    ],
)
async def test_a_refused_code_or_refresh(
    google: GoogleBusiness, reply: Any, kind: FailureKind
) -> None:
    send = FakeSend().on("/token", reply)
    for call in (
        google.auth.exchange(client_for(google, send), {"code": "x"}, "v"),
        google.auth.refresh(client_for(google, send), TOKENS),
    ):
        with pytest.raises(PlatformFailure) as caught:
            await call
        assert caught.value.kind is kind
    assert len(send.calls) == 2


async def test_a_refresh_keeps_the_refresh_token_it_does_not_repeat(google: GoogleBusiness) -> None:
    send = FakeSend().on("/token", {"access_token": "new", "expires_in": 3599})
    fresh = await google.auth.refresh(client_for(google, send), TOKENS)
    assert (fresh.access_token, fresh.refresh_token) == ("new", "1//09")


# Locations behind a grant


async def locations_of(google: GoogleBusiness, send: FakeSend) -> list[Candidate]:
    return await google.accounts.candidates(client_for(google, send), TOKENS)


def place(identifier: int, title: str | None = None, **more: Any) -> dict[str, Any]:
    return {"name": f"locations/{identifier}", **({"title": title} if title else {}), **more}


async def test_every_location_of_every_account(google: GoogleBusiness) -> None:
    send = FakeSend().on("/v1/accounts", {}, pageToken="CiAKGjBpNDd2").on("/v1/accounts", ACCOUNTS)
    send.on(f"{OWNER}/locations", {"locations": [place(2, "Odense")]}, pageToken="AbCdEf")
    send.on(f"{OWNER}/locations", LOCATIONS)
    send.on(f"{PERSONAL}/locations", {"locations": [place(3), place(int(LOCATION), "Mine")]})
    first, second, third = await locations_of(google, send)
    assert len(send.calls) == 2 + 2 + 1
    assert all(c.headers == {"Authorization": "Bearer ya29"} for c in send.calls)
    assert send.params(0) == {"pageSize": "20"}
    listings = [i for i, call in enumerate(send.calls) if call.url.endswith("/locations")]
    for index in listings:
        sent = send.params(index)
        assert (sent["pageSize"], sent["orderBy"]) == ("100", "title")
        assert {"name", "title", "metadata"} <= set(sent["readMask"].split(","))
    profile = first.profile
    assert profile.account_id == f"google_business_{LOCATION}"
    assert (profile.uid, profile.account) == (LOCATION, OWNER), "the group's, not the person's"
    assert (profile.nickname, profile.avatar) == ("Kiln & Clay Aarhus", None)
    assert profile.facts == {
        "account": OWNER,
        "place": "Havnegade 4, Aarhus",
        "can_post": True,
        "verified": True,
    }
    assert profile.counters.fans is None
    assert (first.tokens, first.grant_subject) == (TOKENS, "1045")
    assert second.profile.nickname == "Odense"
    assert (third.profile.nickname, third.profile.account) == ("3", PERSONAL)
    assert third.profile.facts["can_post"] is False
    assert Candidate.from_dict(json.loads(json.dumps(first.to_dict()))) == first


async def test_the_highest_role_holds_a_location(google: GoogleBusiness) -> None:
    kinds = [("1", "PERSONAL", None), ("2", "LOCATION_GROUP", "SITE_MANAGER")]
    kinds += [("3", "ORGANIZATION", "NOVEL"), ("4", "USER_GROUP", "PRIMARY_OWNER")]
    rows = [{"name": f"accounts/{n}", "type": t, "role": r} for n, t, r in kinds]
    send = FakeSend().on("/v1/accounts", {"accounts": [*rows, {}, None]})
    send.on("/locations", {"locations": [place(7)]})
    [candidate] = await locations_of(google, send)
    assert candidate.profile.account == "accounts/4"
    assert len(send.calls) == 1 + 4


async def test_many_accounts_and_locations_are_paged(google: GoogleBusiness) -> None:
    rows = [{"name": f"accounts/{i}", "type": "LOCATION_GROUP"} for i in range(25)]
    send = FakeSend().on("/v1/accounts", {"accounts": rows[20:]}, pageToken="A2")
    send.on("/v1/accounts", {"accounts": rows[:20], "nextPageToken": "A2"})
    full = {"locations": [place(i, f"P{i}") for i in range(100)], "nextPageToken": "L2"}
    send.on(
        "accounts/0/locations",
        {"locations": [place(i, f"P{i}") for i in range(100, 130)]},
        pageToken="L2",
    )
    send.on("accounts/0/locations", full).on("/locations", {})
    assert len(await locations_of(google, send)) == 130
    assert len(send.calls) == 2 + 25 + 1


async def test_paging_ends_where_it_turns_in_a_circle(google: GoogleBusiness) -> None:
    send = FakeSend().on("/v1/accounts", {"nextPageToken": "A"})
    assert await locations_of(google, send) == []
    assert len(send.calls) == 2


async def test_branches_of_one_name_are_told_apart(google: GoogleBusiness) -> None:
    send = FakeSend().on("/v1/accounts", {"accounts": [{"name": OWNER}]})
    rows = [
        place(1, "Kiln", storefrontAddress={"locality": "Aarhus", "addressLines": ["Havnegade 4"]}),
        place(2, "Kiln", storeCode="ODE-1"),
        place(3, "Kiln"),
        place(4, "Clay", storeCode="X"),
    ]
    send.on("/locations", {"locations": rows})
    names = [c.profile.nickname for c in await locations_of(google, send)]
    assert names == ["Kiln (Havnegade 4, Aarhus)", "Kiln (ODE-1)", "Kiln", "Clay"]


@pytest.mark.parametrize("body", [{}, {"accounts": []}, {"accounts": [{"name": OWNER}]}])
async def test_a_person_without_locations(google: GoogleBusiness, body: Any) -> None:
    send = FakeSend().on("/v1/accounts", body).on("/locations", {})
    assert await locations_of(google, send) == []
    assert google.accounts.empty_hint is not None
    assert "business.google.com" in google.accounts.empty_hint.as_text().en


async def test_an_account_that_may_not_be_read_is_passed_over(google: GoogleBusiness) -> None:
    refused = refusal(403, "PERMISSION_DENIED")
    send = FakeSend().on("/v1/accounts", {"accounts": ACCOUNTS["accounts"]})
    send.on(f"{OWNER}/locations", refused).on("/locations", {"locations": [place(3)]})
    location, account = await locations_of(google, send)
    assert (location.profile.uid, location.unusable) == ("3", None)
    assert (account.profile.uid, account.unusable) == (OWNER, LOCATIONS_REFUSED)
    send = (
        FakeSend().on("/v1/accounts", {"accounts": ACCOUNTS["accounts"]}).on("/locations", refused)
    )
    with pytest.raises(PlatformFailure) as caught:
        await locations_of(google, send)
    assert caught.value.kind is FailureKind.PERMISSION


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(NOT_APPROVED_ANSWER, 429), FailureKind.MISCONFIGURED),
        (refusal(403, "PERMISSION_DENIED", "SERVICE_DISABLED"), FailureKind.MISCONFIGURED),
        (refusal(429, "RESOURCE_EXHAUSTED"), FailureKind.RATE_LIMITED),
        (refusal(503, "UNAVAILABLE"), FailureKind.UNAVAILABLE),
        (answer(b"<html>"), FailureKind.MALFORMED),
        (TransportError("timeout", "late"), FailureKind.UNAVAILABLE),
    ],
)
async def test_no_location_is_lost_in_silence(
    google: GoogleBusiness, reply: Any, kind: FailureKind
) -> None:
    send = FakeSend().on("/v1/accounts", {"accounts": ACCOUNTS["accounts"]})
    send.on(f"{OWNER}/locations", reply).on("/locations", {"locations": [place(3)]})
    with pytest.raises(PlatformFailure) as caught:
        await locations_of(google, send)
    assert caught.value.kind is kind


# Works


async def listed(google: GoogleBusiness, send: FakeSend, request: Any = None) -> WorksPage:
    return await google.works.fetch_page(
        client_for(google, send), ACCOUNT, TOKENS, request or page()
    )


async def mapped(google: GoogleBusiness, **post: Any) -> Work:
    body = {"localPosts": [{"name": f"{OWNER}/locations/1/localPosts/9", **post}]}
    [work] = (await listed(google, FakeSend().on("/localPosts", body))).items
    return work


async def test_a_page_of_works_takes_one_call(google: GoogleBusiness) -> None:
    send = FakeSend().on("/localPosts", POSTS)
    result = await listed(google, send, page(limit=20))
    assert len(send.calls) == 1
    assert send.calls[0].url == (
        f"https://mybusiness.googleapis.com/v4/{OWNER}/locations/{LOCATION}/localPosts"
    )
    assert send.params() == {"pageSize": "20"}
    assert (result.next, result.previous) == ("Cg4KDGV4YW1wbGU", None)
    post, event = result.items
    assert (post.id, post.mode) == ("4455667788990011223", ContentMode.IMAGE)
    assert (post.title, post.description) == (None, "New ash glaze bowls on the shelf this Friday.")
    assert post.url == "https://local.google.com/place?id=1234567890&use=posts&lpsid=555"
    assert post.cover_url == "https://lh3.googleusercontent.com/p/AF1QipExample"
    assert iso(post.published_at or 0) == "2026-10-09T07:31:02.481Z"
    assert (post.author_name, post.author_uid) == ("Kiln & Clay Aarhus", LOCATION)
    assert (post.status, post.metrics) == (WorkStatus.PUBLISHED, Metrics())
    assert (event.mode, event.title) == (ContentMode.TEXT, "Open wheel night")
    assert event.description == "Throwing evening"
    assert event.cover_url is None


def test_no_metric_is_declared_and_the_reason_is_told(google: GoogleBusiness) -> None:
    assert not google.works.coverage.names() & set(METRIC_FIELDS)
    reason = google.works.coverage.cell("viewCount").reason
    assert reason is not None
    assert "2023" in reason.en


async def test_the_owner_may_stand_only_in_the_handle(google: GoogleBusiness) -> None:
    send = FakeSend().on(f"{OWNER}/locations/5/localPosts", {})
    account = account_of(Platform("google_business"), "5", handle=OWNER)
    result = await google.works.fetch_page(
        client_for(google, send), account, TOKENS, page("CgY", limit=100)
    )
    assert (result.items, result.next) == ([], None)
    assert send.params() == {"pageSize": "100", "pageToken": "CgY"}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("LIVE", WorkStatus.PUBLISHED),
        ("PROCESSING", WorkStatus.PROCESSING),
        ("REJECTED", WorkStatus.REJECTED),
        ("SCHEDULED", WorkStatus.SCHEDULED),
        ("RECURRING", WorkStatus.SCHEDULED),
        ("LOCAL_POST_STATE_UNSPECIFIED", None),
        ("NOVEL", None),
        (None, None),
    ],
)
async def test_statuses(google: GoogleBusiness, state: Any, status: WorkStatus | None) -> None:
    assert (await mapped(google, state=state)).status is status


@pytest.mark.parametrize(
    ("media", "mode", "cover"),
    [
        ([{"mediaFormat": "PHOTO"}, {"mediaFormat": "VIDEO"}], ContentMode.VIDEO, None),
        ([{"thumbnailUrl": "https://x.example/t"}], ContentMode.IMAGE, "https://x.example/t"),
        ([{"mediaFormat": "NOVEL"}], ContentMode.IMAGE, None),
        ([], ContentMode.TEXT, None),
        ("odd", ContentMode.TEXT, None),
    ],
)
async def test_kinds_and_covers(
    google: GoogleBusiness, media: Any, mode: ContentMode, cover: str | None
) -> None:
    work = await mapped(google, media=media)
    assert (work.mode, work.cover_url) == (mode, cover)


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        ({"createTime": "2026-10-09T07:31:02Z"}, "2026-10-09T07:31:02.000Z"),
        ({"createTime": "2026-10-09T07:31:02.481234567Z"}, "2026-10-09T07:31:02.481Z"),
        ({"createTime": "2026-10-09T07:31:02"}, "2026-10-09T07:31:02.000Z"),
        (
            {
                "state": "SCHEDULED",
                "createTime": "2026-10-09T07:31:02Z",
                "scheduledTime": "2026-12-01T08:00:00Z",
            },
            "2026-12-01T08:00:00.000Z",
        ),
        ({"state": "SCHEDULED", "createTime": "2026-10-09T07:31:02Z"}, "2026-10-09T07:31:02.000Z"),
        (
            {"createTime": "2026-10-09T07:31:02Z", "scheduledTime": "2026-10-01T08:00:00Z"},
            "2026-10-09T07:31:02.000Z",
        ),
    ],
)
async def test_moments(google: GoogleBusiness, post: Any, expected: str) -> None:
    assert iso((await mapped(google, **post)).published_at or 0) == expected


async def test_an_offer_has_its_title_in_the_event(google: GoogleBusiness) -> None:
    offer = {"couponCode": "ASH10", "redeemOnlineUrl": "https://kiln.example/"}
    work = await mapped(google, topicType="OFFER", offer=offer, event={"title": "Ash week"})
    assert (work.title, work.description) == ("Ash week", None)


async def test_a_bare_post_is_only_an_id(google: GoogleBusiness) -> None:
    send = FakeSend().on("/localPosts", {"localPosts": [{"name": "a/b/9"}, {"summary": "x"}, None]})
    [work] = (await listed(google, send)).items
    assert (work.id, work.url, work.published_at, work.title) == ("9", None, None, None)


# Failures


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal(401, "UNAUTHENTICATED"), FailureKind.TOKEN_EXPIRED),
        (answer(b"", 401), FailureKind.UNAVAILABLE),
        (refusal(403, "PERMISSION_DENIED", "SERVICE_DISABLED"), FailureKind.MISCONFIGURED),
        (
            refusal(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            FailureKind.PERMISSION,
        ),
        (refusal(403, "PERMISSION_DENIED"), FailureKind.PERMISSION),
        (refusal(404, "NOT_FOUND"), FailureKind.NOT_FOUND),
        (refusal(400, "INVALID_ARGUMENT"), FailureKind.INVALID),
        (answer(NOT_APPROVED_ANSWER, 429), FailureKind.MISCONFIGURED),
        (refusal(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"), FailureKind.RATE_LIMITED),
        (answer(b"<html>", 429), FailureKind.RATE_LIMITED),
        (refusal(500, "INTERNAL"), FailureKind.UNAVAILABLE),
        (refusal(503, "UNAVAILABLE"), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 504), FailureKind.UNAVAILABLE),
        (refusal(501, "UNIMPLEMENTED"), FailureKind.MISCONFIGURED),
        (answer({"error": 7}, 418), FailureKind.UNAVAILABLE),
    ],
)
def test_failures(reply: Any, kind: FailureKind) -> None:
    assert classified(reply).kind is kind


def test_a_project_without_approval_is_told_so() -> None:
    assert classified(answer(NOT_APPROVED_ANSWER, 429)).detail is NOT_APPROVED
    for limit in ("300", 300, None):
        metadata = {"quota_limit_value": limit}
        reply = refusal(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", metadata=metadata)
        reading = classified(reply)
        assert (reading.kind, reading.bucket) == (FailureKind.RATE_LIMITED, "app")


def test_retry_after_is_obeyed_where_it_comes() -> None:
    reply = answer({"error": {"status": "RESOURCE_EXHAUSTED"}}, 429, {"retry-after": "30"})
    assert classified(reply).retry_after == 30


@pytest.mark.parametrize(("position", "cursor"), [("CgY", True), (None, False)])
async def test_an_invalid_argument_is_the_callers_cursor(
    google: GoogleBusiness, position: str | None, cursor: bool
) -> None:
    send = FakeSend().on("/localPosts", refusal(400, "INVALID_ARGUMENT"))
    with pytest.raises(PlatformFailure) as caught:
        await listed(google, send, page(position))
    assert (caught.value.kind, caught.value.reading.cursor) == (FailureKind.INVALID, cursor)
    assert (caught.value.http_status, caught.value.operation) == (400, "works.list")
