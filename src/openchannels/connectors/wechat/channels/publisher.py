"""WeChat Channels: records of works that a plug-in or a person has published."""

from collections.abc import Mapping
from typing import Any

from openchannels.connectors.base.parse import moment
from openchannels.connectors.base.publisher import ReportedPublisher
from openchannels.core.publications import Content, LinkStatus, Published, Scheduled


class WxSphPublisher(ReportedPublisher):
    def report(
        self, content: Content, option: Mapping[str, Any], now: float
    ) -> Published | Scheduled:
        """Returns the work under its id, or under its link where the plug-in saw no id."""
        link: str | None = option.get("workLink")
        work_id: str | None = option.get("workId") or link
        meta: Mapping[str, Any] = option.get("linkMeta") or {}
        scheduled = moment(meta.get("scheduledTime"))
        if scheduled is not None and scheduled > now:
            return Scheduled(scheduled, work_id, link)
        status = LinkStatus(option.get("linkStatus", LinkStatus.READY))
        return Published(work_id, link, status, meta)
