"""Redaction, and the logs that pass through it."""

import io
import json
import logging
import re
import string
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from openchannels.app.access_log import AccessLog
from openchannels.app.logging import configure_logging
from openchannels.core import redaction
from openchannels.core.redaction import REDACTED, looks_secret, redact, redact_event
from openchannels.core.request_record import RequestRecord
from tests.harness.logs import logging_as_it_was

SECRET_NAMES = [
    *("access_token", "refreshToken", "client_secret", "code", "state", "key", "api_key"),
    *("X-Api-Key", "password", "code_verifier", "signature", "msg_signature", "Cookie"),
    *("Set-Cookie", "Authorization", "sessionid", "sessionid_ss", "web_session", "apikey"),
    *("appsecret_proof", "component_verify_ticket", "signingSecret", "tokens", "auth_code"),
    *("cookie_header", "customer-sso-sid", "component_aes_key", "oauth_state", "SESSDATA"),
]
HARMLESS_NAMES = [
    *("error_code", "status_code", "platform_code", "key_id", "sessionId", "session_id", "errcode"),
    *("token_type", "status", "cursor", "expires_in", "error_subcode", "httpStatus", "requestId"),
    *("platform", "account", "scope", "page", "author", "keyboard", "encode", "statement", "", "1"),
]
HARMLESS_TEXTS = [
    "GET /api/v2/channels/accounts/youtube_UC1/auth-status 200 in 12 ms",
    "https://api.x.com/2/users/1/tweets?max_results=10&exclude=retweets%2Creplies",
    "error_code=15002 status_code=200 platform_code=190 key_id=k1 reason=cookie_dead",
    "2026-11-20T12:30:45.123Z refreshed 3 of 4 tokens",
    "code: 15002",
    "https%3A%2F%2Fexample.com%2Fcb%3Fpage%3D2",
    "authorization failed for account facebook_1 (basic tier)",
    "作品列表：20 条，状态正常",
    'File "/app/openchannels/main.py", line 12, in <module>',
    "assert status == 200",
    "doc_accounts_2026 whsec oc",
    "mail someone@example.com",
]

# Forms in which a value stands beside its name; each takes the name and the value.
PLACES = [
    "https://host.example/cb?{0}={1}&page=2",
    "https://host.example/cb?page=2&{0}={1}",
    "callback {0}={1} refused",
    "redirect_uri=https%3A%2F%2Fh%3Fa%3D1%26{0}%3D{1}%26page%3D2&z=1",
    "next=%2Fcb%253F{0}%253D{1}%2526page%253D2",
    '{{"a": 1, "{0}": "{1}", "b": 2}}',
    '{{"a":1,"{0}":"{1}',
    '{{\\"{0}\\": \\"{1}\\", \\"b\\": 2}}',
    "{{'{0}': '{1}', 'b': b'2'}}",
    "{{'{0}': b'{1}'}}",
    '{{"{0}": ["{1}", "x"], "b": 2}}',
    '{{"{0}": {{"x": [{{"y": "{1}"}}]}}, "b": 2}}',
    "Grant({0}='{1}', page=2)",
    "data[{0}]={1}",
    "{0} = {1}",
    "Cookie: a=1; {0}={1}; b=2",
    "Cookie: a=1; {0}={1}",
]

