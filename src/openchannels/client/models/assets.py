"""Uploaded files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class SignedUpload(Result):
    """A new asset and the address that takes its file; `resumable` addresses take ranges.

    `upload_url` is a secret: who has it can send the file. None from other services with the same
    API, whose uploads this client does not know.
    """

    id: str
    path: str
    url: str
    upload_url: str | None = field(default=None, repr=False)
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class Asset(Result):
    """An uploaded file: `size` in bytes, `metadata` as read from its bytes."""

    id: str
    user_id: str
    user_type: str
    path: str
    url: str
    type: str
    status: str
    filename: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    size: int | None = None
    mime_type: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AssetPage(Result):
    """A page of assets, newest first; the last has no `next_cursor`."""

    list: tuple[Asset, ...] = ()
    next_cursor: str | None = None
