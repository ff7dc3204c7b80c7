"""What would come of a flow: its issues, what it costs, and when it could go out."""

from collections.abc import Sequence
from dataclasses import dataclass

from openchannels.core.publishing import Cost
from openchannels.service.context import Caller, Context
from openchannels.service.publishing import caps
from openchannels.service.publishing.caps import CapState
from openchannels.service.publishing.drafts import CheckedItem, Drafts, FlowRequest
from openchannels.store.database import Connection


@dataclass(frozen=True, slots=True)
class PreflightItem:
    """One account's part. `earliest_at` is in Unix seconds."""

    checked: CheckedItem
    costs: Sequence[Cost]
    caps: Sequence[CapState]
    earliest_at: float


class Preflight:
    """Checks flows without storing anything."""

    def __init__(self, context: Context, drafts: Drafts) -> None:
        self._context = context
        self._drafts = drafts

    async def check(self, caller: Caller, request: FlowRequest) -> Sequence[PreflightItem]:
        """Returns the items of a flow. Raises what `Drafts.check` raises."""
        checked = await self._drafts.check(caller, request)
        return await self._context.db.read(self._items, checked, request.publish_at)

    def _items(
        self, connection: Connection, checked: Sequence[CheckedItem], publish_at: float
    ) -> Sequence[PreflightItem]:
        now = self._context.clock()
        return [self._item(connection, one, max(publish_at, now), now) for one in checked]

    def _item(
        self, connection: Connection, one: CheckedItem, at: float, now: float
    ) -> PreflightItem:
        platform = one.account.platform
        limits = caps.limits_of(one.publisher, self._context.platforms.app(platform))
        states = [caps.state_of(connection, one.account.id, platform, cap, now) for cap in limits]
        earliest = max([at, *(state.free_at for state in states if state.free_at is not None)])
        return PreflightItem(one, one.connector.publishing.cost(one.draft), states, earliest)
