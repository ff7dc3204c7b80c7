"""The files that a request names: assets of the user, or files on foreign addresses."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from openchannels.core import errors
from openchannels.core.assets import Asset
from openchannels.core.exceptions import ServiceError
from openchannels.core.publications import Content, Medium, MediumKind
from openchannels.core.publish_rules import FileFacts
from openchannels.core.remote_files import RemoteFileError
from openchannels.service.assets.addresses import MEDIA
from openchannels.service.context import Context
from openchannels.service.publishing.remote_looks import RemoteLooks
from openchannels.service.publishing.requested import ContentRequest, MediaRequest
from openchannels.store.queries import assets


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that a request names; without an asset its bytes are still elsewhere."""

    kind: MediumKind
    facts: FileFacts
    asset_id: str | None = None


class ContentFiles:
    """Finds the files of contents."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._looks = RemoteLooks(context)

    def of_request(self, user_id: str) -> "RequestFiles":
        """Returns what finds the files of one request, each of them once."""
        return RequestFiles(self, user_id)

    async def find(self, user_id: str, url: str) -> FoundFile:
        """Returns a file. Raises PUBLISH_RESOURCE_UNAVAILABLE."""
        path = own_path(self._context, url)
        if path is not None:
            return await self._own(user_id, url, path)
        try:
            kind, facts = await self._looks.look(url)
        except RemoteFileError as error:
            raise unavailable(url, error.fault.value, error.status) from None
        return FoundFile(kind, facts)

    async def _own(self, user_id: str, url: str, path: str) -> FoundFile:
        asset = await self._context.db.read(assets.by_path, path)
        if asset is None or asset.user_id != user_id:
            raise unavailable(url, "not_found")
        kind = kind_of(asset.mime_type or "")
        if kind is None:
            raise unavailable(url, "type")
        return FoundFile(kind, facts_of(asset), asset.id)

    async def stored(self, user_id: str, medium: Medium) -> FileFacts:
        """Returns what is known of a file whose bytes may lie in the asset store."""
        if medium.asset_id is None:
            return FileFacts()
        asset = await self._context.db.read(assets.get_owned, user_id, medium.asset_id)
        return FileFacts() if asset is None else facts_of(asset)


class RequestFiles:
    """Finds the files of one request: several at once, and none twice."""

    def __init__(self, files: ContentFiles, user_id: str) -> None:
        self._files, self._user_id = files, user_id
        self._found: dict[str, FoundFile] = {}

    async def resolve(
        self, wanted: ContentRequest, known: Content | None = None
    ) -> tuple[Content, Mapping[str, FileFacts]]:
        """Returns the content with its files, and their facts by address.

        `known` is content whose files are not looked at again. Raises PUBLISH_RESOURCE_UNAVAILABLE
        for a file that cannot be read, and for one that is neither an image nor a video.
        """
        before = {one.url: one for one in known.files} if known else {}
        cover = () if wanted.cover is None else (wanted.cover,)
        asked = (*wanted.media, *cover)
        await self._find([one.url for one in asked if one.url not in before])
        media = [self._medium(one, before.get(one.url)) for one in asked]
        facts = {
            one.url: self._found[one.url].facts
            if one.url in self._found
            else await self._files.stored(self._user_id, one)
            for one in media
        }
        own = media[len(wanted.media) :]
        content = Content(
            wanted.title,
            wanted.body,
            tuple(media[: len(wanted.media)]),
            own[0] if own else None,
        )
        return content, facts

    async def _find(self, urls: Sequence[str]) -> None:
        new = [url for url in dict.fromkeys(urls) if url not in self._found]
        looks = (self._files.find(self._user_id, url) for url in new)
        found = await asyncio.gather(*looks, return_exceptions=True)
        for url, one in zip(new, found, strict=True):
            if isinstance(one, BaseException):
                raise one
            self._found[url] = one

    def _medium(self, wanted: MediaRequest, before: Medium | None) -> Medium:
        if before is not None:
            return replace(before, adaptation=wanted.adaptation)
        found = self._found[wanted.url]
        size = found.facts.size if found.asset_id is None else None
        return Medium(wanted.url, found.kind, found.asset_id, wanted.adaptation, size)


def own_path(context: Context, url: str) -> str | None:
    """Returns the path of the asset that an address of this service, or of its store, gives.

    An empty one for other addresses of this service; None for those of others.
    """
    public_url = context.rules.public_url
    if url.startswith(f"{public_url}{MEDIA}/"):
        return url.removeprefix(f"{public_url}{MEDIA}/")
    if url.startswith(f"{public_url}/"):
        return ""
    return context.asset_store.path_of(url)


def unavailable(url: str, reason: str, status: int | None = None) -> ServiceError:
    data = {"url": url, "reason": reason}
    if status is None:
        return errors.PUBLISH_RESOURCE_UNAVAILABLE(data, detail={"status": reason})
    return errors.PUBLISH_RESOURCE_UNAVAILABLE({**data, "status": status})


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
