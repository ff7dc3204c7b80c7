"""Every class of failure: its code, its category, and what becomes of the account."""

from typing import Any

from openchannels.connectors.registry import OAuth
from tests.harness.paths import AUTH
from tests.platforms.cases import BY_NAME, OAUTH, WORKS, each, each_of, oauth_of
from tests.platforms.live import Live

FAULTS: dict[str, tuple[int, str, bool]] = {
    "rate_limit": (15071, "rate_limit", True),
    "missing_scope": (15078, "permission", False),
    "server_error": (15094, "platform_unavailable", True),
    "drop": (15094, "network", True),
    "html": (15072, "unknown", True),
    "malformed": (15072, "unknown", True),
    "status": (15094, "platform_unavailable", True),
}
"""Code, category, and whether trying again may help (Decisions 4)."""

DEAD_ON_CALL = {"wxSph", "KWAI", "douyin", "facebook", "instagram", "threads"}
"""A dead grant shows on the call itself, in words that no refresh could cure; else in a refresh."""

QUOTA = {"linkedin", "douyin", "wxGzh"}
"""Platforms that refuse by the day."""

APP_WIDE = {"tiktok", "google_business", "threads", "linkedin"}
"""Platforms whose limit concerns the app, so that all of its accounts wait."""


SETTLED = 90.0
"""Seconds after which a new token is known everywhere at LinkedIn."""


def failing(live: Live, platform: str, kind: str, person: str = "fay") -> tuple[str, Any]:
    """An account, and the answer to a list of its works under a fault."""
    account = live.lister(platform, person)
    live.begin()
    live.service.fault(host="*", kind=kind)
    return account, live.page(platform, account)


@each_of("fault kind", tuple(FAULTS), WORKS)
def test_a_failure_says_what_it_is(live: Live, platform: str, kind: str) -> None:
    account, answer = failing(live, platform, kind)
    code, category, retryable = FAULTS[kind]
    if kind == "rate_limit" and platform in QUOTA:
        category = "quota"
    assert answer["code"] == code, answer
    data = answer["data"]
    assert (data["category"], data["retryable"]) == (category, retryable)
    assert (data["platform"], data["accountId"]) == (platform, account)
    assert data["operation"].startswith("works.")
    assert "http" not in str({k: v for k, v in data.items() if k != "httpStatus"})
    assert live.auth_status(account)["status"] == 1
    live.service.reset_sandbox()
    live.refill()
    assert live.works(platform, account)["items"]


@each("fault dead_grant", WORKS)
def test_a_dead_grant_is_seen_once(live: Live, platform: str) -> None:
    person = "gone"
    account = live.lister(platform, person)
    live.service.clock.advance(SETTLED)
    live.begin()
    live.service.sandbox.post("/_grants/revoke", json={"platform": platform, "person": person})
    answer = live.page(platform, account)
    assert answer["code"] == (15002 if platform in DEAD_ON_CALL else 15009), answer
    assert (answer["data"]["category"], answer["data"]["retryable"]) == ("auth", False)
    status = live.auth_status(account)
    reason = "grant_dead" if isinstance(BY_NAME[platform].auth, OAuth) else "cookie_dead"
    assert (status["status"], status["reason"]) == (0, reason)
    before = live.upstream_calls()
    again = live.page(platform, account)
    assert again["code"] == 15001
    assert live.upstream_calls() == before
    assert live.lister(platform, "fay") != account
    assert live.works(platform, live.lister(platform, "fay"))["items"]
    live.connect(platform, person)
    assert live.auth_status(account)["status"] == 1
    assert live.works(platform, account)["items"]


@each("fault dead_grant in every answer", WORKS)
def test_a_refused_grant_condemns_no_more_than_its_account(live: Live, platform: str) -> None:
    other = live.lister(platform, "fay")
    live.lister(platform, "hugo")
    live.service.clock.advance(SETTLED)
    account, answer = failing(live, platform, "dead_grant", "hugo")
    assert answer["code"] in (15002, 15009), answer
    assert live.auth_status(account)["status"] == 0
    assert live.auth_status(other)["status"] == 1


GATEWAY = (400, 401, 403, 404)


@each("an answer of a gateway", WORKS)
def test_what_a_gateway_answers_takes_nobody_offline(live: Live, platform: str) -> None:
    """Neither to a call nor to a refresh; the account works again as soon as the platform does."""
    account = live.lister(platform, "fay")
    for status in GATEWAY:
        live.begin()
        live.service.fault(host="*", kind="status", status=status, body="<html>")
        answer = live.page(platform, account)
        assert answer["code"] == 15094, answer
        data = answer["data"]
        assert (data["category"], data["retryable"]) == ("platform_unavailable", True)
        assert data["httpStatus"] == status
        if isinstance(BY_NAME[platform].auth, OAuth):
            assert live.refresh(account).number == 15094
        assert live.auth_status(account)["status"] == 1
    live.begin()
    assert live.works(platform, account)["items"]


@each("limit: no call while the bucket is empty", WORKS)
def test_an_empty_bucket_is_waited_for(live: Live, platform: str) -> None:
    account, answer = failing(live, platform, "rate_limit", "lim")
    assert answer["code"] == 15071, answer
    live.service.reset_sandbox()
    before = live.upstream_calls()
    for _ in range(3):
        refused = live.page(platform, account)
        category = "quota" if platform in QUOTA else "rate_limit"
        assert (refused["code"], refused["data"]["category"]) == (15071, category)
        data = refused["data"]
        assert data["retryAfter"] >= 1
        assert data["resetAt"].endswith("Z")
        assert data["platformCode"] == "waiting"
    assert live.upstream_calls() == before
    assert live.service.calls() == {}
    assert live.auth_status(account)["status"] == 1
    live.service.clock.advance(data["retryAfter"] + 2)
    live.push_ticket()
    assert live.works(platform, account)["items"]
    assert live.upstream_calls() > before


@each("limit: others keep flowing", WORKS)
def test_the_limit_of_an_account_stops_no_other(live: Live, platform: str) -> None:
    """Unless the platform says that the limit is the whole app's."""
    account, other = live.lister(platform, "lim"), live.lister(platform, "fay")
    live.begin()
    live.service.fault(host="*", kind="rate_limit", person="lim")
    refused = live.page(platform, account)
    assert refused["code"] == 15071
    answer = live.page(platform, other)
    if platform in APP_WIDE:
        assert answer["code"] == 15071
    else:
        assert answer["code"] == 0, answer


@each("fault while connecting", OAUTH)
def test_a_platform_that_is_down_fails_the_session(live: Live, platform: str) -> None:
    start = live.start(platform)
    browser = live.service.browser()
    first = token_address(live, platform)
    live.service.fault(host=first[0], kind="status", status=503, path=first[1])
    browser.get(f"{start['url']}&sandbox_decision=approve&sandbox_person=downa")
    status = live.client.get(f"{AUTH}/{platform}/status/{start['sessionId']}").json()["data"]
    assert (status["status"], status["errorCode"]) == ("failed", 15094), status
    assert status["errorData"]["retryable"] is True
    assert "accountIds" not in status


def token_address(live: Live, platform: str) -> tuple[str, str]:
    """Host and path of the token endpoint, as the connector's configuration has them."""
    connector = BY_NAME[platform]
    url = oauth_of(platform).oauth_config(live.platforms.client(connector).app).token_url
    host, _, path = url.removeprefix("https://").partition("/")
    return host, f"/{path}"
