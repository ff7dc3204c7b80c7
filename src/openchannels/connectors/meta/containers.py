"""Publishing by containers, as Instagram and Threads do it.

A container is made of an address of a file, a text and options; a carousel has one for each of its
items. The platform works on it, and one call then publishes it. Only that call makes anything
public, and one container is published at most once, so it also tells what became of a lost answer.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from openchannels.connectors.base.publisher import Job, MediaFile, Publisher
from openchannels.connectors.base.turn import Turn
from openchannels.connectors.meta.publish_refusals import bounded_attempts
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.publications import (
    Later,
    NotPublished,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.transport.platform_client import PlatformClient

PUBLISH = "publish.commit"
FIRST_LOOK_SECONDS = 2.0
UNREADABLE_SECONDS = 60.0
"""How long after it was made a container need not be known to all of the platform's servers."""
LOOKS = (3.0, 15.0, 60.0, 300.0, 600.0)
"""When a container is looked at, in seconds after a call whose answer is lost."""
LISTED_SECONDS = 600.0
"""How long a published work may be missing in the list."""
CLOCK_SECONDS = 60.0
"""How far the platform's clock may be behind."""
STALE_SECONDS = 5.0
LIMIT_SECONDS = 3600.0
"""From a spent quota, which has no fixed end, to the next try."""
MOST_SENDS = 3
SPAM_BLOCK = "/2207051"
"""End of the code by which an action is blocked as spam; the work may be out all the same."""
NOT_READY = "9007/2207027"


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """A container to be made: its parameters, and the file whose bytes are sent, if any."""

    params: Mapping[str, str]
    upload: MediaFile | None = None


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """The container that is published, and those of its items."""

    own: ContainerSpec
    children: Sequence[ContainerSpec] = ()


@dataclass(frozen=True, slots=True)
class ContainerState:
    """How far the platform is: `IN_PROGRESS`, `FINISHED`, `PUBLISHED`, `ERROR` or `EXPIRED`."""

    status: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RecentWork:
    """A work as the account's list shows it; `at` in Unix seconds."""

    id: str
    text: str
    at: float | None
    link: str | None


