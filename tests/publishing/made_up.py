"""A made-up platform's publishing: what is out there, and how its calls go wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.publisher import Job, PublishedWork, Publisher
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import (
    Cap,
    Later,
    LinkStatus,
    NotPublished,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.transport.platform_client import PlatformClient


@dataclass
class World:
    """What the platform shows: titles by work id, and the faults that its next calls meet.

    A fault is called with the client; it raises, after the platform acted where it stands in
    `after_commit`.
    """

    out: dict[str, str] = field(default_factory=dict)
    prepared: list[str] = field(default_factory=list)
    unprepared: list[Later] = field(default_factory=list)
    before_prepare: list[Callable[[PlatformClient], None]] = field(default_factory=list)
    before_commit: list[Callable[[PlatformClient], None]] = field(default_factory=list)
    after_commit: list[Callable[[PlatformClient], None]] = field(default_factory=list)
    before_update: list[Callable[[PlatformClient], None]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    polled: list[Outcome | Later] = field(default_factory=list)
    blind: bool = False
    refusal: PublicationRefused | None = None
    caps: Sequence[Cap] = ()

    def count(self, title: str) -> int:
        return list(self.out.values()).count(title)


def failing(kind: FailureKind, **reading: Any) -> Callable[[PlatformClient], None]:
    """A fault: the platform answers with a failure of this kind."""

    def fault(client: PlatformClient) -> None:
        raise PlatformFailure(client.platform, "publish", Failure(kind, **reading), http_status=400)

    return fault


def lost(client: PlatformClient) -> None:
    """A fault: the answer does not arrive."""
    reading = Failure(FailureKind.UNAVAILABLE)
    raise PlatformFailure(client.platform, "publish", reading, category="timeout")


class PlayedPublisher(Publisher):
    """Publishes into the world, under the id of the publication."""

    settle_seconds = 600.0
    poll_seconds = 3600.0

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def caps(self) -> Sequence[Cap]:  # type: ignore[override]
        return self._world.caps

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        _meet(self._world.before_prepare, client)
        if self._world.unprepared:
            return self._world.unprepared.pop(0)
        self._world.prepared.append(job.content.title)
        await job.progress.keep(uploaded=True)
        return Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        assert job.state["uploaded"]
        _meet(self._world.before_commit, client)
        work_id = f"w{len(self._world.out)}"
        self._world.out[work_id] = job.content.title
        _meet(self._world.after_commit, client)
        return self._world.outcomes.pop(0) if self._world.outcomes else _out(work_id)

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        if self._world.blind:
            return Undecided(60.0)
        if self._world.refusal is not None:
            raise self._world.refusal
        found = [one for one, title in self._world.out.items() if title == job.content.title]
        return _out(found[0]) if found else NotPublished()

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        return self._world.polled.pop(0) if self._world.polled else Later(10.0)

    async def update(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        work: PublishedWork,
        job: Job,
    ) -> Published:
        _meet(self._world.before_update, client)
        self._world.out[work.work_id] = job.content.title
        return _out(work.work_id)


def _out(work_id: str) -> Published:
    return Published(work_id, f"https://played.example/{work_id}", LinkStatus.READY)


def _meet(faults: list[Callable[[PlatformClient], None]], client: PlatformClient) -> None:
    if faults:
        faults.pop(0)(client)
