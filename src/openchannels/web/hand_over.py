"""The page of `/s/{code}`: it leads a person to the app in which they publish a finished work."""

import re

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response.base import ASGIResponse

from openchannels.api.bounds import public
from openchannels.api.reading import AnyRequest
from openchannels.core.rate_limits import Limit
from openchannels.service.publishing.hand_overs import PATH, HandOverPage
from openchannels.web import pages
from openchannels.web.responses import locale_of, page, services_of
from openchannels.web.security_headers import isolated_headers

PHONE = re.compile(r"Android|iPhone|iPad|Mobile|HarmonyOS")
APP_ADDRESS = re.compile(r"snssdk\d+://[!-~]+")
"""An address that opens an app; nothing else is offered to be followed."""
LONGEST_CODE = 1_000
"""Characters that a phone still reads well off a screen; the platform's own cameras read more."""


@get(PATH + "/{code:str}", include_in_schema=False, **public(Limit.PAGE))
async def hand_over(request: AnyRequest, code: FromPath[str]) -> ASGIResponse:
    """Leads on to the app on a phone, and elsewhere shows what a phone can scan."""
    found = await services_of(request).hand_overs.find(code)
    if found is None or APP_ADDRESS.fullmatch(found.scheme_url) is None:
        raise NotFoundException
    on_phone = PHONE.search(request.headers.get("user-agent", "")) is not None
    return page(request, pages.hand_over_page, _view(request, found, on_phone), isolated_headers())


def _view(request: AnyRequest, found: HandOverPage, on_phone: bool) -> pages.HandOverView:
    named = found.platform_name
    return pages.HandOverView(
        platform_id=found.platform,
        platform_name=named.zh if locale_of(request) == "zh-CN" else named.en,
        address=found.scheme_url,
        picture=None if on_phone else _picture(found),
    )


def _picture(found: HandOverPage) -> str:
    """The app's address as a QR code; a very long one is left to this page, opened on a phone."""
    # Needed here only, and not before: it draws nothing but this.
    import segno

    shown = found.scheme_url if len(found.scheme_url) <= LONGEST_CODE else found.address
    code = segno.make(shown, error="l", boost_error=False, micro=False)
    return str(code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff"))
