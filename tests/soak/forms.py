"""Over four hundred ways to write an address that must not be called, a `{port}` in each."""

import itertools
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

PUBLIC = "receiver.test"
"""The one name that stands for a receiver on the Internet."""

TARGETS = (
    "127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
    "192.168.0.1",
    "172.16.0.1",
    "100.100.100.200",
    "0.0.0.0",
)
SPECIAL_4 = (
    *("0.0.0.1", "0.255.255.255", "10.255.255.255", "100.64.0.0", "100.127.255.255"),
    *("127.0.0.3", "127.1.2.3", "127.255.255.255", "168.63.129.16", "169.254.0.1"),
    *("169.254.170.2", "169.254.0.23", "172.31.255.255", "172.17.0.1", "192.0.0.1", "192.0.0.192"),
    *("192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.168.255.255"),
    *("192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.250", "240.0.0.1", "255.255.255.255"),
)
SPECIAL_6 = (
    *("::", "::1", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "::2"),
    *("100::1", "100:0:0:1::1", "2001::1", "2001:10::1", "2001:20::1", "2001:2::1", "2001:db8::1"),
    *("2001:1::1", "2620:4f:8000::1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254"),
    *("fd20:ce::254", "fdff::1", "fe80::1", "fe80::a9fe:a9fe", "fe80::5efe:7f00:1", "febf::1"),
    *("fec0::1", "ff01::1", "ff02::1", "ff05::1:3", "ff0e::1", "::ffff:0:127.0.0.1"),
)


def spellings(target: str) -> Iterator[str]:
    """One IPv4 address as `inet_aton` and browsers read it, and as careless parsers do."""
    parts = [int(part) for part in target.split(".")]
    number = int(IPv4Address(target))
    a, b, c, d = parts
    yield str(number)
    yield f"0x{number:x}"
    yield f"0X{number:08X}"
    yield f"0{number:o}"
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"0x{part:x}" for part in parts)
    yield ".".join(f"{part:03d}" for part in parts)
    yield ".".join(f"000{part:o}" for part in parts)
    yield f"{a}.{(b << 16) + (c << 8) + d}"
    yield f"{a}.{b}.{(c << 8) + d}"
    yield f"0x{a:x}.{b}.{c:#o}.{d}".replace("0o", "0")
    yield f"{target}."
    yield f"{number}."
    yield f"%{ord(target[0]):02x}{target[1:]}"
    yield target.replace(".", "%2e")
    yield target.replace(".", "\u3002")
    yield "".join(chr(ord(mark) + 0xFEE0) if mark.isdigit() else mark for mark in target)
    yield f"{a + 256}.{b}.{c}.{d}"
    yield f"{number + 2**32}"


def embeddings(target: str) -> Iterator[str]:
    """One IPv4 address inside IPv6 ones."""
    number = int(IPv4Address(target))
    high, low = number >> 16, number & 0xFFFF
    yield f"::ffff:{target}"
    yield f"::ffff:{high:x}:{low:x}"
    yield f"0:0:0:0:0:ffff:{high:04x}:{low:04x}"
    yield f"::{target}"
    yield f"64:ff9b::{target}"
    yield f"64:ff9b:1::{high:x}:{low:x}"
    yield f"2002:{high:x}:{low:x}::1"
    flipped = number ^ 0xFFFFFFFF
    yield str(IPv6Address((0x20010000 << 96) | flipped))


def names() -> dict[str, list[str]]:
    """Names of an attacker's, and what they resolve to."""
    table = {f"v4-{n}.test": [one] for n, one in enumerate((*TARGETS, *SPECIAL_4))}
    table |= {f"v6-{n}.test": [one] for n, one in enumerate(SPECIAL_6)}
    for n, target in enumerate(TARGETS):
        inside = [str(IPv6Address(one)) for one in embeddings(target)]
        table |= {f"in-{n}-{m}.test": [one] for m, one in enumerate(inside)}
    table |= {
        "several.test": list(TARGETS),
        "both.test": ["127.0.0.1", "::1"],
        "zone.test": ["fe80::1%lo"],
        "odd.test": ["127.1", "2130706433", "not-an-address"],
        "xn--fsqu00a.test": ["127.0.0.1"],
        "intranet": ["10.0.0.1"],
        **{name: ["127.0.0.1"] for name in ("localhost", "a.localhost", "ip6-localhost")},
        **{name: ["127.0.0.1"] for name in ("localhost.", "localhost.localdomain")},
        **{name: ["169.254.169.254"] for name in ("metadata", "metadata.google.internal")},
    }
    return table


def literals() -> Iterator[str]:
    """Hosts that are addresses."""
    for target in TARGETS:
        yield target
        yield from spellings(target)
        yield from (f"[{one}]" for one in embeddings(target))
    yield from SPECIAL_4
    yield from (f"[{one}]" for one in SPECIAL_6)
    yield from ("[fe80::1%lo]", "[fe80::1%25lo]", "[fe80::1%251]", "[::1%25lo]", "[::1]%lo")
    yield from ("[::ffff:127.1]", "[::1", "::1", "[0x7f.1]", "[v1.1]", "[::127.0.0.1]")


def hosts() -> Iterator[str]:
    yield from literals()
    yield from names()
    yield from ("LOCALHOST", "LocalHost", "a.LOCALHOST", "\u24dboc\u24d0lhost", "loc\u00adalhost")


def odd_urls() -> Iterator[str]:
    """What one parser reads as the receiver's address and another as a private one."""
    inner = "127.0.0.1:{port}"
    for scheme in ("file", "ftp", "gopher", "dict", "ldap", "unix", "http+unix", "ws", "tcp", ""):
        yield f"{scheme}://{inner}/"
    yield from ("file:///etc/passwd", "unix:///var/run/docker.sock", "data:text/plain,x", "")
    for mark in ("@", ":80@", "\\@", "#@", "?@", "/@", "%40", "%00@", "\t@", "\r\n@", " @", ";@"):
        yield f"http://{PUBLIC}{mark}{inner}/"
        yield f"http://{inner}{mark}{PUBLIC}/".replace("{port}\\@", "{port}\\\\@")
    yield from (f"//{inner}/", f"///{inner}/", f"http:{inner}/", f"http:/{inner}/")
    yield from (f"http:///{inner}/", f"http:\\\\{inner}/", f"hTTp://{inner}/", f" http://{inner}/")
    yield from (f"http://[{PUBLIC}]@{inner}/", f"http://{PUBLIC}:{{port}}@{inner}/")
    yield from (f"http://{inner}\\.{PUBLIC}/", f"http://{inner}%2f.{PUBLIC}/")


def forms() -> list[str]:
    """All of them, each once."""
    schemes = itertools.cycle(("https", "http"))
    urls = (f"{next(schemes)}://{host}:{{port}}/hook" for host in dict.fromkeys(hosts()))
    return list(dict.fromkeys((*urls, *odd_urls())))
