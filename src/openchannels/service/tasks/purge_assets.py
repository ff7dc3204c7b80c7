"""Deletes uploads that nobody confirmed, and what deleted assets left over."""

from collections.abc import Sequence

from openchannels.service.assets.library import Assets
from openchannels.service.context import Context
from openchannels.service.tasks.steady_clock import SteadyClock
from openchannels.service.tasks.task import in_batches
from openchannels.store.queries import assets as store

LEASE_SECONDS = 300.0
BATCH = 20


class PurgeAssets:
    """Purges assets whose time has come."""

    name = "purge-assets"
    every = 15.0
    at_once = 1

    def __init__(self, context: Context, assets: Assets) -> None:
        self._context, self._assets = context, assets
        self._clock = SteadyClock()

    async def claim(self, batches: int) -> Sequence[Sequence[str]]:
        now = self._context.clock()
        if not self._clock.is_steady(now):
            return []
        until = now + LEASE_SECONDS
        ids = await self._context.db.write(store.claim_purges, now, until, batches * BATCH)
        return in_batches(ids, BATCH)

    async def run(self, ids: Sequence[str]) -> None:
        for asset_id in ids:
            await self._assets.purge(asset_id)
