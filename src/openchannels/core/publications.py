"""Publications: what is published, where it stands, and what a platform made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Any, Literal, Self

from openchannels.core.exceptions import ErrorCode, ServiceError
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode

Completion = Literal["sync", "polling", "media_finalize", "webhook", "user_handoff"]
"""How it becomes known that a work is out."""


class PublishStatus(IntEnum):
    """The state of a publication on the wire.

    `WAITING`: its time has not come. `QUEUED`: it is due, and waits for a cap or its next attempt.
    `SCHEDULED`: the platform holds it until its time. `NEEDS_ACTION`: a person has to finish it.
    """

    FAILED = -1
    WAITING = 0
    PUBLISHED = 1
    PUBLISHING = 2
    WAITING_FOR_UPDATE = 3
    UPDATING = 4
    UPDATE_FAILED = 5
    QUEUED = 6
    SCHEDULED = 7
    NEEDS_ACTION = 8
    CANCELLED = 9


class Stage(StrEnum):
    """What the service does next with a publication; never on the wire.

    `PREPARING` may be repeated, since nothing it does is public. `COMMITTING` means that the call
    that publishes may be under way or its answer lost: it is never repeated before `SETTLING` has
    found out. `POLLING`: the platform accepted it and works on it. `HELD`: it waits for a person
    or for the platform's schedule. `VERIFYING`: it is out; its link or state is looked after.
    `UPDATING`: a published work is changed.
    """

    QUEUED = "queued"
    PREPARING = "preparing"
    COMMITTING = "committing"
    SETTLING = "settling"
    POLLING = "polling"
    HELD = "held"
    VERIFYING = "verifying"
    UPDATING = "updating"
    DONE = "done"


class LinkStatus(StrEnum):
    """Whether the address of a published work is known."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class MediumKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Medium:
    """A file of a work: its address as given, and the asset that holds its bytes once known.

    `adaptation` is `off`, `auto` or the image format it may be turned into. `size` is what a file
    on a foreign address had in bytes when it was first looked at, where that was told.
    """

    url: str
    kind: MediumKind
    asset_id: str | None = None
    adaptation: str = "off"
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What is published. `media` are in the order in which they are shown."""

    title: str = ""
    body: str = ""
    media: tuple[Medium, ...] = ()
    cover: Medium | None = None

    @property
    def images(self) -> tuple[Medium, ...]:
        return tuple(one for one in self.media if one.kind is MediumKind.IMAGE)

    @property
    def videos(self) -> tuple[Medium, ...]:
        return tuple(one for one in self.media if one.kind is MediumKind.VIDEO)

    @property
    def files(self) -> tuple[Medium, ...]:
        """The media and the cover."""
        return self.media if self.cover is None else (*self.media, self.cover)

    def with_files(self, files: Sequence[Medium]) -> Self:
        """Returns the content with other media and cover, in the order of `files`."""
        cover = None if self.cover is None else files[-1]
        return replace(self, media=tuple(files[: len(self.media)]), cover=cover)

    @property
    def mode(self) -> ContentMode:
        """The kind of work: one with a video is a video, one with images an article."""
        if self.videos:
            return ContentMode.VIDEO
        return ContentMode.IMAGE if self.media else ContentMode.TEXT

    def as_json(self) -> dict[str, Any]:
        """Returns the content as it is stored."""
        return {
            "title": self.title,
            "body": self.body,
            "media": [_medium_as_json(one) for one in self.media],
            "cover": None if self.cover is None else _medium_as_json(self.cover),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        cover = stored["cover"]
        return cls(
            title=stored["title"],
            body=stored["body"],
            media=tuple(_medium_from_json(one) for one in stored["media"]),
            cover=None if cover is None else _medium_from_json(cover),
        )


def _medium_as_json(medium: Medium) -> dict[str, Any]:
    return {
        "url": medium.url,
        "kind": medium.kind.value,
        "assetId": medium.asset_id,
        "adaptation": medium.adaptation,
        "size": medium.size,
    }


def _medium_from_json(stored: Mapping[str, Any]) -> Medium:
    return Medium(
        stored["url"],
        MediumKind(stored["kind"]),
        stored["assetId"],
        stored["adaptation"],
        stored.get("size"),
    )


@dataclass(frozen=True, slots=True)
class Publication:
    """One content for one account: a task and its record, under one id.

    Times are in Unix seconds. `committed_at` is when the call that publishes was last begun,
    `attempt` counts from 1 with the first preparation. `error` is the `errorData` of the wire.
    `sealed` holds what the publisher keeps between its steps, `reports` what the platform said by
    its webhooks.
    """

    id: str
    flow_id: str
    user_id: str
    account_id: str
    platform: Platform
    content: Mapping[str, Any]
    option: Mapping[str, Any]
    publish_at: float
    status: PublishStatus
    stage: Stage
    attempt: int
    failures: int
    work_id: str | None
    work_link: str | None
    link_status: LinkStatus | None
    link_error: str | None
    link_meta: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    warnings: tuple[Mapping[str, Any], ...]
    source: str
    material: Mapping[str, Any]
    reports: tuple[Mapping[str, Any], ...]
    committed_at: float | None
    stage_since: float
    sealed: bytes | None
    due_at: float | None
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True)
class PublicationFilter:
    """What a list of records is narrowed to; None and empty mean any."""

    account_id: str | None = None
    platform: Platform | None = None
    statuses: Sequence[PublishStatus] = ()
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit that a platform sets on publications: `most` within any `seconds`.

    `scope` is `account`, or `app` for what all accounts of the operator's app share. `day` names
    the time zone at whose midnight a daily cap begins again; without it the window slides.
    """

    most: int
    seconds: float
    scope: str = "account"
    day: str | None = None


