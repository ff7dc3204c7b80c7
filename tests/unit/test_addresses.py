"""Which addresses count as public, and what the check of a form says."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from openchannels.app.platforms import build_webhook_client
from openchannels.core.ssrf import check_url, may_connect
from openchannels.settings import load_settings
from tests.soak.forms import SPECIAL_4, SPECIAL_6, TARGETS, embeddings, spellings

LOCAL = (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))
PUBLIC = (
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
    *("126.255.255.255", "128.0.0.0", "168.63.129.17", "169.253.255.255", "172.15.255.255"),
    *("172.32.0.0", "192.0.1.0", "192.167.255.255", "198.17.255.255", "198.20.0.0"),
    *("223.255.255.255", "2606:4700::1111", "2001:200::1", "2a00::1", "2003::1", "2000::"),
)


@pytest.mark.parametrize("address", [*TARGETS, *SPECIAL_4, *SPECIAL_6])
def test_special_addresses_are_refused(address: str) -> None:
    assert not may_connect(address, ())


@pytest.mark.parametrize("target", TARGETS)
def test_other_spellings_and_embeddings_are_refused(target: str) -> None:
    for address in (*spellings(target), *embeddings(target)):
        assert not may_connect(address, ()), address
        assert not may_connect(address, LOCAL), address


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_connect(address, ())
    assert not may_connect(address, LOCAL, public=False)


def test_allowed_networks_are_called_as_they_are_written() -> None:
    assert may_connect("127.0.0.9", LOCAL)
    assert may_connect("fd00::1", LOCAL, public=False)
    for address in ("::ffff:127.0.0.1", "10.0.0.1", "fd00::1%lo", "2002:7f00:1::1", "x", ""):
        assert not may_connect(address, LOCAL), address


@pytest.mark.parametrize(
    ("url", "outside", "inside"),
    [
        ("https://hooks.example/a?b=c", True, True),
        ("https://hooks.example:8443", True, True),
        ("https://xn--fsqu00a.example/", True, True),
        ("https://8.8.8.8/", True, True),
        ("https://[2606:4700::1111]/", True, True),
        ("http://hooks.example/", False, True),
        ("http://8.8.8.8/", False, False),
        ("http://127.0.0.1:9/", False, True),
        ("https://127.0.0.1/", False, True),
        ("http://localhost:9/", False, True),
        ("https://a.localhost/", False, True),
        ("https://[::1]/", False, False),
        ("https://[::ffff:127.0.0.1]/", False, False),
        ("https://10.0.0.1/", False, False),
        ("https://2130706433/", False, False),
        ("https://user@hooks.example/", False, False),
        ("https://hooks.example/#a", False, False),
        ("https://hooks.example./", False, False),
        ("ftp://hooks.example/", False, False),
        ("//hooks.example/", False, False),
        ("", False, False),
    ],
)
def test_the_form_of_an_address(url: str, outside: bool, inside: bool) -> None:
    assert (check_url(url) is None) is outside
    assert (check_url(url, LOCAL) is None) is inside


@pytest.mark.parametrize("url", ["https://hööks.example/", "https://hooks.example/ü"])
def test_an_address_in_another_script_is_told_what_is_wrong(url: str) -> None:
    assert "in ASCII" in str(check_url(url))


NEAR = (
    "http://127.0.0.1:9/hook",
    "http://localhost:9/hook",
    "http://[::1]:9/",
    "https://127.1.2.3/",
)


@pytest.mark.parametrize(
    ("sandbox", "given", "near"),
    [(True, None, True), (True, "10.9.0.0/16", False), (False, None, False)],
)
def test_over_a_sandbox_the_machine_itself_may_be_called(
    tmp_path: Path, sandbox: bool, given: str | None, near: bool
) -> None:
    environ = {} if given is None else {"OPENCHANNELS_WEBHOOKS__ALLOWED_NETWORKS": given}
    settings = load_settings(data_dir=tmp_path, environ=environ, overrides={"sandbox": sandbox})
    client = build_webhook_client(settings, sandbox=settings.sandbox.enabled)
    assert [client.check(url) is None for url in NEAR] == [near] * len(NEAR)
    for url in (
        "http://10.0.0.1/",
        "https://192.168.0.1/",
        "http://8.8.8.8/",
        "https://[fd00::1]/",
    ):
        assert "webhooks.allowed_networks" in str(client.check(url))
    assert client.check("https://hooks.example.com/") is None
