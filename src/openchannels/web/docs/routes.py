"""Routes of the API reference: the viewer, its files and the plain list."""

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import File
from litestar.response.base import ASGIResponse

from openchannels.api.reading import AnyRequest
from openchannels.web import pages
from openchannels.web.docs.files import FILES_PATH, viewer_file
from openchannels.web.responses import for_browsers, html, locale_of
from openchannels.web.security_headers import viewer_headers


@get("/reference", include_in_schema=False, **for_browsers())
async def reference(request: AnyRequest) -> ASGIResponse:
    """Shows the API reference: search, all fields, and calls to this server with a key."""
    return html(pages.reference_page(locale_of(request)), viewer_headers())


@get("/reference/operations", include_in_schema=False, **for_browsers())
async def operations(request: AnyRequest) -> ASGIResponse:
    """Shows every operation in plain HTML."""
    return html(pages.operations_page(request.app.state.openapi, locale_of(request)))


@get(
    FILES_PATH + "/{name:str}",
    include_in_schema=False,
    sync_to_thread=False,
    **for_browsers(),
)
def files(name: FromPath[str]) -> File:
    """Serves the viewer's scripts and style sheets."""
    found = viewer_file(name)
    if found is None:
        raise NotFoundException
    path, media_type = found
    return File(
        path,
        filename=name,
        media_type=media_type,
        content_disposition_type="inline",
        headers=dict(pages.ASSET_HEADERS),
    )


ROUTES = [reference, operations, files]
