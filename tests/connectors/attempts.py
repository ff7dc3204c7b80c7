"""One publication of a connector, driven as the engine drives it, by a clock that it moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.publisher import Fetched, Job, MediaFile, Publisher
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publications import (
    Accepted,
    Content,
    Later,
    Medium,
    MediumKind,
    NotPublished,
    Outcome,
    PublicationRefused,
    Ready,
    Undecided,
)
from openchannels.transport.platform_client import PlatformClient
from tests.connectors.support import NOW

MOST_STEPS = 60
PATTERN = bytes(range(251))
PASSING = (FailureKind.UNAVAILABLE, FailureKind.MALFORMED)


@dataclass
class KeptState:
    """A publisher's state in memory; see `connectors.base.publisher.Progress`."""

    state: dict[str, Any] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    async def keep(self, **changes: Any) -> None:
        merged = {**self.state, **changes}
        self.state = {name: value for name, value in merged.items() if value is not None}

    async def add_key(self, key: str) -> None:
        self.keys.append(key)


@dataclass
class PlayedFile:
    """A file whose byte at each position is known; see `connectors.base.publisher.MediaFile`."""

    name: str
    size: int = 1000
    width: int | None = 1080
    height: int | None = 1350
    duration: float | None = None
    seen: Fetched = field(default_factory=Fetched)
    reads: list[tuple[int, int]] = field(default_factory=list)
    withdrawn: bool = False

    @property
    def kind(self) -> MediumKind:
        return MediumKind.VIDEO if self.name.endswith(("mp4", "mov")) else MediumKind.IMAGE

    @property
    def mime_type(self) -> str:
        types = {"jpg": "image/jpeg", "png": "image/png", "mp4": "video/mp4"}
        return types[self.name.rpartition(".")[2]]

    @property
    def filename(self) -> str:
        return self.name

    async def read(self, start: int, length: int) -> bytes:
        self.reads.append((start, length))
        end = min(start + length, self.size)
        return (PATTERN * (length // len(PATTERN) + 2))[start % 251 :][: max(end - start, 0)]

    async def public_url(self) -> str:
        return f"https://media.example/{self.name}"

    async def fetched(self) -> Fetched:
        return self.seen

    async def withdraw(self) -> None:
        self.withdrawn = True


def medium_of(file: MediaFile) -> Medium:
    return Medium(f"https://oc.example/{file.filename}", file.kind)


def video(name: str = "v.mp4", **more: Any) -> PlayedFile:
    return PlayedFile(name, **{"width": 1080, "height": 1920, "duration": 20.0, **more})


def image(name: str = "a.jpg", **more: Any) -> PlayedFile:
    return PlayedFile(name, **more)


@dataclass
class Attempts:
    """A publication of a publisher. `run` goes on until there is an outcome, or a final failure."""

    publisher: Publisher
    client: PlatformClient
    account: Account
    tokens: Tokens
    media: Sequence[MediaFile] = ()
    title: str = ""
    body: str = ""
    option: Mapping[str, Any] = field(default_factory=dict)
    cover: MediaFile | None = None
    schedule_at: float | None = None
    taken: frozenset[str] = frozenset()
    now: float = NOW
    attempt: int = 1
    committed_at: float | None = None
    progress: KeptState = field(default_factory=KeptState)
    reports: list[Mapping[str, Any]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    undecided: int = 0

    @property
    def job(self) -> Job:
        cover = None if self.cover is None else medium_of(self.cover)
        return Job(
            id="p1",
            attempt=self.attempt,
            content=Content(self.title, self.body, tuple(map(medium_of, self.media)), cover),
            option=self.option,
            media=self.media,
            cover=self.cover,
            progress=self.progress,
            now=self.now,
            committed_at=self.committed_at,
            schedule_at=self.schedule_at,
            reports=self.reports,
            taken_work_ids=self.taken,
        )

    async def call(self, method: str, *more: Any) -> Any:
        parts = (self.client, self.account, self.tokens, self.job, *more)
        return await getattr(self.publisher, method)(*parts)

    async def prepare(self) -> None:
        """Prepares until it is ready. Raises what it raises."""
        for _ in range(MOST_STEPS):
            found = await self.call("prepare")
            if isinstance(found, Ready):
                return
            self._wait(found.seconds)
        raise AssertionError("never ready")

    async def commit(self) -> Any:
        self.committed_at = self.now
        return await self.call("commit")

    async def settle(self) -> Any:
        return await self.call("settle")

    async def run(self) -> Outcome:
        """Publishes. Raises a refusal that is final, and failures that end a publication."""
        for _ in range(MOST_STEPS):
            try:
                await self.prepare()
            except (PublicationRefused, PlatformFailure) as error:
                self._again(error)
                continue
            outcome = await self._committed()
            if outcome is not None:
                return await self._followed(outcome)
        raise AssertionError("no outcome")

    async def _committed(self) -> Outcome | None:
        try:
            outcome: Outcome = await self.commit()
        except PlatformFailure as failure:
            if self.publisher.is_doubtful(failure):
                return await self._settled()
            self._again(failure)
        except PublicationRefused as refused:
            self._again(refused)
        else:
            return outcome
        return None

    async def _settled(self) -> Outcome | None:
        self._wait(3.0)
        for _ in range(MOST_STEPS):
            try:
                found = await self.settle()
            except PlatformFailure:
                self._wait(30.0)
                continue
            if isinstance(found, NotPublished):
                self._begin(restart=found.restart, wait=120.0)
                return None
            if not isinstance(found, Undecided):
                return found  # type: ignore[no-any-return]
            self.undecided += 1
            if self.now - (self.committed_at or 0) > self.publisher.settle_seconds:
                raise TimeoutError("unconfirmed")
            self._wait(found.seconds)
        raise AssertionError("never settled")

    async def _followed(self, outcome: Outcome | Later) -> Outcome:
        for _ in range(MOST_STEPS):
            if not isinstance(outcome, Accepted | Later):
                return outcome
            self._wait(outcome.seconds)
            outcome = await self.call("poll")
        raise AssertionError("never done")

    def _again(self, error: PublicationRefused | PlatformFailure) -> None:
        if isinstance(error, PublicationRefused):
            if error.final:
                raise error
            self._begin(restart=True, wait=error.retry_after or 10.0)
        elif error.kind in PASSING or error.reading.passing:
            self._begin(restart=False, wait=error.reading.retry_after or 10.0)
        else:
            raise error

    def _begin(self, *, restart: bool, wait: float) -> None:
        self._wait(wait)
        self.committed_at = None
        if restart:
            self.attempt += 1
            self.progress.state = {}

    def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
