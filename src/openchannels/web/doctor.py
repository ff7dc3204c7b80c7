"""The page of `/doctor`: checks of this installation, for who is on its machine only."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.response.base import ASGIResponse

from openchannels.api.bounds import public
from openchannels.api.reading import AnyRequest
from openchannels.core.rate_limits import Limit
from openchannels.web import pages
from openchannels.web.responses import page
from openchannels.web.security_headers import isolated_headers

LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
FORWARDED = {
    *(b"forwarded", b"via", b"x-real-ip"),
    *(b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"),
}
"""Headers by which a proxy on the same machine shows that it asks for somebody else."""


@get("/doctor", include_in_schema=False, **public(Limit.PAGE))
async def doctor(request: AnyRequest) -> ASGIResponse:
    """Shows the checks; for everybody else there is no such page."""
    if not is_local(request.scope):
        raise NotFoundException
    checks = await request.app.state.doctor()
    return page(request, pages.doctor_page, checks, isolated_headers())


def is_local(scope: Mapping[str, Any]) -> bool:
    """Whether a request comes from this machine, by its peer and not over a proxy.

    The host is compared too: a page of another site may resolve its own name to this machine.
    """
    headers: dict[bytes, bytes] = dict(scope["headers"])
    client = scope.get("client")
    host = headers.get(b"host", b"").decode("latin-1").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if client is None or name not in LOOPBACK_HOSTS or not FORWARDED.isdisjoint(headers):
        return False
    try:
        peer = ip_address(client[0])
    except ValueError:
        return False
    return (getattr(peer, "ipv4_mapped", None) or peer).is_loopback
