"""Restricts connections to URLs that users give to public addresses.

Checking the URL reports mistakes early; the protection is the check of each IP address right
before connecting.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from openchannels.core.urls import NUMERIC, plain_url

Networks = Sequence[IPv4Network | IPv6Network]

# Written out, because what `ipaddress` calls global differs between releases of Python.
# https://www.iana.org/assignments/iana-ipv4-special-registry/
NOT_PUBLIC_4: Networks = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers; a cloud keeps its metadata here
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host, though the address is a public one
        "169.254.0.0/16",  # link-local, with most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Only this part of IPv6 is assigned: mapped, compatible, NAT64, private, link-local and multicast
# addresses lie outside. https://www.iana.org/assignments/iana-ipv6-special-registry/
PUBLIC_6 = ip_network("2000::/3")
NOT_PUBLIC_6: Networks = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # Teredo and other protocols
        "2001:db8::/32",
        "2002::/16",  # 6to4, which holds an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
LOOPBACK = ip_address("127.0.0.1")
LOOPBACK_NETWORKS: Networks = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
ELSE = "or one that the setting webhooks.allowed_networks names"


def may_connect(address: str, allowed: Networks, *, public: bool = True) -> bool:
    """Returns whether an IP address, as text, is in an allowed network, or public.

    Without `public` only the allowed networks count.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if getattr(ip, "scope_id", None) is not None:
        return False
    return any(ip in network for network in allowed) or (public and is_public(ip))


def is_public(ip: IPv4Address | IPv6Address) -> bool:
    """Returns whether an address is globally routable and not reserved."""
    if ip.version == 4:
        return not any(ip in network for network in NOT_PUBLIC_4)
    return ip in PUBLIC_6 and not any(ip in network for network in NOT_PUBLIC_6)


def check_url(url: str, allowed: Networks = (), *, plain: bool = False) -> str | None:
    """Returns why a user's URL is refused; None if it is accepted.

    https is allowed to any port, http only to the allowed networks, unless `plain` lets it lead
    anywhere. A name that resolves to a refused address passes here and is refused when it is
    called.
    """
    parts = plain_url(url)
    if parts is None or "#" in url:
        return "must be an https URL in ASCII, without user info or fragment"
    encrypted = plain or parts.scheme == "https"
    if not encrypted and not allowed:
        return f"must be an https URL, {ELSE}"
    if not _may_name(parts.hostname or "", allowed, encrypted):
        return f"must be an address that can be reached on the Internet by https, {ELSE}"
    return None


def _may_name(host: str, allowed: Networks, encrypted: bool) -> bool:
    if ":" in host or NUMERIC.fullmatch(host):
        return may_connect(host, allowed, public=encrypted)
    local = host == "localhost" or host.endswith(".localhost")
    return not local or any(LOOPBACK in network for network in allowed)