# What a publisher answers with


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything before the call that publishes is done."""


@dataclass(frozen=True, slots=True)
class Later:
    """The same step is to be called again after `seconds`; `reason` says in a word what holds it.

    A known `expected_at` (Unix seconds) is told to the caller.
    """

    seconds: float
    reason: str = "processing"
    expected_at: float | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The platform took it and works on it; `poll` tells the outcome, first after `seconds`.

    A `work_id` that is known already keeps other publications from taking the work for theirs.
    """

    seconds: float = 5.0
    work_id: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """The work is out. Without a `link`, `verify` looks for it while `link_status` is pending.

    `warnings` are rule ids or short texts of the platform that a person should see.
    """

    work_id: str | None
    link: str | None = None
    link_status: LinkStatus = LinkStatus.READY
    link_meta: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scheduled:
    """The platform holds the finished work until `at` (Unix seconds)."""

    at: float
    work_id: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class NeedsAction:
    """A person has to finish it: `reason` says what, such as `hand_over` or `draft`."""

    reason: str
    work_id: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class HandOver:
    """What a person opens to finish a publication: the platform's id of it, an address that opens
    the platform's app, one for any browser, and until when (Unix seconds) they work.

    Without a `short_link` of the platform's own, a page of this service leads to `scheme_url`.
    """

    share_id: str
    scheme_url: str
    short_link: str | None = None
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class NotPublished:
    """Proof that nothing is out, and that nothing will come of the call that was made.

    `restart` asks for the preparation to be done again from its start.
    """

    restart: bool = False


@dataclass(frozen=True, slots=True)
class Undecided:
    """Nobody can say yet whether the work is out; `settle` is called again after `seconds`."""

    seconds: float


Outcome = Accepted | Published | Scheduled | NeedsAction
"""What the call that publishes, or a look at its progress, ends with."""
Settled = Outcome | NotPublished | Undecided


class PublicationRefused(Exception):
    """The platform, or a check before it, refuses the publication; nothing is out.

    `code` is the catalogue's entry, `platform_code` and `text` the platform's own words. A refusal
    that is not `final` is tried again from the start, after `retry_after` seconds where known.
    """

    def __init__(
        self,
        code: ErrorCode[ServiceError],
        text: str | None = None,
        *,
        platform_code: str | None = None,
        final: bool = True,
        retry_after: float | None = None,
        kind: str = "platform",
    ) -> None:
        self.code = code
        self.text = text
        self.platform_code = platform_code
        self.final = final
        self.retry_after = retry_after
        self.kind = kind
        super().__init__(text or code.name)
