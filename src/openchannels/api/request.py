"""What a request brings along: its key, its language, and where it comes from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from openchannels.api.locale import negotiate
from openchannels.core import errors
from openchannels.core.platforms import Locale

RawHeaders = Iterable[tuple[bytes, bytes]]
"""Headers as the server hands them over: names in lower case."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def api_key(headers: RawHeaders) -> str | None:
    """The `X-Api-Key` of a request; sent twice it is none. Raises Unauthorized."""
    sent = [value for name, value in headers if name == b"x-api-key"]
    if len(sent) > 1:
        raise errors.UNAUTHORIZED()
    return sent[0].decode("latin-1").strip() if sent else None


def locale(headers: RawHeaders) -> Locale:
    sent = [value for name, value in headers if name == b"accept-language"]
    return negotiate(sent[0].decode("latin-1") if sent else "")


def client_address(scope: Mapping[str, Any], trusted: Sequence[Network]) -> str:
    """The address a request comes from, for counting: the peer, or what a trusted proxy says.

    Each proxy adds its peer to the right of X-Forwarded-For, so that only entries up to the
    first untrusted one, seen from the right, can be believed. An entry that is no address ends
    the walk at the proxy that sent it. Of IPv6 the /64 counts: a client may use all of one.
    """
    peer = scope["client"][0] if scope.get("client") else ""
    address = read_address(peer)
    if address is None:
        return str(peer)
    if _is_trusted(address, trusted):
        for entry in _forwarded(scope["headers"]):
            said = read_address(entry)
            if said is None:
                break
            address = said
            if not _is_trusted(address, trusted):
                break
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), 64), strict=False))
    return str(address)


def read_address(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets or quotes; None if it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        # Without its zone, which tells interfaces of this machine apart.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _forwarded(headers: RawHeaders) -> Iterator[str]:
    """Entries of X-Forwarded-For from the right; several headers read as one."""
    sent = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    return (entry for entry in reversed(",".join(sent).split(",")) if entry.strip())


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
