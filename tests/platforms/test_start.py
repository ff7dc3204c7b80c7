"""The address that a person opens: whole, escaped, and without a secret."""

import base64
import hashlib
import logging
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
import structlog

from openchannels.core import ids
from openchannels.service.sealing import session_row
from openchannels.store.queries import sessions
from openchannels.transport.platform_app import App
from tests.platforms.cases import BY_NAME, OAUTH, each, oauth_of
from tests.platforms.facts import HOSTS, PKCE
from tests.platforms.live import USER, Live, sent

HOSTILE = "a&b=c d+e%20f#g/h?é汉\"'<>"


def parameters(url: str) -> dict[str, str]:
    """The query, read strictly; a name that comes twice is a fault."""
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def platform_url(live: Live, platform: str, start: str) -> str:
    """The platform's own address, where the start leads over a page of ours."""
    if not start.startswith(live.service.url):
        return start
    asked = parameters(start)
    session = urlsplit(start).path.split("/")[2]
    connect_page = live.service.services.connect_page
    _, address = live.service.run(
        connect_page.start_authorization(session, asked["ticket"], ids.new_secret())
    )
    return str(address)


def verifier_of(live: Live, session_id: str) -> str | None:
    context = live.service.services.context
    session = live.service.run(context.db.read(sessions.by_id, session_id))
    assert session is not None
    if session.sealed is None:
        return None
    return context.vault.open(session.sealed, session_row(session_id)).decode()


@each("start: the address", OAUTH)
def test_the_address_says_what_the_form_says(live: Live, platform: str) -> None:
    start = live.start(platform)
    app = live.platforms.client(BY_NAME[platform]).app
    form = oauth_of(platform).oauth_config(app)
    url = platform_url(live, platform, start["url"])
    host = url.removeprefix(f"{live.service.sandbox_url}/").partition("/")[0]
    assert host in HOSTS[platform]
    given = parameters(url)
    back, _, query = given[form.redirect_param].partition("?")
    if query:
        # A platform that gives no state back carries it in the address of the way back.
        given |= {"state": parameters(given[form.redirect_param])["state"]}
    assert len(given["state"]) >= 22
    assert start["sessionId"] not in given["state"]
    address = f"{live.service.url}/api/v2/channels/accounts/auth/{platform}/callback"
    assert back == address
    assert app.client_id in given.values()
    assert app.client_secret not in url
    verifier = verifier_of(live, start["sessionId"])
    assert (verifier is not None) is PKCE[platform]
    if verifier is None:
        assert not {"code_challenge", "code_challenge_method"} & given.keys()
    else:
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        told = (given["code_challenge"], given["code_challenge_method"])
        assert told == (challenge, "S256")
        assert len(verifier) >= 43
        assert verifier not in str(start)
    again = [parameters(live.start(platform)["url"]) for _ in range(2)]
    states = {asked.get("state") or asked["ticket"] for asked in again}
    assert len(states | {given["state"]}) == 3


@each("start: escaping", OAUTH)
def test_whatever_it_holds_parses_back_exactly(platform: str) -> None:
    auth = oauth_of(platform)
    config = auth.config
    redirect = "https://oc.example/back?x=1&y=a b#f"
    app = App(HOSTILE, "the-app-secret", redirect, config.scopes)
    url = auth.authorize_url(app, HOSTILE, "the-verifier")
    assert url.isascii()
    assert not set(' "<>') & set(url)
    # A plus sign is a blank to some readers and a plus to others.
    assert "+" not in urlsplit(url).query
    given = parameters(url)
    assert given["state"] == HOSTILE
    assert given[config.redirect_param] == redirect
    assert HOSTILE in given.values()
    assert "the-app-secret" not in url
    assert "the-verifier" not in url
    if config.scope_param is not None and config.scopes:
        asked = given[config.scope_param].split(config.scope_separator)
        assert set(asked) <= set(config.scopes)
        assert set(config.required_scopes) <= set(asked)
    unscoped = auth.authorize_url(replace(app, scopes=()), "s", None)
    assert "None" not in unscoped


@each("start: verifier and secret stay inside", OAUTH)
def test_the_verifier_is_told_to_the_token_endpoint_alone(
    live: Live, platform: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    app = live.platforms.client(BY_NAME[platform]).app
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as told:
        connected = live.service.connect(platform, "vera", user=USER, choose=1000)
    assert connected.status["status"] == "completed"
    out = capfd.readouterr()
    seen = [str(connected.start), str(connected.status), connected.page.text]
    seen += [str(r.url) + str(r.headers) for r in (*connected.page.history, connected.page)]
    # The test's own browser logs addresses; and pytest listens to uvicorn's access log, which a
    # real process has switched off (tests/soak/canaries.py looks at one).
    others = ("http", "asyncio", "uvicorn.access")
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith(others)]
    seen += [str(told), *ours, out.out, out.err]
    forms = [call.form for call, _ in live.recorder.calls if call.form]
    verifiers = {str(form["code_verifier"]) for form in forms if form.get("code_verifier")}
    assert len(verifiers) == (1 if PKCE[platform] else 0)
    urls = [call.url + str(dict(call.params)) for call, _ in live.recorder.calls]
    for verifier in verifiers:
        assert not any(verifier in text for text in (*seen, *urls))
        assert sum(verifier in sent(call) for call, _ in live.recorder.calls) == 1
    assert not any(app.client_secret in text for text in seen)
    code = dict(parse_qsl(urlsplit(str(connected.page.history[-1].url)).query)).get("code")
    shown = [str(connected.start), str(connected.status), connected.page.text]
    assert code is None or not any(code in text for text in (*shown, str(told), *ours, *out))
