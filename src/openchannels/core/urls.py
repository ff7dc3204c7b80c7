"""Strict parsing of URLs: accepts only those that every parser reads alike."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 2048
HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE)
NUMERIC = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)", re.IGNORECASE)
"""A host that ends in a number is an IPv4 address to browsers and to `inet_aton`."""
WEB_ADDRESS = re.compile(r"https?://[^/?#\\\s][^\s\x00-\x1f\x7f]*", re.IGNORECASE)
UNSAFE = re.compile(r"[^\x21-\x7e]|[\\<>\"^`{|}]")


def plain_url(value: str) -> SplitResult | None:
    """Returns the parts of a plain http(s) URL; None for any other text.

    Anything that a browser or a library could read differently is refused: user
    information, back-slashes, control and non-ASCII characters, odd hosts, numbers that are IP
    addresses in other than their usual form.
    """
    if len(value) > MAX_LENGTH or UNSAFE.search(value):
        return None
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    if parts.scheme.lower() not in DEFAULT_PORTS or "@" in parts.netloc or port == 0:
        return None
    usual = HOST.fullmatch(host) and _is_usual(parts.hostname or "")
    return parts if usual else None


def is_web_address(value: str) -> bool:
    """Returns whether a text is an http(s) address of at most MAX_LENGTH characters.

    Less strict than `plain_url`: for addresses that are shown, not called.
    """
    if len(value) > MAX_LENGTH or not WEB_ADDRESS.fullmatch(value):
        return False
    try:
        urlsplit(value)
    except ValueError:
        return False
    return True


def _is_usual(host: str) -> bool:
    """Returns whether a host is a name, or an IP address in canonical form."""
    if ":" not in host and not NUMERIC.fullmatch(host):
        return True
    try:
        return str(ip_address(host)) == host and not (":" in host and "." in host)
    except ValueError:
        return False
