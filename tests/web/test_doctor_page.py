"""The page of checks: on this machine alone, in both languages, with what other hosts answered."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openchannels.app.checks import DAY, checks_of
from openchannels.app.doctor import Network, inspect_installation
from openchannels.core.checks import Check, CheckState
from openchannels.core.platforms import Text
from openchannels.settings import load_settings
from openchannels.transport.reach import Reached
from openchannels.web.doctor import FORWARDED, is_local
from openchannels.web.pages import doctor_page
from openchannels.web.texts import text
from tests.harness.service import Service


def scope(client: str | None, host: str, **headers: str) -> Mapping[str, Any]:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    peer = None if client is None else (client, 1234)
    return {"client": peer, "headers": [(b"host", host.encode()), *named]}


@pytest.mark.parametrize("client", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "[::1]"])
def test_requests_of_this_machine(client: str, host: str) -> None:
    assert is_local(scope(client, host))


@pytest.mark.parametrize(
    ("client", "host"),
    [
        ("192.0.2.7", "localhost"),
        ("::ffff:192.0.2.7", "localhost"),
        (None, "localhost"),
        ("a socket", "localhost"),
        ("127.0.0.1", "channels.example.com"),
        ("127.0.0.1", "localhost.example.com:8080"),
        ("127.0.0.1", ""),
    ],
)
def test_requests_of_others(client: str | None, host: str) -> None:
    assert not is_local(scope(client, host))


@pytest.mark.parametrize("name", sorted(name.decode() for name in FORWARDED))
def test_a_proxy_on_this_machine_is_known_by_its_headers(name: str) -> None:
    assert not is_local(scope("127.0.0.1", "localhost", **{name: "192.0.2.7"}))


def test_a_running_server_shows_its_checks(shared_service: Service) -> None:
    page = shared_service.client().get("/doctor", headers={"Accept-Language": "zh-CN"})
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    for name in ("database", "rights", "keyring", "disk", "health", "sandbox", "clock"):
        assert text("zh-CN", f"doctor_check_{name}") in page.text
    # It asks its own public address while it answers.
    assert f"{shared_service.url}/health 对本机有回答" in page.text
    unknown = shared_service.client().get("/doctors").json()
    hidden = shared_service.client().get("/doctor", headers={"X-Forwarded-For": "192.0.2.7"}).json()
    assert (hidden["code"], hidden["message"]) == (404, unknown["message"][:-1])


def test_the_worst_comes_first_and_what_is_found_is_escaped() -> None:
    found = [
        Check(name, state, Text(en=f"<b>{state}", zh=state))
        for name, state in zip(("disk", "files", "clock", "rights"), CheckState, strict=True)
    ]
    html = doctor_page(found, "en-US")
    places = [html.index(f"&lt;b&gt;{state}") for state in reversed(CheckState)]
    assert places == sorted(places)
    assert text("en-US", "doctor_summary_fault") in html


def test_certificate_clock_and_disk_are_judged(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, environ={})
    looked = asyncio.run(inspect_installation(settings, network=False))

    def states(**changes: Any) -> dict[str, str]:
        return {one.name: one.state for one in checks_of(settings, replace(looked, **changes))}

    def network(days: float, *ahead: float) -> Network:
        public = Reached(200, certificate_end=time.time() + days * DAY, body=b"OK")
        return Network(public, {str(n): Reached(404, ahead=one) for n, one in enumerate(ahead)})

    well = states(network=network(90, 0.4, 0.9))
    assert [well[name] for name in ("health", "certificate", "clock", "disk")] == ["ok"] * 4
    late = states(network=network(3, 120, 121, 0), free={tmp_path: 10**6})
    assert [late[name] for name in ("certificate", "clock", "disk")] == ["warning"] * 3
    # One wrong clock among several is not ours.
    assert states(network=network(90, 0, 0, 3600))["clock"] == "ok"
    other = Network(Reached(200, body=b"<html>"), {})
    assert states(network=other)["health"] == "warning"
