"""Reads from a request its API key, its language and the client's IP address."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import chain
from typing import Any

from openchannels.api.locale import negotiate
from openchannels.core import errors
from openchannels.core.platforms import Locale

RawHeaders = Iterable[tuple[bytes, bytes]]
"""Raw headers from the server, names in lower case."""

RECORD = "record"
"""Name in the request's state of its `core.request_record.RequestRecord`."""
WHOLE = "openchannels.whole_answer"
"""Type of the message by which an operation answers: status 200, all `headers` and the `body`."""
MAX_HOPS = 32
"""Entries of X-Forwarded-For that are read, from the right."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def api_key(headers: RawHeaders) -> str | None:
    """Returns the `X-Api-Key` header. Raises Unauthorized if it is sent twice."""
    sent = [value for name, value in headers if name == b"x-api-key"]
    if len(sent) > 1:
        raise errors.UNAUTHORIZED()
    return sent[0].decode("latin-1").strip() if sent else None


def bearer_or_api_key(headers: RawHeaders) -> str | None:
    """Returns the key of `Authorization: Bearer` or `X-Api-Key`.

    Raises Unauthorized if there is more than one.
    """
    key = api_key(headers)
    sent = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
    for scheme, _, token in (value.strip().partition(" ") for value in sent):
        if key is not None or scheme.lower() != "bearer":
            raise errors.UNAUTHORIZED()
        key = token.strip()
    return key


def locale(headers: RawHeaders) -> Locale:
    sent = [value for name, value in headers if name == b"accept-language"]
    return negotiate(sent[0].decode("latin-1") if sent else "")


def path_size(scope: Mapping[str, Any]) -> int:
    """Returns the bytes of the path as it was sent, without the query."""
    raw: bytes = scope["raw_path"]
    end = raw.find(b"?")
    return len(raw) if end < 0 else end


def header_size(headers: RawHeaders, only: bytes | None = None) -> int:
    """Returns the bytes of all names and values, or of the headers of one name."""
    if only is not None:
        headers = [header for header in headers if header[0] == only]
    return sum(map(len, chain.from_iterable(headers)))


def client_address(scope: Mapping[str, Any], trusted: Sequence[Network]) -> str:
    """Returns the client address for rate limits: the peer's, or the one from a trusted proxy.

    Each proxy appends its peer to X-Forwarded-For, so entries from the right are trustworthy up to
    the first untrusted one, of at most `MAX_HOPS`. An invalid entry ends the search at the proxy
    that sent it. IPv6 addresses are reduced to their /64, since a client may use all of one.
    """
    address = _address(scope, trusted)
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), 64), strict=False))
    return str(address)


def logged_address(scope: Mapping[str, Any], trusted: Sequence[Network]) -> str:
    """Returns the same address for the log, of IPv6 the whole."""
    return str(_address(scope, trusted)) if trusted else _peer(scope)


def _peer(scope: Mapping[str, Any]) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


def _address(scope: Mapping[str, Any], trusted: Sequence[Network]) -> Address | str:
    peer = _peer(scope)
    address = read_address(peer)
    if address is None:
        return peer
    if _is_trusted(address, trusted):
        for entry in _forwarded(scope["headers"]):
            parsed = read_address(entry)
            if parsed is None:
                break
            address = parsed
            if not _is_trusted(address, trusted):
                break
    return address


def read_address(text: str) -> Address | None:
    """Parses an address as proxies write it: with port, brackets or quotes; None if invalid."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        # Drop the zone, which identifies a local interface.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _forwarded(headers: RawHeaders) -> Iterator[str]:
    """Yields the entries of X-Forwarded-For from the right; several headers count as one."""
    sent = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
    return (entry for entry in reversed(",".join(sent).rsplit(",", MAX_HOPS)) if entry.strip())


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
