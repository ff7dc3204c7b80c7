"""RedNote: records of notes that a plug-in or a person has published."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.publisher import Job, ReportedPublisher
from openchannels.connectors.xhs.links import LINKS
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.links import LinkedWork
from openchannels.core.publications import Content, Later, LinkStatus, Published
from openchannels.transport.platform_client import PlatformClient

NO_TOKEN = "The link has no xsec_token: outsiders cannot open the note by it."
BROKEN = "link_error"


class XhsPublisher(ReportedPublisher):
    resolves = True

    def report(self, content: Content, option: Mapping[str, Any], now: float) -> Published:
        """Returns the note; one of a short link is pending until that was followed."""
        link = str(option["workLink"]).strip()
        found = LINKS.parse(link)
        if found is not None:
            return _note(found, link)
        short = LINKS.short_address(link)
        if short is not None:
            meta = {"originalWorkLink": link}
            return Published(None, short, LinkStatus.PENDING, meta)
        return _broken(link)

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        """Follows a short link, only to the platform's own hosts."""
        link = str(job.option["workLink"]).strip()
        found = await LINKS.find(client, link)
        return _broken(link) if found is None else _note(found, link)


def _note(found: LinkedWork, link: str) -> Published:
    meta = {"originalWorkLink": link, "uniqueId": f"xhs_{found.id}"}
    if "xsec_token=" in found.url:
        return Published(found.id, found.url, LinkStatus.READY, meta)
    meta["workStatus"] = BROKEN
    return Published(found.id, found.url, LinkStatus.READY, meta, (NO_TOKEN,))


def _broken(link: str) -> Published:
    meta = {"originalWorkLink": link, "workStatus": BROKEN}
    return Published(None, link, LinkStatus.FAILED, meta)
