"""Token buckets on a clock of the test's, and whose address a request counts for."""

from ipaddress import ip_network
from typing import Any

import pytest

from openchannels.api.request import client_address
from openchannels.core.exceptions import TooManyRequests
from openchannels.core.rate_limits import InboundLimits, InboundRates, Limit, TokenBuckets

TRUSTED = tuple(map(ip_network, ("10.0.0.0/8", "192.0.2.7", "fd00::/8")))


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# TokenBuckets


@pytest.mark.parametrize("per_minute", [1, 2, 7, 60, 600])
def test_a_minutes_worth_comes_at_once_and_then_evenly(per_minute: int) -> None:
    clock = Clock()
    buckets = TokenBuckets(per_minute, clock)
    assert [buckets.take_token("a") for _ in range(per_minute)] == [0.0] * per_minute
    for _ in range(3):
        missing = buckets.take_token("a")
        assert missing == pytest.approx(60 / per_minute)
        assert buckets.take_token("a") == pytest.approx(missing), "a refusal costs nothing"
        clock.now += missing
        assert buckets.take_token("a") == 0.0
    clock.now += 3600
    assert [buckets.take_token("a") for _ in range(per_minute)] == [0.0] * per_minute
    assert buckets.take_token("a") > 0


def test_names_count_apart() -> None:
    buckets = TokenBuckets(1, Clock())
    assert buckets.take_token("a") == 0.0
    assert buckets.take_token("b") == 0.0
    assert buckets.take_token("a") > 0


def test_zero_is_no_limit_and_keeps_nothing() -> None:
    buckets = TokenBuckets(0, Clock())
    assert not any(buckets.take_token("a") for _ in range(1000))
    assert len(buckets) == 0


def test_memory_is_bounded_and_the_longest_unused_goes_first() -> None:
    buckets = TokenBuckets(2, Clock(), size=3)
    for name in "abcad":
        assert buckets.take_token(name) == 0.0
    assert len(buckets) == 3
    assert buckets.take_token("a") > 0, "in use, and so kept"
    assert [buckets.take_token("b"), buckets.take_token("b")] == [0.0, 0.0]
    for number in range(1000):
        buckets.take_token(str(number))
    assert len(buckets) == 3


def test_the_wait_is_told_in_whole_seconds() -> None:
    clock = Clock()
    limits = InboundLimits(InboundRates(start=40, choice=1), clock)
    for _ in range(40):
        limits.count_request(Limit.START, "key")
    with pytest.raises(TooManyRequests) as refused:
        limits.count_request(Limit.START, "key")
    assert refused.value.retry_after == 2
    assert refused.value.data == {"retryAfter": 2}
    clock.now += 2
    limits.count_request(Limit.START, "key")
    limits.count_request(Limit.CHOICE, "same")
    limits.count_request(Limit.SELECTION, "same")
    limits.count_request(Limit.CALLBACK, "same")


# Addresses


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("192.0.2.7", ["198.51.100.1"], "198.51.100.1"),
        ("192.0.2.8", ["198.51.100.1"], "192.0.2.8"),
        # Chains: what a client made up stands to the left.
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4", "198.51.100.1,10.9.9.9", "192.0.2.7"], "198.51.100.1"),
        ("10.0.0.1", ["10.2.2.2, 10.3.3.3"], "10.2.2.2"),
        ("10.0.0.1", ["198.51.100.1, , 10.9.9.9,"], "198.51.100.1"),
        # Garbage ends the walk at the proxy that sent it.
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, _hidden, 10.9.9.9"], "10.9.9.9"),
        ("10.0.0.1", ["198.51.100.1, 999.1.1.1"], "10.0.0.1"),
        ("10.0.0.1", ["\xff\xfe"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1 10.9.9.9"], "10.0.0.1"),
        # Forms of an address.
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.0.0.1", ['"198.51.100.1"'], "198.51.100.1"),
        ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["[::ffff:198.51.100.1]:80"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("10.0.0.1", ["[2001:db8:1:2:3:4:5:6]:443"], "2001:db8:1:2::/64"),
        ("10.0.0.1", ["[2001:db8:1:2::1]"], "2001:db8:1:2::/64"),
        ("fd00::1", ["1.2.3.4, 2001:DB8::1, fd00::2"], "2001:db8::/64"),
        ("2001:db8::9", ["198.51.100.1"], "2001:db8::/64"),
        ("fe80::1%eth0", ["198.51.100.1"], "fe80::/64"),
        ("::1", [], "::/64"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_the_client_address(peer: str, forwarded: list[str], expected: str) -> None:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    scope = {"client": (peer, 4711), "headers": [(b"host", b"test"), *headers]}
    assert client_address(scope, TRUSTED) == expected


def test_without_trusted_proxies_nothing_is_believed() -> None:
    headers = [(b"x-forwarded-for", b"198.51.100.1")]
    scope: dict[str, Any] = {"client": ("10.0.0.1", 1), "headers": headers}
    assert client_address(scope, ()) == "10.0.0.1"


def test_a_unix_socket_has_no_peer() -> None:
    assert client_address({"client": None, "headers": []}, TRUSTED) == ""


def test_only_so_many_entries_of_a_forwarded_header_are_read() -> None:
    """A stranger behind a trusted proxy writes as many as a header holds."""
    for hops, address in ((31, "203.0.113.9"), (40, "10.0.0.1")):
        sent = b"203.0.113.9," + b",".join([b"10.0.0.1"] * hops)
        scope = {"client": ("10.0.0.2", 1), "headers": [(b"x-forwarded-for", sent)]}
        assert client_address(scope, TRUSTED) == address