# No quote, bracket, separator or blank: what a token, a code or a cookie value is made of.
TOKEN_CHARACTERS = string.ascii_letters + string.digits + "-._~+/*!@:|$"
canaries = st.text(TOKEN_CHARACTERS, min_size=6, max_size=40).map(lambda tail: f"Zq7{tail}")
bodies = st.text(string.ascii_letters + string.digits + "-_", min_size=43, max_size=43)


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_names_of_secrets(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_names_of_other_things(name: str) -> None:
    assert not looks_secret(name)


@given(st.sampled_from(PLACES), st.sampled_from(SECRET_NAMES), canaries)
def test_no_secret_survives_beside_its_name(place: str, name: str, canary: str) -> None:
    cleaned = redact(place.format(name, canary))
    assert canary not in cleaned
    assert REDACTED in cleaned


@given(
    st.sampled_from(["https://h/cb?{0}={1}&page=2", "redirect_uri=h%3F{0}%3D{1}%26page%3D2"]),
    st.sampled_from(SECRET_NAMES),
    st.text(min_size=6).map(lambda tail: quote("Zq7" + tail.replace("&", ""), safe="")),
)
def test_no_encoded_secret_survives(place: str, name: str, canary: str) -> None:
    assert canary not in redact(place.format(name, canary))


@given(st.sampled_from(SECRET_NAMES), st.text(min_size=6).map(lambda tail: "Zq7" + tail))
def test_no_secret_survives_in_json_or_repr(name: str, canary: str) -> None:
    for written in (json.dumps({name: canary, "n": 1}), repr({name: canary, "n": 1})):
        assert "Zq7" not in redact(written)


@given(canaries)
def test_no_credential_of_a_header_survives(canary: str) -> None:
    for text in (
        f"Authorization: Bearer {canary}",
        f"sent bearer {canary} to the platform",
        f"Bearer%20{canary}",
        f"Authorization: Basic {canary}",
        f"{{'Authorization': 'Bearer {canary}'}}",
        f"authorization={canary}",
    ):
        assert canary not in redact(text)


@given(canaries)
def test_no_cookie_survives_whatever_its_name(canary: str) -> None:
    for text in (
        f"Cookie: a=1; wxuin={canary}",
        f"Set-Cookie: sid=1; uid={canary}; Path=/",
        f"cookie=a=1; wxuin={canary}",
        f"cookies=[('a', '1'), ('wxuin', '{canary}')]",
        f"cookies=[{'x' * 2000}, '{canary}'",
    ):
        assert canary not in redact(text)


@given(bodies)
def test_no_key_of_ours_survives(body: str) -> None:
    for text in (f"key oc_{body}.", f"('oc_{body}',)", f"whsec_{body}= ok", f"/x/oc_{body}/y"):
        assert body not in redact(text)


@given(canaries)
def test_no_password_of_an_address_survives(canary: str) -> None:
    password = quote(canary, safe="")
    assert password not in redact(f"cannot reach postgresql://user:{password}@host/db")


@pytest.mark.parametrize("text", HARMLESS_TEXTS)
def test_harmless_text_is_unchanged(text: str) -> None:
    assert redact(text) == text


@given(st.text(st.characters(exclude_characters="=:%@_")))
def test_text_without_separators_is_unchanged(text: str) -> None:
    cleaned = redact(f"made {text}")
    assert cleaned == f"made {text}" or "bearer" in text.lower() or "basic" in text.lower()


@given(st.sampled_from(PLACES), st.sampled_from([n for n in HARMLESS_NAMES if n]), st.integers())
def test_values_of_harmless_names_are_unchanged(place: str, name: str, value: int) -> None:
    if not place.startswith("Cookie"):
        text = place.format(name, value)
        assert redact(text) == text


@given(st.one_of(st.text(), st.sampled_from(PLACES).map(lambda place: place.format("token", "x"))))
def test_redacting_again_changes_nothing(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


def test_what_surrounds_a_secret_stays() -> None:
    assert redact("GET https://h/cb?code=a&state=b&page=3 200") == (
        "GET https://h/cb?code=[redacted]&state=[redacted]&page=3 200"
    )
    assert redact('{"token":"a\\"b","tokens":["c"],"n":1}') == (
        '{"token":[redacted],"tokens":[redacted],"n":1}'
    )
    assert redact("next=%3Fcode%3Da%26page%3D2&z=1") == "next=%3Fcode%3D[redacted]%26page%3D2&z=1"
    assert redact("sessionid=a; page=1") == "sessionid=[redacted]; page=1"


@pytest.mark.parametrize("unit", ["a", "a=", "token='", "state=(\n", "Bearer ", "\\", "%25", "oc_"])
def test_a_hostile_text_costs_no_more_than_its_length(unit: str) -> None:
    # Quadratic behaviour would take minutes here and be noticed by whoever runs the tests.
    found = redact(unit * (60_000 // len(unit)))
    assert redact(found) == found


class _Odd:
    def __repr__(self) -> str:
        return "Odd(token='Zq7canary')"


class _Broken:
    def __repr__(self) -> str:
        raise RuntimeError


def test_every_kind_of_value_of_an_event() -> None:
    loop: dict[str, Any] = {"n": 1}
    loop["self"] = loop
    event = {
        "token": 5,
        "odd": _Odd(),
        "broken": _Broken(),
        "error": ValueError("code=Zq7canary"),
        "raw": b"state=Zq7canary",
        "nested": [{"headers": ({"Cookie": "Zq7canary"}, "key=Zq7canary")}],
        "named": {"https://h?code=Zq7canary": 1, 2: None},
        "loop": loop,
        "count": 3,
        "ok": True,
    }
    cleaned = redact_event(event)
    assert "Zq7canary" not in repr(cleaned)
    assert (cleaned["token"], cleaned["count"], cleaned["ok"]) == (REDACTED, 3, True)
    assert cleaned["broken"] == "<_Broken>"
    assert event["token"] == 5


@pytest.fixture
def _restored() -> Iterator[None]:
    with logging_as_it_was():
        yield


def _log_everywhere() -> None:
    log = structlog.get_logger()
    log.info("called", url="https://h/cb?code=Zq7canary", access_token="Zq7canary", n=1)
    log.debug("below the level")
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.warning("from %s", "https://h?state=Zq7canary", extra={"password": "Zq7canary"})
    logging.getLogger("uvicorn.access").info("GET /?code=Zq7canary")
    logging.getLogger("sqlalchemy.engine").info("INSERT Zq7canary")
    secret = "Zq7canary"  # A variable, which a traceback with variables would show.
    try:
        raise ValueError(f"refused token={secret}")
    except ValueError:
        log.exception("failed")
        logging.getLogger("alembic").exception("failed too")
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]


@pytest.mark.usefixtures("_restored")
def test_a_line_is_short_whatever_a_stranger_sends(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    log = structlog.get_logger()
    log.info("x" * 60_000, path="/" + "y" * 60_000, fields={"a" * 60_000: ["b" * 60_000] * 9})
    line = capsys.readouterr().err
    assert len(line) < 10_000
    assert json.loads(line)["path"] == "/" + "y" * 1_999 + "..."


@pytest.mark.usefixtures("_restored")
def test_a_secret_at_the_cut_is_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    address = "x" * 1_980 + " https://user:hunter2hunter2@example.com"
    structlog.get_logger().info("called", address=address)
    assert "hunter2" not in capsys.readouterr().err


def test_long_names_of_strangers_are_not_remembered() -> None:
    before = redaction._looks_secret.cache_info().currsize
    for number in range(10):
        assert looks_secret(f"{number}{'x' * 200}_token")
    assert redaction._looks_secret.cache_info().currsize == before


@pytest.mark.usefixtures("_restored")
def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    _log_everywhere()
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in err.splitlines()]
    assert out == ""
    assert "Zq7canary" not in err
    assert [line["event"] for line in lines] == [
        *("called", "from https://h?state=[redacted]", "failed", "failed too"),
        "uncaught_exception",
    ]
    assert lines[0]["n"] == 1
    assert lines[1]["logger"] == "uvicorn.error"
    assert all("ValueError: refused token=[redacted]" in line["exception"] for line in lines[2:])
    assert {line["level"] for line in lines} == {"info", "warning", "error", "critical"}
    assert all(line["timestamp"].endswith("Z") for line in lines)


@pytest.mark.usefixtures("_restored")
def test_console_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("debug", "console")
    _log_everywhere()
    out, err = capsys.readouterr()
    assert out == ""
    assert "Zq7canary" not in err
    assert "below the level" in err
    assert "ValueError: refused token=[redacted]" in err


@pytest.mark.usefixtures("_restored")
def test_the_level_holds_for_both_kinds_of_loggers(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("error", "json")
    structlog.get_logger().warning("ours")
    logging.getLogger("litestar").warning("theirs")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("_restored")
def test_a_thread_that_dies_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")
    arguments = (ValueError, ValueError("code=Zq7canary"), None, None)
    threading.excepthook(threading.ExceptHookArgs(arguments))
    err = capsys.readouterr().err
    assert "uncaught_exception" in err
    assert "Zq7canary" not in err


@pytest.mark.parametrize(("level", "fmt"), [("loud", "json"), ("info", "xml")])
def test_other_levels_and_formats_are_refused(level: str, fmt: Any) -> None:
    with pytest.raises(ValueError, match="unknown log level or format"):
        configure_logging(level, fmt)


@given(st.text("ocwhsec_Ab19/-.", max_size=40) | st.text("oc_a1/.=:%+@ \u2028é", max_size=40))
def test_one_word_is_redacted_as_by_the_whole_search(text: str) -> None:
    for each in (text, f"/api/oc_{text}", f"whsec_{text}"):
        short = redact(each)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(redaction, "_ONE_WORD", re.compile("(?!)"))
            assert redact(each) == short


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
@pytest.mark.usefixtures("_restored")
async def test_a_full_disk_fails_nothing_but_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither whoever logs, nor the request whose line is written."""
    configure_logging("info", "json")
    access, record = AccessLog("json"), RequestRecord("a" * 24)
    with io.FileIO("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(full, write_through=True))  # type: ignore[type-var]
        with pytest.raises(OSError, match="No space left"):
            sys.stderr.write("line")
        structlog.get_logger().warning("work goes on")
        logging.getLogger("anything").warning("work goes on")
        access("GET", "/", 200, "127.0.0.1", 1.0, record)
        access.flush()