class ContainerPublisher(Publisher):
    """What Instagram and Threads share. A platform adds its calls and the options of a container.

    Kept between steps: `children` and `container` by id, `made_at`, when the last one was made;
    `first_sent` and `sends` of the call that publishes; `stale`, that it was refused once although
    the container is ready; `blocked`, that it was refused as spam; `live`, that it is out.
    """

    completion = "polling"
    stale_codes: Collection[str]
    """Codes that refuse a container for a moment which is ready."""
    longest_processing: float
    """Seconds after which the platform is not waited for any more."""

    # What a platform adds

    async def plan(self, turn: Turn) -> ContainerPlan:
        """Returns the containers of a publication."""
        raise NotImplementedError

    async def create(self, turn: Turn, spec: ContainerSpec) -> str:
        """Makes a container and returns its id. Raises PublicationRefused."""
        raise NotImplementedError

    async def state_of(self, turn: Turn, container: str) -> ContainerState:
        raise NotImplementedError

    async def send(self, turn: Turn, container: str) -> str:
        """Makes the call that publishes and returns the id of the work."""
        raise NotImplementedError

    async def recent_works(self, turn: Turn) -> Sequence[RecentWork]:
        """Returns the account's last works of the same type, for a look after a lost answer."""
        raise NotImplementedError

    async def link_of(self, turn: Turn, work_id: str) -> str | None:
        raise NotImplementedError

    async def check_quota(self, turn: Turn) -> None:
        """Raises PlatformFailure, QUOTA, if the account may publish no more at the moment."""
        raise NotImplementedError

    def text_of(self, job: Job) -> str:
        """Returns the text by which the work is known in the list."""
        raise NotImplementedError

    def refused_medium(self, error: str | None) -> PublicationRefused:
        """Returns what the error of a container means."""
        raise NotImplementedError

    # Before the call that publishes

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        turn = Turn(client, account, tokens, job)
        with bounded_attempts(job):
            waiting = None if "container" in job.state else await self._made(turn)
            return waiting or await self._awaited(turn, job.state["container"]) or Ready()

    async def _made(self, turn: Turn) -> Later | None:
        """Make what is missing, the items first; None once the container itself is made."""
        keep, made = turn.job.progress.keep, list(turn.job.state.get("children", ()))
        if not made:
            await self.check_quota(turn)
        plan = await self.plan(turn)
        if len(made) < len(plan.children):
            for child in plan.children[len(made) :]:
                made.append(await self.create(turn, child))
                await keep(children=made, made_at=turn.job.now)
            return Later(FIRST_LOOK_SECONDS)
        for child_id in made:
            waiting = await self._awaited(turn, child_id)
            if waiting is not None:
                return waiting
        items = {"children": ",".join(made)} if made else {}
        own = replace(plan.own, params={**plan.own.params, **items})
        await keep(container=await self.create(turn, own), made_at=turn.job.now)
        return Later(FIRST_LOOK_SECONDS)

    async def _awaited(self, turn: Turn, container: str) -> Later | None:
        """None once a container is ready. Raises PublicationRefused if it never will be."""
        elapsed = turn.job.now - turn.job.state["made_at"]
        try:
            found = await self.state_of(turn, container)
        except PlatformFailure as failure:
            if failure.kind is not FailureKind.NOT_FOUND:
                raise
            if elapsed < UNREADABLE_SECONDS:
                return Later(FIRST_LOOK_SECONDS)
            raise _begin_again(failure) from failure
        match found.status:
            case "FINISHED":
                return None
            case "PUBLISHED":
                await turn.job.progress.keep(live=True)
                return None
            case "ERROR":
                raise self.refused_medium(found.error)
            case "EXPIRED":
                raise PublicationRefused(errors.MEDIA_PROCESSING_FAILED, found.error, final=False)
        if elapsed > self.longest_processing:
            raise PublicationRefused(errors.MEDIA_PROCESSING_TIMEOUT, found.error)
        longest = 60.0 if turn.job.video is not None else 5.0
        return Later(min(max(FIRST_LOOK_SECONDS, elapsed / 4), longest))

    # The call that publishes

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        if job.state.get("live"):
            # An earlier call got through after all; `settle` finds the work.
            raise PlatformFailure(client.platform, PUBLISH, Failure(FailureKind.UNAVAILABLE))
        await note_send(job)
        turn = Turn(client, account, tokens, job)
        with bounded_attempts(job):
            try:
                return Published(await self.send(turn, job.state["container"]))
            except PlatformFailure as failure:
                raise await self._read_refusal(job, failure) from failure

    async def _read_refusal(
        self, job: Job, failure: PlatformFailure
    ) -> PlatformFailure | PublicationRefused:
        """What a refusal of the call that publishes means for the container."""
        code = failure.reading.code or ""
        if code in self.stale_codes and not job.state.get("stale"):
            await job.progress.keep(stale=True)
            reading = replace(failure.reading, passing=True, retry_after=STALE_SECONDS)
            return failure.with_reading(reading)
        if failure.kind is FailureKind.NOT_FOUND:
            return _begin_again(failure)
        if code.endswith(SPAM_BLOCK):
            await job.progress.keep(blocked=True)
        elif failure.kind is FailureKind.RATE_LIMITED and failure.reading.retry_after is None:
            return failure.with_reading(replace(failure.reading, retry_after=LIMIT_SECONDS))
        return failure

    def is_doubtful(self, failure: PlatformFailure) -> bool:
        code = failure.reading.code or ""
        return code != NOT_READY and (code.endswith(SPAM_BLOCK) or failure.doubtful)

    # After it

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        turn = Turn(client, account, tokens, job)
        try:
            found = await self.state_of(turn, job.state["container"])
        except PlatformFailure:
            # Without the container's word only the list can prove that the work is out.
            return await self.listed(turn) or Undecided(turn.until_look(*LOOKS))
        match found.status:
            case "PUBLISHED":
                return await self._live(turn)
            case "FINISHED":
                return _not_sent(job)
            case "ERROR" | "EXPIRED":
                return NotPublished(restart=True)
        return Undecided(turn.until_look(*LOOKS))

    async def _live(self, turn: Turn) -> Settled:
        listed = await self.listed(turn)
        if listed is not None:
            return listed
        if turn.since_commit < LISTED_SECONDS:
            return Undecided(turn.until_look(*LOOKS))
        # Several works look alike, or none shows: it is out all the same.
        return Published(None, link_meta={"containerId": turn.job.state["container"]})

    async def listed(self, turn: Turn) -> Published | None:
        """Returns the one work of the list that can be this one; None for none, or several."""
        job, text = turn.job, self.text_of(turn.job).strip()
        since = job.state["first_sent"] - CLOCK_SECONDS
        fitting = [
            work
            for work in await self.recent_works(turn)
            if work.text.strip() == text
            and (work.at or 0.0) >= since
            and work.id not in job.taken_work_ids
        ]
        return Published(fitting[0].id, fitting[0].link) if len(fitting) == 1 else None

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        link = await self.link_of(Turn(client, account, tokens, job), work_id)
        return Later(60.0) if link is None else Published(work_id, link)


def check_used(turn: Turn, used: int | None, most: int | None) -> None:
    """Raises PlatformFailure, QUOTA, where an account has used what it may publish."""
    if used is not None and most is not None and used >= most:
        spent = Failure(FailureKind.QUOTA, retry_after=LIMIT_SECONDS)
        raise PlatformFailure(turn.client.platform, "publish.quota", spent, sent=False)


async def note_send(job: Job) -> None:
    """Keeps when the call that publishes was first made, and how often."""
    first = job.state.get("first_sent", job.now)
    await job.progress.keep(first_sent=first, sends=job.state.get("sends", 0) + 1)


def _not_sent(job: Job) -> NotPublished:
    """The container is ready: the call has not published it."""
    if job.state.get("blocked"):
        text = "The platform blocks this action for the account at the moment."
        raise PublicationRefused(errors.PLATFORM_RATE_LIMITED, text, kind="rate_limit")
    if job.state["sends"] >= MOST_SENDS:
        raise PublicationRefused(errors.PLATFORM_CALL_FAILED)
    return NotPublished()


def _begin_again(failure: PlatformFailure) -> PublicationRefused:
    """The container is gone, so another one is made."""
    return PublicationRefused(
        errors.PLATFORM_CALL_FAILED, platform_code=failure.reading.code, final=False
    )
