"""Follows a flow until there is nothing more to wait for."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openchannels.client import Client, PublishFlow, PublishTask

LINK_SECONDS = 15.0
"""How long the link of a work that is out is waited for."""


def follow_flow(
    client: "Client", flow: "PublishFlow", report: "Callable[[PublishTask], None]", every: float
) -> "PublishFlow":
    """Reports each task now and whenever its state changes; returns the flow at its end.

    It ends once each task has ended, is held by its platform, or needs a person. Asks again after
    `every` seconds.
    """
    shown: dict[str, int] = {}
    links_until: float | None = None
    while True:
        for task in flow.tasks:
            if shown.get(task.id) != task.status:
                shown[task.id] = task.status
                report(task)
        if not is_under_way(flow):
            links_until = links_until or time.monotonic() + LINK_SECONDS
            if not _lacks_links(flow) or time.monotonic() > links_until:
                return flow
        time.sleep(every)
        flow = client.publishing.get_flow(flow.flow_id)


def is_under_way(flow: "PublishFlow") -> bool:
    """Returns whether a task will go on by itself."""
    from openchannels.client.sync.publishing import UNDER_WAY

    return any(task.status in UNDER_WAY for task in flow.tasks)


def _lacks_links(flow: "PublishFlow") -> bool:
    return any(task.status == 1 and task.link_status == "pending" for task in flow.tasks)
