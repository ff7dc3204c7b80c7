"""LinkedIn, over the answers of its documentation."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from openchannels.connectors.linkedin import api
from openchannels.connectors.linkedin.connector import LinkedIn
from openchannels.connectors.linkedin.posts import unescape
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.paging import NumberRequest
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from openchannels.service import errors
from openchannels.transport.client import Answer
from openchannels.transport.rate_limits import BucketState, PlatformRateLimits
from tests.connectors.support import NOW, FakeSend, account_of, answer, client_for

ORGANIZATION = "urn:li:organization:2414183"
ENCODED = "urn%3Ali%3Aorganization%3A2414183"
SHARE = "urn:li:share:7378012345678901234"
SHARE_ENCODED = "urn%3Ali%3Ashare%3A7378012345678901234"
TOKENS = Tokens("AQXexampleAccess")
ACCOUNT = account_of(
    Platform("linkedin"), ORGANIZATION, nickname="Kiln & Clay", facts={"role": "ADMINISTRATOR"}
)
COUNTS_PATH = (
    "/rest/organizationalEntityShareStatistics?q=organizationalEntity"
    f"&organizationalEntity={ENCODED}&shares=List({SHARE_ENCODED})"
)
TOKEN_ANSWER = json.loads(
    """
{"access_token":"AQXexampleAccess","expires_in":5183999,"refresh_token":"AQWexampleRefresh","refresh_token_expires_in":31535999,"scope":"r_basicprofile,r_organization_social,rw_organization_admin","token_type":"Bearer"}
"""
)
CODE_REFUSED = json.loads(
    """
{"error":"invalid_request","error_description":"Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or authorization code expired. Or external member binding exists"}
"""  # noqa: E501
)
CLIENT_REFUSED = json.loads(
    '{"error":"invalid_client","error_description":"Client authentication failed"}'
)
REFRESH_REFUSED = {
    "error": "invalid_request",
    "error_description": "The provided authorization grant or refresh token is invalid, expired "
    "or revoked",
}
USERINFO = json.loads(
    """
{"sub":"782bbtaQex","name":"Ida Holm","given_name":"Ida","family_name":"Holm","picture":"https://media.licdn.com/dms/image/v2/ex/profile-displayphoto-shrink_100_100/0/1700000000000?e=1796256000&v=beta&t=abc","locale":{"country":"US","language":"en"},"email":"ida@example.com","email_verified":true}
"""
)
ME = {
    "id": "782bbtaQex",
    "localizedFirstName": "Ida",
    "localizedLastName": "Holm",
    "vanityName": "idaholm",
}
ACLS = json.loads(
    """
{"paging":{"start":0,"count":100,"links":[],"total":1},"elements":[{"role":"ADMINISTRATOR","organization":"urn:li:organization:2414183","roleAssignee":"urn:li:person:782bbtaQex","state":"APPROVED"}]}
"""
)
ORGANIZATIONS = json.loads(
    """
{"results":{"2414183":{"id":2414183,"localizedName":"Kiln & Clay","vanityName":"kiln-and-clay","logoV2":{"original":"urn:li:digitalmediaAsset:C560EX","cropped":"urn:li:digitalmediaAsset:C560EX"},"localizedWebsite":"https://kiln.example"}},"statuses":{},"errors":{}}
"""
)
LOGO = {"results": {"urn:li:image:C560EX": {"downloadUrl": "https://media.licdn.com/logo"}}}
POSTS = json.loads(
    r"""
{"paging":{"start":0,"count":20,"links":[{"type":"application/json","rel":"next","href":"/rest/posts?author=urn%3Ali%3Aorganization%3A2414183&count=20&q=author&sortBy=CREATED&start=20"}]},
"elements":[{"id":"urn:li:share:7378012345678901234","author":"urn:li:organization:2414183","commentary":"New ash glaze \\#pottery with @[Ida Holm](urn:li:person:782bbtaQex)","visibility":"PUBLIC","lifecycleState":"PUBLISHED","lifecycleStateInfo":{"isEditedByAuthor":false},"createdAt":1790960409123,"publishedAt":1790960409123,"lastModifiedAt":1790960411000,
"distribution":{"feedDistribution":"MAIN_FEED","targetEntities":[],"thirdPartyDistributionChannels":[]},"content":{"media":{"id":"urn:li:image:D4E10AQEx","altText":"bowls"}},"isReshareDisabledByAuthor":false}]}
"""  # noqa: E501
)
STATISTICS = json.loads(
    """
{"paging":{"start":0,"count":10,"links":[]},"elements":[{"organizationalEntity":"urn:li:organization:2414183","share":"urn:li:share:7378012345678901234","totalShareStatistics":{"uniqueImpressionsCount":830,"shareCount":2,"engagement":0.0612,"clickCount":37,"likeCount":19,"impressionCount":1207,"commentCount":3}}]}
"""
)
SOCIAL = json.loads(
    """
{"results":{"urn:li:share:7378012345678901234":{"reactionSummaries":{"LIKE":{"reactionType":"LIKE","count":15},"EMPATHY":{"reactionType":"EMPATHY","count":4}},"commentsState":"OPEN","commentSummary":{"count":3,"topLevelCount":2}}}}
"""
)
IMAGES = json.loads(
    """
{"results":{"urn:li:image:D4E10AQEx":{"id":"urn:li:image:D4E10AQEx","owner":"urn:li:organization:2414183","status":"AVAILABLE","downloadUrl":"https://media.licdn.com/dms/image/ex","downloadUrlExpiresAt":1793552409000}}}
"""
)
PERSON_DENIED = json.loads(
    """
{"status":403,"serviceErrorCode":100,"code":"ACCESS_DENIED","message":"Not enough permissions to access: partnerApiPosts.FINDER-author.20260901"}
"""  # noqa: E501
)
DAY_LIMIT = json.loads(
    """
{"status":429,"serviceErrorCode":101,"code":"TOO_MANY_REQUESTS","message":"Resource level throttle APPLICATION DAY limit for calls to this resource is reached."}
"""  # noqa: E501
)
REVOKED = {"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN"}


@pytest.fixture
def linkedin() -> LinkedIn:
    return LinkedIn()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PROPAGATION_DELAYS", (0.0, 0.0, 0.0, 0.0))


def request(page: int = 1, size: int = 20) -> NumberRequest:
    return NumberRequest(page, size)


def post(identifier: str = SHARE, **parts: Any) -> dict[str, Any]:
    return {**deepcopy(POSTS["elements"][0]), "id": identifier, **parts}


class Played(FakeSend):
    """LinkedIn with lists in its paths: calls are told apart by what the path begins with."""

    def __init__(self, posts: Any, counts: Any = None, images: Any = None, videos: Any = None):
        super().__init__()
        self.replies = {
            "posts": posts,
            "organizationalEntityShareStatistics": counts,
            "socialMetadata": counts,
            "images": images,
            "videos": videos,
        }

    async def __call__(self, call: Any) -> Answer:
        self.calls.append(call)
        reply = self.replies[self.names[-1]]
        return reply if isinstance(reply, Answer) else answer(reply or {})

    @property
    def names(self) -> list[str]:
        return [call.url.rsplit("/", 1)[1].partition("?")[0] for call in self.calls]


async def only(linkedin: LinkedIn, item: dict[str, Any], **replies: Any) -> Any:
    send = Played({"elements": [item]}, **replies)
    result = await linkedin.works.fetch_page(client_for(linkedin, send), ACCOUNT, TOKENS, request())
    return result.items[0]


# Connecting


def test_the_consent_page(linkedin: LinkedIn) -> None:
    app = client_for(linkedin, FakeSend()).app
    url = linkedin.auth.authorize_url(app, "state", None)
    assert url.startswith("https://www.linkedin.com/oauth/v2/authorization?")
    assert "scope=r_basicprofile%20r_organization_social%20rw_organization_admin" in url
    assert "code_challenge" not in parse_qs(urlsplit(url).query)
    assert not linkedin.auth.oauth_config(app).pkce


async def test_a_code_is_redeemed_in_one_call(linkedin: LinkedIn) -> None:
    send = FakeSend().on("/oauth/v2/accessToken", TOKEN_ANSWER)
    tokens = await linkedin.auth.exchange(client_for(linkedin, send), {"code": "AQT"}, None)
    assert tokens.access_token == "AQXexampleAccess"
    assert tokens.refresh_token == "AQWexampleRefresh"
    assert (tokens.expires_at, tokens.refresh_expires_at) == (NOW + 5183999, NOW + 31535999)
    assert tokens.scopes == ("r_basicprofile", "r_organization_social", "rw_organization_admin")
    assert dict(send.calls[0].form or {}) == {
        "grant_type": "authorization_code",
        "code": "AQT",
        "redirect_uri": "https://oc.example/callback",
        "client_id": "app-id",
        "client_secret": "app-secret",
    }


async def test_a_partners_grant_is_refreshed_until_its_own_end(linkedin: LinkedIn) -> None:
    body = {**TOKEN_ANSWER, "access_token": "new", "refresh_token_expires_in": "1000"}
    send = FakeSend().on("/accessToken", body, grant_type="refresh_token")
    old = Tokens("old", refresh_token="AQWexampleRefresh", refresh_expires_at=NOW + 2000)
    assert linkedin.auth.refreshable(old, NOW)
    fresh = await linkedin.auth.refresh(client_for(linkedin, send), old)
    assert (fresh.access_token, fresh.refresh_token) == ("new", "AQWexampleRefresh")
    assert linkedin.auth.grant_end(fresh) == NOW + 1000
    assert not linkedin.auth.refreshable(fresh, NOW + 1001)


async def test_an_ordinary_apps_grant_ends_with_its_access_token(linkedin: LinkedIn) -> None:
    body = {
        "access_token": "AQX",
        "expires_in": "5184000",
        "scope": "openid profile email",
        "id_token": "h.e.s",
        "novel": [],
    }
    send = FakeSend().on("/accessToken", body)
    tokens = await linkedin.auth.exchange(client_for(linkedin, send), {"code": "x"}, None)
    assert tokens.scopes == ("openid", "profile", "email")
    assert linkedin.auth.grant_end(tokens) == NOW + 5184000
    assert not linkedin.auth.refreshable(tokens, NOW)


async def test_a_bare_token_answer(linkedin: LinkedIn) -> None:
    send = FakeSend().on("/accessToken", {"access_token": "a"})
    tokens = await linkedin.auth.exchange(client_for(linkedin, send), {"code": "x"}, None)
    assert tokens == Tokens("a", expires_at=NOW + 60 * 86_400)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(CODE_REFUSED, 400), FailureKind.DEAD_GRANT),
        (answer(CODE_REFUSED, 401), FailureKind.DEAD_GRANT),
        (answer(REFRESH_REFUSED, 400), FailureKind.DEAD_GRANT),
        (answer({"error": "invalid_grant"}, 400), FailureKind.DEAD_GRANT),
        (answer(CLIENT_REFUSED, 401), FailureKind.MISCONFIGURED),
        (
            answer(
                {
                    "error": "invalid_request",
                    "error_description": 'A required parameter "client_secret" is missing',
                },
                400,
            ),
            FailureKind.INVALID,
        ),
        (answer(b"<html>", 401), FailureKind.UNAVAILABLE),
        (answer(b"<html>", 502), FailureKind.UNAVAILABLE),
        (answer({}, 429), FailureKind.RATE_LIMITED),
        (answer(b"<html>"), FailureKind.MALFORMED),
        (answer({}), FailureKind.MALFORMED),
    ],
)
async def test_a_refused_refresh(linkedin: LinkedIn, reply: Answer, kind: FailureKind) -> None:
    send = FakeSend().on("/accessToken", reply)
    with pytest.raises(PlatformFailure) as caught:
        await linkedin.auth.refresh(client_for(linkedin, send), Tokens("a", refresh_token="r"))
    assert caught.value.kind is kind


def connecting(person: Any = ME, acls: Any = ACLS) -> FakeSend:
    send = FakeSend().on("/v2/me", person).on("/v2/userinfo", person)
    send.on("/rest/organizationAcls", acls)
    send.on("/rest/organizations?ids=List(2414183)", ORGANIZATIONS)
    return send.on("/rest/images?ids=List(urn%3Ali%3Aimage%3AC560EX)", LOGO)


async def test_the_member_and_each_organisation_may_be_chosen(linkedin: LinkedIn) -> None:
    send = connecting()
    client = client_for(linkedin, send, version="202610")
    person, page = await linkedin.accounts.candidates(client, TOKENS)
    assert person.profile.account_id == "linkedin_782bbtaQex"
    assert (person.profile.nickname, person.profile.handle) == ("Ida Holm", "idaholm")
    assert page.profile.account_id == f"linkedin_{ORGANIZATION}"
    assert (page.profile.nickname, page.profile.handle) == ("Kiln & Clay", "kiln-and-clay")
    assert page.profile.avatar == "https://media.licdn.com/logo"
    assert page.profile.facts == {"role": "ADMINISTRATOR"}
    assert page.profile.counters.fans is None
    assert {person.grant_subject, page.grant_subject} == {"782bbtaQex"}
    assert person.tokens == page.tokens == TOKENS
    assert len(send.calls) == 4
    assert send.params(1) == {
        "q": "roleAssignee",
        "state": "APPROVED",
        "start": "0",
        "count": "100",
    }
    headers = send.calls[1].headers
    assert headers["LinkedIn-Version"] == "202610"
    assert headers["X-Restli-Protocol-Version"] == "2.0.0"
    assert headers["Authorization"] == "Bearer AQXexampleAccess"


async def test_an_app_for_signing_in_connects_the_member_alone(linkedin: LinkedIn) -> None:
    send = FakeSend().on("/v2/userinfo", USERINFO)
    tokens = Tokens("a", scopes=("openid", "profile", "email"))
    [person] = await linkedin.accounts.candidates(client_for(linkedin, send), tokens)
    assert (person.profile.uid, person.profile.nickname) == ("782bbtaQex", "Ida Holm")
    assert (person.profile.avatar or "").startswith("https://media.licdn.com/dms/image/v2/ex/")
    assert person.profile.handle is None
    assert len(send.calls) == 1


async def test_a_member_of_whom_only_the_id_is_told(linkedin: LinkedIn) -> None:
    send = connecting({"id": "x"}, {"elements": []})
    [person] = await linkedin.accounts.candidates(client_for(linkedin, send), TOKENS)
    assert (person.profile.nickname, person.profile.avatar) == ("x", None)
    assert len(send.calls) == 2
    with pytest.raises(PlatformFailure) as caught:
        await linkedin.accounts.candidates(client_for(linkedin, connecting({})), TOKENS)
    assert caught.value.kind is FailureKind.MALFORMED


async def test_only_roles_that_read_posts_are_offered_and_once(linkedin: LinkedIn) -> None:
    brand = "urn:li:organizationBrand:9"
    rows = [
        {"role": "CONTENT_ADMINISTRATOR", "organizationTarget": ORGANIZATION},
        {"role": "ADMINISTRATOR", "organizationTarget": ORGANIZATION},
        {"role": "ANALYST", "organization": "urn:li:organization:5"},
        {"role": "CONTENT_ADMINISTRATOR", "organization": brand},
        {"role": "ADMINISTRATOR"},
        None,
    ]
    send = FakeSend().on("/v2/me", ME).on("/organizationAcls", {"elements": rows})
    send.on("/rest/organizations?ids=List(2414183,9)", {"results": {}}).on(
        "/rest/organizations?ids=List(9,2414183)", {"results": {}}
    )
    _, *pages = await linkedin.accounts.candidates(client_for(linkedin, send), TOKENS)
    assert {page.profile.uid: page.profile.facts["role"] for page in pages} == {
        ORGANIZATION: "ADMINISTRATOR",
        brand: "CONTENT_ADMINISTRATOR",
    }
    assert {page.profile.nickname for page in pages} == {ORGANIZATION, brand}


async def test_a_long_list_of_organisations_is_followed(linkedin: LinkedIn) -> None:
    longer = {**ACLS, "paging": {"links": [{"rel": "next"}]}}
    send = FakeSend().on("/v2/me", ME).on("/organizationAcls", {"elements": []}, start="100")
    send.on("/organizationAcls", longer)
    send.on("?ids=List(2414183)", ORGANIZATIONS)
    send.on("/images?ids=List(urn%3Ali%3Aimage%3AC560EX)", answer({}, 500))
    _, page = await linkedin.accounts.candidates(client_for(linkedin, send), TOKENS)
    assert page.profile.avatar is None


async def test_a_new_token_is_given_time_to_become_known(linkedin: LinkedIn) -> None:
    send = FakeSend().on("/v2/userinfo", answer(REVOKED, 401), answer(REVOKED, 401), USERINFO)
    tokens = Tokens("a", scopes=("openid",))
    assert len(await linkedin.accounts.candidates(client_for(linkedin, send), tokens)) == 1
    assert len(send.calls) == 3


async def test_a_token_that_stays_unknown_is_refused(linkedin: LinkedIn) -> None:
    send = FakeSend().on("/v2/me", answer(REVOKED, 401))
    with pytest.raises(PlatformFailure) as caught:
        await linkedin.accounts.candidates(client_for(linkedin, send), TOKENS)
    assert caught.value.kind is FailureKind.TOKEN_EXPIRED
    assert len(send.calls) == 5


# Works


async def test_a_page_of_works_takes_three_calls(linkedin: LinkedIn) -> None:
    send = Played(POSTS, STATISTICS, IMAGES)
    result = await linkedin.works.fetch_page(
        client_for(linkedin, send), ACCOUNT, TOKENS, request(2)
    )
    assert send.names == ["posts", "organizationalEntityShareStatistics", "images"]
    listing, counts, images = send.calls
    assert listing.url == "https://api.linkedin.com/rest/posts"
    assert list(listing.params.items()) == [
        ("author", ORGANIZATION),
        ("q", "author"),
        ("sortBy", "CREATED"),
        ("viewContext", "AUTHOR"),
        ("count", 20),
        ("start", 20),
    ]
    assert listing.headers["X-RestLi-Method"] == "FINDER"
    assert listing.headers["LinkedIn-Version"] == "202609"
    assert counts.url == f"https://api.linkedin.com{COUNTS_PATH}"
    assert images.url.endswith("/rest/images?ids=List(urn%3Ali%3Aimage%3AD4E10AQEx)")
    [work] = result.items
    assert work.id == SHARE
    assert work.mode is ContentMode.IMAGE
    assert work.title is None
    assert work.description == "New ash glaze #pottery with Ida Holm"
    assert work.url == f"https://www.linkedin.com/feed/update/{SHARE}/"
    assert work.cover_url == "https://media.licdn.com/dms/image/ex"
    assert iso(work.published_at or 0) == "2026-10-02T17:00:09.123Z"
    assert (work.author_name, work.author_uid) == ("Kiln & Clay", ORGANIZATION)
    assert work.status is WorkStatus.PUBLISHED
    assert work.metrics == Metrics(
        impressions=1207, reach=830, likes=19, comments=3, shares=2, clicks=37, engagements=61
    )
    assert (result.has_next, result.total) == (True, None)


async def test_a_member_account_is_told_why_it_lists_nothing(linkedin: LinkedIn) -> None:
    send = FakeSend()
    person = account_of(Platform("linkedin"), "782bbtaQex")
    with pytest.raises(PlatformFailure) as caught:
        await linkedin.works.fetch_page(client_for(linkedin, send), person, TOKENS, request())
    assert (caught.value.kind, caught.value.retryable) == (FailureKind.PERMISSION, False)
    assert isinstance(caught.value.reading.detail, Text)
    assert send.calls == []
    error = errors.to_error(caught.value, NOW, account_id=person.id)
    assert error.code.number == 15078
    assert "connect an organization page" in error.data["detail"]["en-US"]
    assert json.dumps(error.data)


@pytest.mark.parametrize("body", [{"elements": [], "paging": {}}, {"elements": [None, {}]}])
async def test_nothing_to_list_takes_one_call(linkedin: LinkedIn, body: Any) -> None:
    send = Played(body)
    result = await linkedin.works.fetch_page(client_for(linkedin, send), ACCOUNT, TOKENS, request())
    assert (result.items, result.has_next, send.names) == ([], False, ["posts"])


async def test_a_short_page_may_have_a_next_and_a_total(linkedin: LinkedIn) -> None:
    body = {"elements": [], "paging": {"total": 41, "links": [{"rel": "next"}, None]}}
    result = await linkedin.works.fetch_page(
        client_for(linkedin, Played(body)), ACCOUNT, TOKENS, request()
    )
    assert (result.has_next, result.total) == (True, 41)


async def test_both_kinds_of_posts_are_counted_in_one_call(linkedin: LinkedIn) -> None:
    ugc = "urn:li:ugcPost:72"
    counted = {"elements": [{"ugcPost": ugc, "totalShareStatistics": {"likeCount": 1}}]}
    send = Played({"elements": [post(ugc, content=None), post(content=None)]}, counted)
    result = await linkedin.works.fetch_page(client_for(linkedin, send), ACCOUNT, TOKENS, request())
    assert send.names == ["posts", "organizationalEntityShareStatistics"]
    assert send.calls[1].url.endswith(
        f"&shares=List({SHARE_ENCODED})&ugcPosts=List(urn%3Ali%3AugcPost%3A72)"
    )
    assert [work.metrics for work in result.items] == [Metrics(likes=1), Metrics()]


async def test_a_video_takes_a_fourth_call(linkedin: LinkedIn) -> None:
    video = {"media": {"id": "urn:li:video:V1", "title": "Kiln"}}
    told = {"results": {"urn:li:video:V1": {"thumbnail": "https://t", "downloadUrl": "https://d"}}}
    posts = {"elements": [post("urn:li:share:1", content=video), post()]}
    send = Played(posts, STATISTICS, IMAGES, told)
    result = await linkedin.works.fetch_page(client_for(linkedin, send), ACCOUNT, TOKENS, request())
    assert send.names == ["posts", "organizationalEntityShareStatistics", "images", "videos"]
    first, _ = result.items
    assert (first.mode, first.title, first.cover_url) == (ContentMode.VIDEO, "Kiln", "https://t")
    assert first.metrics == Metrics()


async def test_the_largest_page_takes_four_calls(linkedin: LinkedIn) -> None:
    def content(number: int) -> dict[str, Any]:
        kind = "video" if number % 2 else "image"
        return {"media": {"id": f"urn:li:{kind}:{number}"}}

    posts = [post(f"urn:li:share:{n}", content=content(n)) for n in range(100)]
    send = Played({"elements": posts})
    result = await linkedin.works.fetch_page(
        client_for(linkedin, send), ACCOUNT, TOKENS, request(1, 100)
    )
    assert len(result.items) == 100
    counts = "organizationalEntityShareStatistics"
    assert send.names == ["posts", counts, counts, "images"]


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("CONTENT_ADMINISTRATOR", None),
        ("ADMINISTRATOR", ("r_organization_social", "r_organization_admin")),
    ],
)
async def test_without_the_administrators_right_there_are_fewer_counts(
    linkedin: LinkedIn, role: str, scopes: Any
) -> None:
    send = Played(POSTS, SOCIAL, IMAGES)
    account = account_of(Platform("linkedin"), ORGANIZATION, facts={"role": role})
    client = client_for(linkedin, send)
    [work] = (
        await linkedin.works.fetch_page(client, account, Tokens("a", scopes=scopes), request())
    ).items
    assert send.calls[1].url.endswith(f"/rest/socialMetadata?ids=List({SHARE_ENCODED})")
    assert work.metrics == Metrics(likes=19, comments=3)


async def test_failing_counts_and_pictures_cost_nothing_else(linkedin: LinkedIn) -> None:
    denied = answer(PERSON_DENIED, 403)
    work = await only(linkedin, post(), counts=denied, images=answer(b"<html>"))
    assert (work.metrics, work.cover_url) == (Metrics(), None)


async def test_a_limit_on_counts_does_not_stop_the_list(linkedin: LinkedIn) -> None:
    limits = BucketState(lambda: NOW)
    rate_limits = PlatformRateLimits(limits, lambda: NOW, lambda *_: None, account=ACCOUNT.id)
    send = Played(POSTS, answer(DAY_LIMIT, 429), IMAGES)
    client = replace(client_for(linkedin, send), rate_limits=rate_limits)
    for _ in range(2):
        result = await linkedin.works.fetch_page(client, ACCOUNT, TOKENS, request())
        assert [work.metrics for work in result.items] == [Metrics()]
    assert limits.exhausted(ACCOUNT.id) is None


async def test_counts_below_zero_are_no_counts(linkedin: LinkedIn) -> None:
    told = {"likeCount": -2, "shareCount": -1, "impressionCount": 0, "clickCount": 3}
    counts = {"elements": [{"share": SHARE, "totalShareStatistics": told}]}
    work = await only(linkedin, post(), counts=counts)
    assert work.metrics == Metrics(impressions=0, clicks=3)


@pytest.mark.parametrize(
    ("content", "mode", "title", "cover"),
    [
        (None, ContentMode.TEXT, None, None),
        ({"poll": {"question": "?"}}, ContentMode.TEXT, None, None),
        (
            {"media": {"id": "urn:li:document:1", "title": "Notes"}},
            ContentMode.IMAGE,
            "Notes",
            None,
        ),
        (
            {"multiImage": {"images": [{"id": "urn:li:image:D4E10AQEx"}, {}]}},
            ContentMode.IMAGE,
            None,
            "https://media.licdn.com/dms/image/ex",
        ),
        ({"carousel": {"cards": []}}, ContentMode.IMAGE, None, None),
        (
            {"article": {"title": "Glazes", "thumbnail": "urn:li:image:D4E10AQEx"}},
            ContentMode.TEXT,
            "Glazes",
            "https://media.licdn.com/dms/image/ex",
        ),
        ({"article": {"thumbnail": "https://x/y.jpg"}}, ContentMode.TEXT, None, "https://x/y.jpg"),
        ({"novel": 7}, ContentMode.TEXT, None, None),
    ],
)
async def test_contents(
    linkedin: LinkedIn, content: Any, mode: ContentMode, title: str | None, cover: str | None
) -> None:
    work = await only(linkedin, post(content=content), images=IMAGES)
    assert (work.mode, work.title, work.cover_url) == (mode, title, cover)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"lifecycleState": "DRAFT"}, WorkStatus.DRAFT),
        ({"lifecycleState": "PUBLISH_REQUESTED"}, WorkStatus.PROCESSING),
        ({"lifecycleState": "PUBLISH_FAILED"}, WorkStatus.FAILED),
        ({"lifecycleState": "NOVEL"}, None),
        ({"lifecycleState": None}, None),
        ({"distribution": {"feedDistribution": "NONE"}}, WorkStatus.UNLISTED),
    ],
)
async def test_statuses(linkedin: LinkedIn, parts: Any, status: WorkStatus | None) -> None:
    assert (await only(linkedin, post(**parts))).status is status


async def test_a_bare_post_is_only_an_id_and_an_address(linkedin: LinkedIn) -> None:
    send = Played({"elements": [{"id": "urn:li:activity:1"}]})
    result = await linkedin.works.fetch_page(client_for(linkedin, send), ACCOUNT, TOKENS, request())
    [work] = result.items
    assert send.names == ["posts"]
    assert work.url == "https://www.linkedin.com/feed/update/urn:li:activity:1/"
    assert (work.description, work.published_at, work.status) == (None, None, None)
    assert (work.author_uid, work.metrics) == (ORGANIZATION, Metrics())


async def test_a_draft_has_the_moment_it_was_made(linkedin: LinkedIn) -> None:
    work = await only(linkedin, post(publishedAt=None, createdAt=1790960409123))
    assert work.published_at == 1790960409.123


@pytest.mark.parametrize(
    ("little", "people_see"),
    [
        (r"50\% \(half\) \_so\_", r"50\% (half) _so_"),
        (r"a \\ b", r"a \ b"),
        (r"{hashtag|\#|pottery} now", "#pottery now"),
        ("{hashtag|#|pot\\_tery}", "#pot_tery"),
        (r"@[Kiln \& \[Clay\]](urn:li:organization:1)!", r"Kiln \& [Clay]!"),
        (r"\@[no](mention)", "@[no](mention)"),
        (None, None),
    ],
)
def test_little_text(little: str | None, people_see: str | None) -> None:
    assert unescape(little) == people_see


async def test_right_after_connecting_a_listing_waits_too(linkedin: LinkedIn) -> None:
    send = FakeSend().on("/rest/posts", answer(REVOKED, 401), {"elements": []})
    new = account_of(Platform("linkedin"), ORGANIZATION, login_at=NOW - 10)
    assert not (
        await linkedin.works.fetch_page(client_for(linkedin, send), new, TOKENS, request())
    ).items
    old = account_of(Platform("linkedin"), ORGANIZATION, login_at=NOW - 3600)
    send = FakeSend().on("/rest/posts", answer(REVOKED, 401))
    with pytest.raises(PlatformFailure):
        await linkedin.works.fetch_page(client_for(linkedin, send), old, TOKENS, request())
    assert len(send.calls) == 1


# Failures


@pytest.mark.parametrize(
    ("body", "status", "kind", "code"),
    [
        (REVOKED, 401, FailureKind.TOKEN_EXPIRED, "REVOKED_ACCESS_TOKEN/65601"),
        ({"serviceErrorCode": 65602}, 401, FailureKind.TOKEN_EXPIRED, "65602"),
        (PERSON_DENIED, 403, FailureKind.PERMISSION, "ACCESS_DENIED/100"),
        (
            {"status": 403, "message": "Viewer don't have permission"},
            403,
            FailureKind.PERMISSION,
            None,
        ),
        ({"code": "ILLEGAL_ARGUMENT"}, 400, FailureKind.INVALID, "ILLEGAL_ARGUMENT"),
        ({"code": "RESOURCE_NOT_FOUND"}, 404, FailureKind.NOT_FOUND, "RESOURCE_NOT_FOUND"),
        ({"code": "NONEXISTENT_VERSION"}, 426, FailureKind.MISCONFIGURED, "NONEXISTENT_VERSION"),
        ({"message": "Too many requests"}, 429, FailureKind.RATE_LIMITED, None),
        (DAY_LIMIT, 429, FailureKind.QUOTA, "TOO_MANY_REQUESTS/101"),
        (b"<html>", 504, FailureKind.UNAVAILABLE, None),
        ([], 500, FailureKind.UNAVAILABLE, None),
    ],
)
def test_failures(linkedin: LinkedIn, body: Any, status: int, kind: FailureKind, code: Any) -> None:
    reading = linkedin.classify(answer(body, status))
    assert reading is not None
    assert (reading.kind, reading.code) == (kind, code)


def test_an_ended_version_is_the_operators_matter(linkedin: LinkedIn) -> None:
    reading = linkedin.classify(answer({"code": "NONEXISTENT_VERSION"}, 426))
    assert reading is not None
    assert isinstance(reading.detail, Text)
    assert "platforms.linkedin.version" in reading.detail.en


def test_a_daily_limit_ends_at_midnight_utc(linkedin: LinkedIn) -> None:
    reading = linkedin.classify(answer(DAY_LIMIT, 429))
    assert reading is not None
    assert reading.bucket == "app"
    late = datetime(2026, 2, 28, 23, 59, tzinfo=UTC).timestamp()
    assert reading.dated(late).reset_at == late + 60
    member = {"status": 429, "message": DAY_LIMIT["message"].replace("APPLICATION", "MEMBER")}
    reading = linkedin.classify(answer(member, 429))
    assert reading is not None
    assert (reading.kind, reading.bucket) == (FailureKind.QUOTA, "account")
