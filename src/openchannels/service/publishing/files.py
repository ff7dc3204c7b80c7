"""The files of a publication, as publishers read them and platforms fetch them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.registry import Fetched
from openchannels.core import errors, ids
from openchannels.core.assets import Asset, AssetStatus
from openchannels.core.publications import Content, Medium, MediumKind, PublicationRefused, Stage
from openchannels.service.assets.addresses import pull_url
from openchannels.service.context import Context
from openchannels.service.publishing.progress import HeldPublication
from openchannels.store.queries import assets, publication_files

ADDRESS_SECONDS = 3 * 86_400.0
"""How long an address of one attempt answers, beside what a person is given to finish the work.

It ends with the publication, and so earlier as a rule.
"""


AFTERWARDS = frozenset({Stage.HELD, Stage.VERIFYING, Stage.UPDATING})
"""Stages that may come after the end of a publication, with which files made for it ended too."""


class AssetFile:
    """A file whose bytes lie in the asset store; see `base.publisher.MediaFile`."""

    def __init__(
        self, context: Context, held: HeldPublication, asset: Asset, kind: MediumKind
    ) -> None:
        facts: Mapping[str, Any] = asset.metadata
        self._context, self._held, self._asset = context, held, asset
        self.kind = kind
        self.mime_type = asset.mime_type or "application/octet-stream"
        self.size = asset.size or 0
        self.filename = asset.filename
        self.width: int | None = facts.get("width")
        self.height: int | None = facts.get("height")
        self.duration: float | None = facts.get("duration")

    async def read(self, start: int, length: int) -> bytes:
        data = await self._context.asset_store.read(self._asset.path, start, length)
        platform = self._held.publication.platform
        self._context.metrics.count_publication_bytes(platform, len(data))
        return data

    async def public_url(self) -> str:
        token = self._held.state.get(self._name)
        if token is None:
            token = ids.new_secret()
            held, now = self._held.publication, self._context.clock()
            lasting = ADDRESS_SECONDS + self._context.rules.publishing.held
            values = {
                "token_hash": ids.digest(token),
                "publication_id": held.id,
                "asset_id": self._asset.id,
                "ends_at": now + lasting,
            }
            await self._context.db.write(publication_files.add_address, values)
            await self._held.keep(**{self._name: token})
        # The name on the address is ours: some platforms refuse other letters than ASCII there.
        extension = self._asset.path.rpartition(".")[2]
        return pull_url(self._context.rules.public_url, token, f"file.{extension}")

    async def fetched(self) -> Fetched:
        token = self._held.state.get(self._name)
        if token is None:
            return Fetched()
        found = await self._context.db.read(publication_files.read_of_address, ids.digest(token))
        return Fetched() if found is None else Fetched(*found)

    async def withdraw(self) -> None:
        token = self._held.state.get(self._name)
        if token is not None:
            now = self._context.clock()
            await self._context.db.write(publication_files.end_address, ids.digest(token), now)

    @property
    def _name(self) -> str:
        return f"address:{self._asset.id}"


@dataclass(frozen=True, slots=True)
class OpenFiles:
    media: tuple[AssetFile, ...]
    cover: AssetFile | None


async def open_files(context: Context, held: HeldPublication) -> OpenFiles:
    """Returns the files of a publication, whose bytes are all in the asset store.

    Raises PublicationRefused for one that is gone; where the publication may have ended before,
    files that ended with it are left out.
    """
    content = Content.from_json(held.publication.content)
    media = await asyncio.gather(*(_open(context, held, one) for one in content.media))
    cover = None if content.cover is None else await _open(context, held, content.cover)
    return OpenFiles(tuple(one for one in media if one is not None), cover)


async def _open(context: Context, held: HeldPublication, medium: Medium) -> AssetFile | None:
    asset = await asset_of(context, held, medium.asset_id)
    if asset is not None:
        return AssetFile(context, held, asset, medium.kind)
    if held.publication.stage in AFTERWARDS:
        return None
    raise PublicationRefused(
        errors.PUBLISH_RESOURCE_UNAVAILABLE,
        medium.url,
        platform_code="not_found",
        kind="media_unavailable",
    )


async def asset_of(context: Context, held: HeldPublication, asset_id: str | None) -> Asset | None:
    """Returns a confirmed asset of the publication's user."""
    if asset_id is None:
        return None
    asset = await context.db.read(assets.get_owned, held.publication.user_id, asset_id)
    return None if asset is None or asset.status != AssetStatus.CONFIRMED else asset
