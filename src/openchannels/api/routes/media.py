"""Public routes of assets: files are read by their lasting address, and sent to a signed one.

They answer with HTTP statuses, as browsers, platforms and upload libraries expect. Sending goes as
in Google's resumable uploads: https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
"""

from typing import Any

from litestar import HttpMethod, Request, route
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp

from openchannels.api import envelope
from openchannels.api.bounds import public
from openchannels.api.byte_ranges import InvalidRange, StateQuery, read_content_range
from openchannels.api.file_response import FileResponse
from openchannels.api.reading import read_parts, read_query
from openchannels.api.request import locale
from openchannels.core import errors
from openchannels.core.assets import UploadFault
from openchannels.core.exceptions import AssetError
from openchannels.core.rate_limits import Limit
from openchannels.core.request_record import note_code
from openchannels.service.assets.addresses import MEDIA, PULLS, UPLOADS
from openchannels.service.assets.uploads import UploadProgress, upload_failed
from openchannels.service.services import Services

RESUME = 308
CONFLICT = 409
STATUS = {
    errors.ASSET_NOT_FOUND.number: 404,
    errors.ASSET_TOO_LARGE.number: 413,
    errors.ASSET_UPLOAD_FAILED.number: 400,
}
REDIRECT_CACHE = "private, max-age=60"

AnyRequest = Request[Any, Any, Any]


@route(
    MEDIA + "/{user:str}/{kind:str}/{month:str}/{name:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    include_in_schema=False,
    **public(Limit.MEDIA),
)
async def read_media(request: AnyRequest) -> ASGIApp:
    """Answers with the file of a confirmed asset, or leads to the store that has it."""
    services: Services = request.app.state.services
    path = "/".join(str(request.path_params[name]) for name in ("user", "kind", "month", "name"))
    try:
        asset = await services.asset_downloads.find(path)
    except AssetError as error:
        return _refused(request, error)
    elsewhere = await services.asset_downloads.redirect(asset)
    if elsewhere is not None:
        headers = {"location": elsewhere, "cache-control": REDIRECT_CACHE}
        return ASGIResponse(status_code=302, headers=headers)

    def stream(start: int, length: int) -> Any:
        return services.asset_downloads.stream(asset, start, length)

    return FileResponse(asset, stream, request.method, _headers(request))


@route(
    PULLS + "/{token:str}/{name:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    include_in_schema=False,
    **public(Limit.MEDIA),
)
async def read_publish_media(request: AnyRequest) -> ASGIApp:
    """Answers a platform with a file of a publication, while that goes on."""
    services: Services = request.app.state.services
    token = str(request.path_params["token"])
    try:
        asset = await services.publish_fetches.find(token)
    except AssetError as error:
        return _refused(request, error)

    def stream(start: int, length: int) -> Any:
        return services.publish_fetches.stream(asset, token, start, length)

    return FileResponse(asset, stream, request.method, _headers(request))


@route(
    UPLOADS + "/{asset_id:str}",
    http_method=HttpMethod.PUT,
    include_in_schema=False,
    **public(Limit.UPLOAD),
)
async def send_file(request: AnyRequest) -> ASGIApp:
    """Takes a file or a range of it: 200 once it is complete, 308 with Range before that."""
    try:
        return _progress(await _receive(request))
    except InvalidRange:
        return _refused(request, upload_failed(UploadFault.LENGTH))
    except AssetError as error:
        return _refused(request, error)


async def _receive(request: AnyRequest) -> UploadProgress:
    services: Services = request.app.state.services
    token = read_query(request).first_values().get("token", "")
    uploads = services.asset_uploads
    asset = await uploads.find(request.path_params["asset_id"], token)
    sent = _headers(request)
    announced = sent.get("content-length", "")
    length = int(announced) if announced.isdigit() and len(announced) < 20 else None
    piece = read_content_range(sent.get("content-range"), length)
    if isinstance(piece, StateQuery):
        return await uploads.progress(asset)
    parts = read_parts(request, asset.reserved, uploads.seconds_left(asset))
    return await uploads.receive(asset, piece, parts)


def _progress(progress: UploadProgress) -> ASGIResponse:
    if progress.complete:
        return ASGIResponse(status_code=200, media_type="text/plain")
    last = progress.received - 1
    return ASGIResponse(
        status_code=RESUME, headers={"range": f"bytes=0-{last}"} if progress.received else {}
    )


def _refused(request: AnyRequest, error: AssetError) -> ASGIResponse:
    """Returns the envelope with a status of its own."""
    state = request.scope["state"]
    note_code(error.code.number)
    body = envelope.failure(error, locale(request.scope["headers"]), state["request_id"])
    is_busy = error.data.get("reason") == UploadFault.BUSY
    return ASGIResponse(
        body=body,
        media_type=envelope.JSON,
        status_code=CONFLICT if is_busy else STATUS[error.code.number],
        headers={"connection": "close"} if request.method == HttpMethod.PUT else {},
    )


def _headers(request: AnyRequest) -> dict[str, str]:
    return {
        name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]
    }


ROUTES = [read_media, read_publish_media, send_file]
