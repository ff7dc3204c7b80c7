"""Signing uploads: an asset is made, and the address to which its file is to be sent."""

from dataclasses import dataclass, field

from openchannels.core import errors, ids
from openchannels.core.assets import Asset, AssetStatus, AssetType, new_path
from openchannels.core.exceptions import AssetError
from openchannels.service.assets.addresses import own_upload_url
from openchannels.service.context import Caller, Context
from openchannels.store.queries import assets as store

UNCONFIRMED_SECONDS = 86_400.0
"""For how long what is not confirmed is kept."""


@dataclass(frozen=True, slots=True)
class SignedUpload:
    """A new asset and where its file goes by PUT; `resumable` addresses take Content-Range."""

    asset: Asset
    upload_url: str = field(repr=False)
    resumable: bool


class AssetSigning:
    """Signs uploads."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def sign(
        self, caller: Caller, filename: str, kind: AssetType, size: int | None
    ) -> SignedUpload:
        """Make an asset and its upload address. Raises ASSET_TOO_LARGE, also over the quota."""
        rules, now = self._context.rules.assets, self._context.clock()
        bound = min(rules.unsized, rules.largest) if size is None else size
        if bound > rules.largest:
            raise too_large("size", rules.largest)
        token = ids.new_secret()
        asset = Asset(
            id=ids.new_object_id(),
            user_id=caller.user_id,
            path=new_path(caller.user_id, kind, filename, now),
            type=kind.value,
            status=AssetStatus.PENDING.value,
            size=size,
            reserved=bound,
            mime_type=None,
            filename=filename,
            metadata={},
            fault=None,
            upload_hash=ids.digest(token),
            upload_ends_at=now + rules.upload_seconds,
            created_at=now,
            updated_at=now,
        )
        values = {name: getattr(asset, name) for name in Asset.__dataclass_fields__}
        values["purge_at"] = now + max(UNCONFIRMED_SECONDS, rules.upload_seconds)
        if not await self._context.db.write(store.insert_within, values, rules.quota):
            raise too_large("quota", rules.quota)
        outside = await self._context.asset_store.upload_url(asset.path, rules.upload_seconds)
        own = own_upload_url(self._context.rules.public_url, asset.id, token)
        return SignedUpload(asset, outside or own, outside is None)


def too_large(reason: str, limit: int) -> AssetError:
    """The refusal of a file above a limit in bytes."""
    return errors.ASSET_TOO_LARGE({"reason": reason, "limit": limit})
