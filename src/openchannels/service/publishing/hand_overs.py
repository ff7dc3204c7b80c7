"""The page of this service that leads a person to a platform's app.

Its code is a secret: who has it can open the work in an app, and no more. The page ends with the
hand-over: when the publication is out, has failed or is cancelled, or the platform's id has ended.
"""

from dataclasses import dataclass, replace

from openchannels.connectors.registry import CONNECTORS
from openchannels.core import ids
from openchannels.core.platforms import Platform, Text
from openchannels.core.publications import HandOver, PublishStatus
from openchannels.service.context import Context
from openchannels.service.publishing.progress import HeldPublication
from openchannels.store.queries import publications as store

PATH = "/s"
STATE = "page"


@dataclass(frozen=True, slots=True)
class HandOverPage:
    """Where a page leads, and its own address for another device."""

    platform: Platform
    platform_name: Text
    scheme_url: str
    address: str


class HandOvers:
    """Makes and finds the pages of hand-overs."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def give(self, held: HeldPublication, made: HandOver) -> HandOver:
        """Returns the hand-over with a page of ours, unless the platform has one of its own.

        The same hand-over keeps its page.
        """
        if made.short_link is not None:
            return made
        page = held.state.get(STATE)
        known = (made.share_id, made.expires_at)
        if page is None or (page["share_id"], page["ends_at"]) != known:
            page = {
                "code": ids.new_secret(),
                "share_id": made.share_id,
                "scheme": made.scheme_url,
                "ends_at": made.expires_at,
            }
            await held.keep(**{STATE: page})
            await held.add_key(_key(page["code"]))
        return replace(made, short_link=self._address(page["code"]))

    async def find(self, code: str) -> HandOverPage | None:
        """Returns a page; None for a code that was never given or has ended."""
        if not ids.SECRET.fullmatch(code):
            return None
        found = await self._context.db.read(store.of_key, tuple(CONNECTORS), _key(code))
        if found is None or found.status is not PublishStatus.NEEDS_ACTION:
            return None
        page = HeldPublication(self._context, found, "").state.get(STATE)
        if page is None or page["code"] != code:
            return None
        ends_at = page["ends_at"]
        if ends_at is not None and self._context.clock() >= ends_at:
            return None
        name = self._context.platforms.name(found.platform)
        return HandOverPage(found.platform, name, page["scheme"], self._address(code))

    def _address(self, code: str) -> str:
        return f"{self._context.rules.public_url}{PATH}/{code}"


def _key(code: str) -> str:
    """Under what a code is stored: not itself, so that a copy of the table opens nothing."""
    return f"page:{ids.digest(code).hex()}"
