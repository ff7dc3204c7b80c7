"""Reads posted forms."""

from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType


async def read_form(request: Request[Any, Any, Any]) -> FormMultiDict:
    """Returns the posted fields, if they have the encoding of our own pages.

    Any other encoding yields no fields, because multipart parsers fail in many ways on invalid
    input.
    """
    encoding, _ = request.content_type
    if encoding != RequestEncodingType.URL_ENCODED:
        return FormMultiDict()
    return await request.form()
