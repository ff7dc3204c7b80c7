"""What a public link names."""

from dataclasses import dataclass

from openchannels.client.models.works import Metrics
from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class LinkedWork(Result):
    """A work that a link names; `media_type` is None where the link does not show it."""

    id: str
    url: str
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class LinkExtra(Result):
    """`data_id` is the work's id in the platform's API, None where a link does not hold it."""

    unique_id: str
    resolved_url: str
    data_id: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class LinkInfo(Result):
    """What is known of a link: `work` and `extra`, or in `message` why there are none.

    `snapshots` is empty: a link holds no metrics.
    """

    platform: str
    work: LinkedWork | None = None
    snapshots: tuple[Metrics, ...] = ()
    extra: LinkExtra | None = None
    message: str | None = None
