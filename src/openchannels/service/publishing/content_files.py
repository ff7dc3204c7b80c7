"""The files that a request names: which assets they are, and what is known of each."""

from collections.abc import Mapping

from openchannels.core import errors
from openchannels.core.assets import Asset
from openchannels.core.publications import Content, Medium, MediumKind
from openchannels.core.publish_rules import FileFacts
from openchannels.service.assets.addresses import MEDIA
from openchannels.service.context import Context
from openchannels.service.publishing.requests import ContentRequest, MediaRequest
from openchannels.store.queries import assets


class ContentFiles:
    """Finds the files of contents."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def resolve(
        self, user_id: str, wanted: ContentRequest
    ) -> tuple[Content, Mapping[str, FileFacts]]:
        """Returns the content with its files, and their facts by address.

        Raises PUBLISH_RESOURCE_UNAVAILABLE for a file that cannot be read, and for one that is
        neither an image nor a video.
        """
        facts: dict[str, FileFacts] = {}
        media = tuple([await self._medium(user_id, one, facts) for one in wanted.media])
        cover = None if wanted.cover is None else await self._medium(user_id, wanted.cover, facts)
        return Content(wanted.title, wanted.body, media, cover), facts

    async def _medium(
        self, user_id: str, wanted: MediaRequest, facts: dict[str, FileFacts]
    ) -> Medium:
        asset = await self._own_asset(user_id, wanted.url)
        if asset is None:
            raise errors.PUBLISH_RESOURCE_UNAVAILABLE({"url": wanted.url, "reason": "not_found"})
        kind = kind_of(asset.mime_type or "")
        if kind is None:
            raise errors.PUBLISH_RESOURCE_UNAVAILABLE({"url": wanted.url, "reason": "type"})
        facts[wanted.url] = facts_of(asset)
        return Medium(wanted.url, kind, asset.id, wanted.adaptation)

    async def _own_asset(self, user_id: str, url: str) -> Asset | None:
        """The user's asset that an address of this service gives; None for other addresses."""
        prefix = f"{self._context.rules.public_url}{MEDIA}/"
        if not url.startswith(prefix):
            return None
        asset = await self._context.db.read(assets.by_path, url.removeprefix(prefix))
        return asset if asset is not None and asset.user_id == user_id else None


def kind_of(mime_type: str) -> MediumKind | None:
    """Returns which kind of medium a type is; None for neither."""
    main = mime_type.partition("/")[0]
    return MediumKind(main) if main in set(MediumKind) else None


def facts_of(asset: Asset) -> FileFacts:
    """Returns what is known of a confirmed asset."""
    known = asset.metadata
    return FileFacts(
        extension=asset.path.rpartition(".")[2].lower() or None,
        mime_type=asset.mime_type,
        size=asset.size,
        width=known.get("width"),
        height=known.get("height"),
        duration=known.get("duration"),
        codec=known.get("codec"),
        audio_codec=known.get("audioCodec"),
        frame_rate=known.get("frameRate"),
    )
