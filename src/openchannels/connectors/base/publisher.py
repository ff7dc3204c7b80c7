"""Publishing on a platform, in steps that the engine can repeat, settle and resume.

The engine calls `prepare` until it is `Ready`, writes down that the call which publishes is about
to be made, and then calls `commit` once. If the answer of `commit` is lost, it calls `settle`, and
only `NotPublished` allows another `commit`. `poll` follows work that the platform accepted,
`verify` completes what is known of a published one. See `docs/publishing.md`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from openchannels.connectors.base.gone import none_if_gone
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens, missing_scopes
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import (
    Cap,
    Completion,
    Content,
    HandOver,
    Later,
    MediumKind,
    Outcome,
    Published,
    Ready,
    Scheduled,
    Settled,
    Undecided,
)
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient


class MediaFile(Protocol):
    """A file of a publication, whose bytes lie in the asset store.

    `width` and `height` are in pixels, `duration` in seconds; None where they do not apply.
    """

    kind: MediumKind
    mime_type: str
    size: int
    filename: str
    width: int | None
    height: int | None
    duration: float | None

    async def read(self, start: int, length: int) -> bytes:
        """Returns bytes from an offset; fewer than `length` at the end of the file."""

    async def public_url(self) -> str:
        """Returns an address that answers without a key until the publication has ended.

        It is the same in all steps of one attempt, and another one in the next attempt.
        """

    async def fetched(self) -> "Fetched":
        """Returns what has been read so far through the address of this attempt."""

    async def withdraw(self) -> None:
        """Ends the address of this attempt: what comes later is answered with 404."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Reads of a file by the platform: when one last began, and whether one got every byte."""

    last_at: float | None = None
    whole: bool = False


class Progress(Protocol):
    """Keeps what a publisher must remember between its steps."""

    @property
    def state(self) -> Mapping[str, Any]:
        """What was kept last: JSON values, sealed at rest. Empty at the start of an attempt."""

    async def keep(self, **changes: Any) -> None:
        """Adds to the state, durably when this returns; a value of None removes its name.

        Raises PublicationTaken if another process has taken the publication over: stop at once.
        """

    async def add_key(self, key: str) -> None:
        """Lets a webhook of the platform that names `key` find this publication."""


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt at a publication, as its publisher sees it.

    `text` of hashtags is part of `content.body`. `schedule_at` is set, in Unix seconds, where the
    caller wants the platform to hold the work until then. `committed_at` is when `commit` was last
    begun, `now` the time of this call.
    """

    id: str
    attempt: int
    content: Content
    option: Mapping[str, Any]
    media: Sequence[MediaFile]
    cover: MediaFile | None
    progress: Progress
    now: float
    committed_at: float | None = None
    schedule_at: float | None = None
    reports: Sequence[Mapping[str, Any]] = ()
    """What the platform's webhooks said of this publication, oldest first."""
    taken_work_ids: frozenset[str] = field(default_factory=frozenset)
    """Works of this account that other publications claim: `settle` must not take them."""

    @property
    def state(self) -> Mapping[str, Any]:
        return self.progress.state

    @property
    def images(self) -> Sequence[MediaFile]:
        return [one for one in self.media if one.kind is MediumKind.IMAGE]

    @property
    def video(self) -> MediaFile | None:
        """The first video; None without one."""
        return next((one for one in self.media if one.kind is MediumKind.VIDEO), None)


@dataclass(frozen=True, slots=True)
class PublishedWork:
    """A published work that is to be changed or removed: ids and what the publisher kept."""

    work_id: str
    link: str | None
    option: Mapping[str, Any]
    state: Mapping[str, Any]


