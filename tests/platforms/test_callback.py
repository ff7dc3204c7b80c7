"""The way back: denial, nothing, the wrong thing, and the right thing at the wrong door."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from openchannels.connectors.registry import CONNECTORS, OAuth
from tests.harness.paths import AUTH
from tests.platforms.cases import BY_NAME, OAUTH, each, oauth_of
from tests.platforms.facts import HOSTS, PKCE
from tests.platforms.live import Live, sent

OAUTH_PLATFORMS: list[str] = [c.id for c in CONNECTORS.values() if isinstance(c.auth, OAuth)]


def consented(live: Live, platform: str, person: str, decision: str = "approve") -> Any:
    """An authorization up to the moment before the callback: its start, and what comes back."""
    start = live.start(platform)
    browser = live.service.client(follow_redirects=False)
    wishes = httpx2.QueryParams({"sandbox_decision": decision, "sandbox_person": person})
    address = f"{start['url']}&{wishes}"
    for _ in range(6):
        answer = browser.get(address)
        address = answer.headers.get("location", "")
        if f"{AUTH}/{platform}/callback" in address:
            return start, dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
        if not address:
            break
    raise AssertionError(f"no way back from {platform}: {answer.status_code} {answer.text[:300]}")


def noticed(answer: Any, code: int) -> bool:
    """Whether a browser was shown a page that names this code, and was sent nowhere."""
    return answer.status_code == 200 and str(code) in answer.text


def pending(live: Live, platform: str, start: dict[str, Any]) -> bool:
    return bool(live.status(platform, start["sessionId"])["status"] == "pending")


def code_param(live: Live, platform: str) -> str:
    connector = BY_NAME[platform]
    return oauth_of(platform).oauth_config(live.platforms.client(connector).app).code_param


def other_than(platform: str) -> str:
    index = OAUTH_PLATFORMS.index(platform)
    return OAUTH_PLATFORMS[(index + 1) % len(OAUTH_PLATFORMS)]


@each("callback: denial", OAUTH)
def test_a_denial_in_the_platforms_words(live: Live, platform: str) -> None:
    start, back = consented(live, platform, "dana", "deny")
    assert not back.get(code_param(live, platform)), back
    before = live.upstream_calls()
    answer = live.callback(platform, **back)
    assert answer.status_code == 303
    status = live.status(platform, start["sessionId"])
    assert (status["status"], status["errorCode"]) == ("failed", 15013)
    assert status["errorData"]["platform"] == platform
    assert live.upstream_calls() == before
    again = {**back, code_param(live, platform): "late"}
    live.callback(platform, **again)
    assert live.status(platform, start["sessionId"])["errorCode"] == 15013
    assert live.upstream_calls() == before


@each("callback: no code", OAUTH)
def test_a_callback_without_code_changes_nothing(live: Live, platform: str) -> None:
    start, back = consented(live, platform, "nora")
    before = live.upstream_calls()
    name = code_param(live, platform)
    for params in ({"state": back["state"]}, {"state": back["state"], name: ""}):
        assert noticed(live.callback(platform, **params), 15045)
        assert pending(live, platform, start)
    assert live.upstream_calls() == before
    live.callback(platform, **back)
    assert not pending(live, platform, start) or selectable(live, platform, start)


def selectable(live: Live, platform: str, start: dict[str, Any]) -> bool:
    return bool(live.status(platform, start["sessionId"])["requiresSelection"])


@each("callback: wrong state", OAUTH)
def test_a_wrong_state_opens_nothing(live: Live, platform: str) -> None:
    start, back = consented(live, platform, "nora")
    before = live.upstream_calls()
    state = back["state"]
    wrong = ("", "x", state[:-1], state + "x", state.swapcase(), start["sessionId"])
    for value in wrong:
        assert noticed(live.callback(platform, **{**back, "state": value}), 15039), value
    without = {name: value for name, value in back.items() if name != "state"}
    assert noticed(live.callback(platform, **without), 15039)
    assert pending(live, platform, start)
    assert live.upstream_calls() == before


@each("a foreign issuer", OAUTH)
def test_a_foreign_issuer_changes_nothing(live: Live, platform: str) -> None:
    start, back = consented(live, platform, "nora")
    before = live.upstream_calls()
    for issuer in ("https://evil.example", "", "https://accounts.google.com.evil.example"):
        assert noticed(live.callback(platform, **{**back, "iss": issuer}), 15042)
        assert pending(live, platform, start), issuer
    assert live.upstream_calls() == before
    right = oauth_of(platform).oauth_config(live.platforms.client(BY_NAME[platform]).app).issuer
    live.callback(platform, **{**back, "iss": str(right)})
    assert live.upstream_calls() > before


@each("mix-up: another's callback path", OAUTH)
def test_a_callback_at_anothers_door_changes_nothing(live: Live, platform: str) -> None:
    start, back = consented(live, platform, "nora")
    other = other_than(platform)
    before = live.upstream_calls()
    code = {code_param(live, other): back[code_param(live, platform)]}
    assert noticed(live.callback(other, **{**back, **code}), 15040)
    assert pending(live, platform, start)
    assert live.upstream_calls() == before


@each("mix-up: another's code", OAUTH)
def test_anothers_code_goes_to_the_own_token_endpoint_only(live: Live, platform: str) -> None:
    """The code of another platform, with the right state, at the right path."""
    start, back = consented(live, platform, "nora")
    other = other_than(platform)
    _, foreign = consented(live, other, "nora")
    own, theirs = code_param(live, platform), code_param(live, other)
    live.recorder.calls.clear()
    live.callback(platform, **{**back, own: foreign[theirs]})
    assert live.recorder.hosts() <= HOSTS[platform]
    status = live.status(platform, start["sessionId"])
    assert status["status"] == "failed", status
    assert status["errorCode"] in (15010, 15070), status
    assert "accountIds" not in status


@each("hosts: code and tokens", OAUTH)
def test_secrets_go_to_the_own_hosts_only(live: Live, platform: str) -> None:
    start, back = consented(live, platform, "hosta")
    live.recorder.calls.clear()
    live.callback(platform, **back)
    assert live.status(platform, start["sessionId"])["status"] in ("completed", "pending")
    [account] = live.accounts(platform, "hosta")[:1] or [""]
    if BY_NAME[platform].works is not None:
        live.works(platform, live.lister(platform, "hosta"))
    # What was granted is only known to these hosts, whichever test caused the call.
    tokens = live.tokens(account)
    secrets = {back[code_param(live, platform)], tokens.access_token, tokens.refresh_token}
    secrets |= {v for v in tokens.extra.values() if isinstance(v, str) and len(v) > 24}
    carrying = [call for call, _ in live.recorder.calls
                if any(secret in sent(call) for secret in secrets if secret)]  # fmt: skip
    assert carrying, "nothing was searched"
    assert {urlsplit(call.url).netloc for call in carrying} <= HOSTS[platform]
    assert live.recorder.hosts() <= HOSTS[platform]
    assert all(call.url.startswith("https://") for call, _ in live.recorder.calls)


def test_the_hosts_of_the_platforms_are_told_apart() -> None:
    """Only Google's two products share a host, and with it an identity provider."""
    shared = {
        frozenset((one, other))
        for one in HOSTS
        for other in HOSTS
        if one < other and HOSTS[one] & HOSTS[other]
    }
    assert shared == {frozenset(("youtube", "google_business"))}
    assert set(PKCE) >= set(HOSTS)


@pytest.mark.parametrize("answer", ["code", "error"])
def test_a_session_of_nobody(live: Live, answer: str) -> None:
    assert noticed(live.callback("youtube", state="nobody", **{answer: "x"}), 15039)
    assert live.upstream_calls() == 0
