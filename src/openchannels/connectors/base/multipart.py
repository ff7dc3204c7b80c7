"""Bodies of `multipart/form-data`: fields of a form, and files among them."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NEWLINE = b"\r\n"


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file of a form. The name is one of ours, in ASCII: platforms differ in how they read it."""

    data: bytes
    filename: str = "file"
    mime_type: str = "application/octet-stream"


def multipart(fields: Mapping[str, str | int | FilePart]) -> dict[str, Any]:
    """Returns `headers` and `body` of a call that sends these fields, in their order."""
    boundary = f"openchannels-{secrets.token_hex(16)}"
    parts: list[bytes] = []
    for name, value in fields.items():
        parts += [f"--{boundary}".encode(), *_part(name, value)]
    parts += [f"--{boundary}--".encode(), b""]
    content_type = f"multipart/form-data; boundary={boundary}"
    return {"headers": {"Content-Type": content_type}, "body": NEWLINE.join(parts)}


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
