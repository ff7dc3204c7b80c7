"""Routes of the API reference: the OpenAPI document, the viewer, its files and the plain list."""

from typing import Any, Final

import msgspec
from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import File
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp

from openchannels.api.bounds import public
from openchannels.api.conditional import answer, strong_tag
from openchannels.api.reading import AnyRequest
from openchannels.core.rate_limits import Limit
from openchannels.web import pages
from openchannels.web.docs.files import FILES_PATH, VIEWED_DOCUMENT, viewer_file
from openchannels.web.docs.localised import for_people, for_programs
from openchannels.web.language import locale_of_document
from openchannels.web.responses import locale_of, page
from openchannels.web.security_headers import isolated_headers, viewer_headers

DOCUMENTS: Final = "openapi_documents"
"""Name in the application's state of the encoded documents, by language."""


@get("/openapi.json", include_in_schema=False, **public(Limit.PROBE))
async def document(request: AnyRequest) -> ASGIApp:
    """Returns the OpenAPI 3.1 document for programs, its texts in English or Chinese."""
    locale = locale_of_document(request.scope)
    documents: dict[str, bytes] = request.app.state[DOCUMENTS]
    body = documents.get(locale)
    if body is None:
        body = msgspec.json.encode(for_programs(await request.app.state.openapi.get(), locale))
        documents[locale] = body
    headers = [
        (b"access-control-allow-origin", b"*"),
        (b"content-language", locale.encode()),
    ]
    return answer(request, strong_tag(body), "application/json", lambda: body, headers)


async def _shown_to_people(request: AnyRequest) -> dict[str, Any]:
    return for_people(await request.app.state.openapi.get(), locale_of(request))


@get("/reference", include_in_schema=False, **public(Limit.PAGE))
async def reference(request: AnyRequest) -> ASGIResponse:
    """Shows the API reference: search, all fields, and calls to this server with a key."""

    def render(_view: None, locale: str, here: str) -> str:
        return pages.reference_page(locale, here)

    return page(request, render, None, viewer_headers())


@get("/reference/operations", include_in_schema=False, **public(Limit.PAGE))
async def operations(request: AnyRequest) -> ASGIResponse:
    """Shows every operation in plain HTML."""
    return page(request, pages.operations_page, await _shown_to_people(request), isolated_headers())


@get(VIEWED_DOCUMENT, include_in_schema=False, **public(Limit.PAGE))
async def viewed_document(request: AnyRequest) -> ASGIResponse:
    """Returns the OpenAPI document as the viewer shows it, in the page's language."""
    body = msgspec.json.encode(
        for_people(await request.app.state.openapi.get(), locale_of(request))
    )
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return ASGIResponse(body=body, media_type="application/json", headers=headers)


@get(
    FILES_PATH + "/{name:str}",
    include_in_schema=False,
    sync_to_thread=False,
    **public(Limit.PAGE),
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


ROUTES = [document, reference, operations, viewed_document, files]
