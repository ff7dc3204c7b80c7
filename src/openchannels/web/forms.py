"""Forms as browsers and platforms post them."""

from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType


async def form_of(request: Request[Any, Any, Any]) -> FormMultiDict:
    """The posted fields, which are read in the encoding of our own pages only.

    In any other there are none: a parser of multipart refuses what it is sent in many ways.
    """
    encoding, _ = request.content_type
    if encoding != RequestEncodingType.URL_ENCODED:
        return FormMultiDict()
    return await request.form()
