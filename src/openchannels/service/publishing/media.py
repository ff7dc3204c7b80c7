"""Brings the files of a publication into the asset store before they are sent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.core import errors
from openchannels.core.assets import Asset
from openchannels.core.publications import (
    Content,
    Medium,
    MediumKind,
    Publication,
    PublicationRefused,
    Stage,
)
from openchannels.core.publish_rules import FileFacts, issues_of
from openchannels.service.assets.addresses import lasting_url
from openchannels.service.context import Context
from openchannels.service.publishing.adaptation import adapted_warning, target_of
from openchannels.service.publishing.content_files import facts_of, own_path
from openchannels.service.publishing.drafts import Drafts, account_of
from openchannels.service.publishing.files import OpenFiles, asset_of, open_files
from openchannels.service.publishing.made_files import MadeFiles
from openchannels.service.publishing.progress import HeldPublication, PublicationTaken
from openchannels.service.publishing.rule_table import rules_of
from openchannels.store.database import Connection
from openchannels.store.queries import assets, publication_files, publications

CHANGES = frozenset({Stage.PREPARING, Stage.UPDATING})
"""Stages in which files are brought in; in the others they are there."""
FILES = ("content.media", "content.cover")


class PublishMedia:
    """Files of publications; see `service.publishing.jobs.MediaPreparation`."""

    def __init__(self, context: Context, drafts: Drafts) -> None:
        self._context = context
        self._drafts = drafts
        self._made = MadeFiles(context)

    async def open(self, held: HeldPublication) -> OpenFiles:
        """Returns the files, fetched and adapted first where that is needed.

        Raises PublicationTaken, and PublicationRefused for one that cannot be read or breaks a
        rule of the platform.
        """
        if held.publication.stage in CHANGES:
            await self._bring(held)
        return await open_files(self._context, held)

    async def _bring(self, held: HeldPublication) -> None:
        before = Content.from_json(held.publication.content)
        known: dict[str, Asset] = {}
        missing = False
        for medium in before.files:
            asset = await self._existing(held, medium)
            if asset is not None:
                known[medium.url] = asset
            missing = missing or asset is None
        if missing:
            await self._made.drop_unfinished(held)
        # One after the other: what has been stored is written down before the next begins.
        for medium in dict.fromkeys(before.files):
            await self._bring_one(held, medium, known)
        if known and held.publication.stage is Stage.PREPARING:
            await self._make_cover(held, known)
            await self._check(held, {url: facts_of(asset) for url, asset in known.items()})

    async def _existing(self, held: HeldPublication, medium: Medium) -> Asset | None:
        """The asset of a file whose bytes are there, which may be the one that it was made from."""
        found = await asset_of(self._context, held, medium.asset_id)
        path = own_path(self._context, medium.url)
        if found is not None or not path:
            return found
        own = await self._context.db.read(assets.by_path, path)
        return own if own is not None and own.user_id == held.publication.user_id else None

    async def _bring_one(
        self, held: HeldPublication, medium: Medium, known: dict[str, Asset]
    ) -> None:
        asset = known.get(medium.url)
        if asset is None:
            ended = held.publication.stage is Stage.UPDATING and medium.asset_id is not None
            if ended or own_path(self._context, medium.url) is not None:
                return
            asset = await self._made.fetch(held, medium)
            await self._keep(held, medium, asset)
        platform = self._context.platforms.connector(held.publication.platform)
        target = target_of(platform.publishing.media, medium, facts_of(asset))
        warning = None
        if target is not None:
            before = facts_of(asset)
            asset = await self._made.adapt(held, medium, asset, target)
            content = Content.from_json(held.publication.content)
            warning = adapted_warning(content, medium.url, before, facts_of(asset))
        known[medium.url] = asset
        await self._keep(held, medium, asset, warning)

    async def _make_cover(self, held: HeldPublication, known: Mapping[str, Asset]) -> None:
        """Make a cover of the video where the platform needs one and the content has none."""
        platform = self._context.platforms.connector(held.publication.platform)
        target = platform.publishing.made_cover
        content = Content.from_json(held.publication.content)
        if target is None or content.cover is not None:
            return
        for video in content.videos[:1]:
            made = await self._made.adapt(held, video, known[video.url], target)
            await self._show_cover(held, content, made)

    async def _show_cover(self, held: HeldPublication, content: Content, made: Asset) -> None:
        """Write down the cover that was made: the record shows it for as long as it lasts."""
        url = lasting_url(self._context.rules.public_url, made)
        cover = Medium(url, MediumKind.IMAGE, made.id, size=made.size)
        kept = replace(held.publication, content=replace(content, cover=cover).as_json())

        def write(connection: Connection) -> None:
            self._write(connection, held, kept, made.id)
            publication_files.keep_for_record(connection, kept.id, made.id)

        await self._context.db.write(write)
        held.written(kept)

    async def _keep(
        self,
        held: HeldPublication,
        medium: Medium,
        asset: Asset,
        warning: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down which asset holds a file of the publication, and what is to be said of it."""
        content = Content.from_json(held.publication.content)
        files = [
            replace(one, asset_id=asset.id) if one.url == medium.url else one
            for one in content.files
        ]
        if tuple(files) == content.files:
            return
        changed = content.with_files(files).as_json()
        warnings = held.publication.warnings
        if warning is not None and warning not in warnings:
            warnings = (*warnings, warning)
        kept = replace(held.publication, content=changed, warnings=warnings)
        await self._context.db.write(self._write, held, kept, asset.id)
        held.written(kept)

    def _write(
        self, connection: Connection, held: HeldPublication, kept: Publication, asset_id: str
    ) -> None:
        one = held.publication
        values = {
            "content": kept.content,
            "warnings": [dict(warning) for warning in kept.warnings],
            "updated_at": self._context.clock(),
        }
        if not publications.change(connection, one.id, held.owner, values):
            raise PublicationTaken
        publication_files.add_asset(connection, one.id, asset_id)

    async def _check(self, held: HeldPublication, facts: Mapping[str, FileFacts]) -> None:
        """Check the rules on files again with what is known of them by now."""
        one = held.publication
        account = await account_of(self._context, one)
        content = Content.from_json(one.content)
        draft = self._drafts.draft(account, content, one.option, facts, one.publish_at)
        rules = rules_of(self._context.platforms.connector(one.platform))
        broken = [
            issue
            for issue in issues_of(rules, draft)
            if issue.is_error and issue.path.startswith(FILES)
        ]
        if broken:
            raise PublicationRefused(
                errors.MEDIA_UNSUPPORTED,
                " ".join(issue.message.en for issue in broken),
                platform_code=broken[0].rule,
                kind="media_unavailable",
            )
