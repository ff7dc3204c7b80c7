"""Bodies of `multipart/form-data`: fields of a form, and files among them."""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.base.publisher import MediaFile

NEWLINE = b"\r\n"


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form. The name is one of ours, in ASCII: platforms differ in how they read it."""

    data: bytes
    filename: str = "file"
    mime_type: str = "application/octet-stream"


def multipart(fields: Mapping[str, str | int | FilePart]) -> dict[str, Any]:
    """Returns `headers` and `body` of a call that sends these fields, in their order."""
    boundary = _boundary()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return {"headers": headers, "body": _fields(boundary, fields) + _end(boundary)}


def multipart_stream(
    fields: Mapping[str, str | int], name: str, file: MediaFile, piece: int = 1024 * 1024
) -> dict[str, Any]:
    """Returns `headers` and `stream` of a call that sends these fields and then a file of any size.

    The file is read in pieces, and the length of the whole form is in the headers.
    """
    boundary = _boundary()
    empty = {name: FilePart(b"", mime_type=file.mime_type)}
    head = _fields(boundary, fields) + _fields(boundary, empty).removesuffix(NEWLINE)
    end = NEWLINE + _end(boundary)

    async def stream() -> AsyncIterator[bytes]:
        yield head
        for start in range(0, file.size, piece):
            yield await file.read(start, piece)
        yield end

    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(head) + file.size + len(end)),
    }
    return {"headers": headers, "stream": stream}


def _boundary() -> str:
    return f"openchannels-{secrets.token_hex(16)}"


def _fields(boundary: str, fields: Mapping[str, str | int | FilePart]) -> bytes:
    lines: list[bytes] = []
    for name, value in fields.items():
        lines += [f"--{boundary}".encode(), *_part(name, value)]
    return NEWLINE.join([*lines, b""])


def _end(boundary: str) -> bytes:
    return f"--{boundary}--".encode() + NEWLINE


def _part(name: str, value: str | int | FilePart) -> list[bytes]:
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if not isinstance(value, FilePart):
        return [disposition.encode(), b"", str(value).encode()]
    return [
        f'{disposition}; filename="{value.filename}"'.encode(),
        f"Content-Type: {value.mime_type}".encode(),
        b"",
        value.data,
    ]