class Publisher:
    """Publishes works of one platform.

    All methods that call the platform raise PlatformFailure, or PublicationRefused where an answer
    says that this content is refused. They are called with a token that is valid; when it is
    refused as expired they are called again with another, so each of them looks at `job.state`
    first and goes on from there. No method sleeps: it returns `Later` instead.
    """

    completion: ClassVar[Completion] = "sync"
    """How the outcome becomes known, as `GET /platforms` tells."""
    scopes: ClassVar[tuple[str, ...]] = ()
    """What an account must have granted before anything of it is published; see `scopes_for`."""
    caps: ClassVar[Sequence[Cap]] = ()
    """How often the platform lets an account, or the app, publish; see `caps_for`."""
    poll_seconds: ClassVar[float] = 24 * 3600.0
    """How long work that the platform accepted is followed, before it ends unconfirmed."""
    settle_seconds: ClassVar[float] = 1800.0
    """How long an undecided publication is looked for, before it ends unconfirmed."""
    held_seconds: ClassVar[float] = 7 * 86_400.0
    """How long a person has for what they must finish."""
    schedules: ClassVar[bool] = False
    """Whether the platform can hold a finished work until its time."""
    updates: ClassVar[bool] = False
    reviews_updates: ClassVar[bool] = False
    """Whether the platform reviews a changed work again, of which `verify` then tells the end."""
    removes: ClassVar[bool] = False
    """Whether a work that the platform holds or shows can be taken back; see `removes_for`."""

    finish_url: ClassVar[str | None] = None
    """Page of the platform where a person finishes what is held for them."""

    def available(self, app: App) -> bool:
        """Returns whether this app can publish."""
        return True

    def scopes_for(self, app: App) -> Sequence[str]:
        """Returns the scopes to ask for when accounts that publish are connected to this app."""
        return self.scopes

    def missing_scopes(self, app: App, account_scopes: Sequence[str]) -> Sequence[str]:
        """Returns the scopes that this account lacks for publishing."""
        return missing_scopes(self.scopes_for(app), account_scopes)

    def removes_for(self, app: App) -> bool:
        """Returns whether works can be taken back with this app."""
        return self.removes

    def caps_for(self, app: App) -> Sequence[Cap]:
        """Returns the caps of this app: some platforms raise them for operators who ask."""
        return self.caps

    def pulls_media(self, app: App, content: Content, option: Mapping[str, Any]) -> bool:
        """Returns whether the platform fetches the files from addresses of this service."""
        return False

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        """Does everything before the call that publishes: checks, uploads, containers.

        May be called any number of times; keeps positions and ids with `job.progress.keep`.
        """
        return Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        """Makes the one call after which the work is public, and returns what came of it."""
        raise NotImplementedError

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Finds out what became of a `commit` whose answer is lost, without publishing.

        Raises PublicationRefused if the platform says that it refused that very call.
        """
        return Undecided(self.settle_seconds)

    def is_doubtful(self, failure: PlatformFailure) -> bool:
        """Returns whether the work may be out although `commit` failed in this way."""
        return failure.doubtful

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Looks how far the platform is with what it accepted."""
        raise NotImplementedError

    async def held(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Looks whether a person has finished it, or the platform's schedule has come."""
        return Later(self.held_seconds)

    def reported(
        self,
        account: Account,
        content: Content,
        state: Mapping[str, Any],
        reports: Sequence[Mapping[str, Any]],
    ) -> Outcome | None:
        """Returns what the platform's webhooks prove by themselves; None where they prove nothing.

        Reports may be about an earlier attempt, whose state is gone.
        Asked without a call while the platform has the work, and when a report comes after the
        publication has failed or was cancelled: then only Published counts. Raises
        PublicationRefused if they say that the platform refused it.
        """
        return None

    async def user_action(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> HandOver | None:
        """Returns how the person finishes it, made again where the last one has ended.

        None where the platform's own page is all there is: `finish_url`.
        """
        return None

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        """Completes the link of a published work, and notices what the platform did to it since.

        Raises PublicationRefused if the platform rejected the work after all.
        """
        return Published(work_id)

    async def update(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        work: PublishedWork,
        job: Job,
    ) -> Published | Scheduled:
        """Changes a published work to the job's content and options."""
        raise NotImplementedError

    async def remove(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        """Takes back a work that the platform holds or shows; one that is gone is no failure."""
        await none_if_gone(self.delete(client, account, tokens, work))

    async def delete(
        self, client: PlatformClient, account: Account, tokens: Tokens, work: PublishedWork
    ) -> None:
        """Calls the platform to take a work back, for `remove`."""
        raise NotImplementedError


class ReportedPublisher(Publisher):
    """Records what a plug-in or a person has published; calls nothing for that."""

    completion: ClassVar[Completion] = "sync"
    resolves: ClassVar[bool] = False
    """Whether `verify` finds out where a pending link leads."""

    def report(
        self, content: Content, option: Mapping[str, Any], now: float
    ) -> Published | Scheduled:
        """Returns the work that the options name, as it is at this time in Unix seconds.

        Asked again when the time of a scheduled one has come.
        """
        raise NotImplementedError
