"""What a failure means for a publication: tried again, waited for, or the end."""

import random
from collections.abc import Mapping
from typing import Any

from openchannels.core import errors
from openchannels.core.events import EventType
from openchannels.core.exceptions import AuthorizationError, ServiceError, Unavailable
from openchannels.core.platform_errors import UNCONFIRMED, FailureKind, PlatformFailure
from openchannels.core.publications import PublicationRefused, PublishStatus, Stage
from openchannels.service.context import Context
from openchannels.service.errors import details, shortened, to_error
from openchannels.service.publishing.progress import REPLACED, HeldPublication
from openchannels.service.publishing.transitions import Transitions

PAUSES = (10.0, 30.0, 120.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0)
"""The longest pause after each failure in a row; after the last one the publication fails."""
LIMITED_SECONDS = 900.0
"""The pause after a rate limit whose end the platform does not name."""
LONGEST_PAUSE = 86_400.0
"""The longest pause that a platform is given which names its length: limits of a day are common."""
PASSING = frozenset({FailureKind.UNAVAILABLE, FailureKind.MALFORMED})
LIMITED = frozenset({FailureKind.RATE_LIMITED, FailureKind.QUOTA})
OUT = frozenset({Stage.POLLING, Stage.HELD, Stage.VERIFYING})
"""Stages in which the platform has the work: only its own word ends them."""
MAX_MESSAGE = 4000
"""Characters that are told of why a publication was refused."""
WAITING_TYPES = frozenset({"waiting", "waiting_for_cap", "needs_action"})
"""Types of `Publication.error` that say what is waited for, not what went wrong."""


def failure_of(error: Exception) -> PlatformFailure | None:
    """Returns the platform's failure behind an error; None where there is none."""
    if isinstance(error, PlatformFailure):
        return error
    cause = error.__cause__
    return cause if isinstance(cause, PlatformFailure) else None


def is_before_the_call(error: Exception) -> bool:
    """Returns whether an error without a platform's failure came before any call was made."""
    return isinstance(error, AuthorizationError) or (
        isinstance(error, ServiceError) and error.code is errors.PUBLISH_ACCOUNT_NOT_FOUND
    )


def is_fault(error: Exception) -> bool:
    """Returns whether an error is neither the platform's nor in the catalogue."""
    known = isinstance(error, ServiceError | PublicationRefused)
    return not known and failure_of(error) is None


def waiting_for_cap(until: float) -> dict[str, Any]:
    """Returns what is said of a publication that a cap holds back until a time."""
    return {"type": "waiting_for_cap", "code": "cap", "expectedAt": until}


class Failures:
    """Writes what became of a publication that could not go on."""

    def __init__(self, context: Context, transitions: Transitions) -> None:
        self._context = context
        self._transitions = transitions

    async def handle(self, held: HeldPublication, error: Exception) -> bool:
        """Goes on after a failure; returns whether the next stage can be done at once.

        Raises Unavailable: the lease lapses, and the same stage is done again.
        """
        if isinstance(error, Unavailable):
            raise error
        if isinstance(error, PublicationRefused):
            await self._refused(held, error)
        elif held.publication.stage in OUT:
            await self._look_again(held)
        else:
            await self._failed(held, error)
        return False

    async def _refused(self, held: HeldPublication, refused: PublicationRefused) -> None:
        if refused.final:
            await self._fail(held, refused_data(held.publication.platform, refused))
            return
        await self._retry(
            held,
            refused_data(held.publication.platform, refused),
            restart=True,
            pause=refused.retry_after,
        )

    async def _look_again(self, held: HeldPublication) -> None:
        """The platform has the work, and cannot be asked at the moment."""
        elapsed = self._context.clock() - held.publication.stage_since
        again = self._context.clock() + min(max(elapsed / 2, PAUSES[0]), PAUSES[4])
        await self._transitions.move(held, due_at=again)

    async def _failed(self, held: HeldPublication, error: Exception) -> None:
        now, failure = self._context.clock(), failure_of(error)
        said = self._data(held, error, failure)
        if failure is not None and failure.kind in LIMITED:
            await self._limited(held, failure, said)
        elif failure is None and isinstance(error, ServiceError):
            await self._fail(held, said)
        elif failure is None or failure.kind in PASSING or failure.reading.passing:
            known = None if failure is None else _seconds(failure, now)
            await self._retry(held, said, restart=False, pause=known)
        else:
            await self._fail(held, said)

    async def _limited(
        self, held: HeldPublication, failure: PlatformFailure, said: Mapping[str, Any]
    ) -> None:
        """Wait for the platform's limit; it counts as no attempt."""
        one, now = held.publication, self._context.clock()
        begun = max(one.publish_at, one.created_at)
        if now - begun > self._context.rules.publishing.keep_trying:
            await self._fail(held, said)
            return
        pause = _seconds(failure, now) or LIMITED_SECONDS
        await self._back_to_preparing(held, said, min(pause, LONGEST_PAUSE), restart=False)

    async def again(self, held: HeldPublication, *, restart: bool) -> bool:
        """The platform proves that nothing is out: publish once more, or give up.

        Returns whether that can be done at once.
        """
        code = errors.PUBLISH_PLATFORM_STATUS_FAILED.number
        said = {"type": "platform", "code": code, "status": "not_published"}
        await self._retry(held, said, restart=restart, pause=None)
        return False

    async def _retry(
        self,
        held: HeldPublication,
        said: Mapping[str, Any],
        *,
        restart: bool,
        pause: float | None,
    ) -> None:
        failures = held.publication.failures
        if failures >= len(PAUSES):
            await self._fail(held, said)
            return
        longest = PAUSES[failures]
        wait = random.uniform(longest / 2, longest) if pause is None else pause  # noqa: S311
        seconds = min(wait, LONGEST_PAUSE)
        await self._back_to_preparing(held, said, seconds, restart=restart, failures=failures + 1)

    async def _back_to_preparing(
        self,
        held: HeldPublication,
        said: Mapping[str, Any],
        seconds: float,
        *,
        restart: bool,
        **values: Any,
    ) -> None:
        fresh: dict[str, Any] = (
            {"sealed": None, "attempt": held.publication.attempt + 1} if restart else {}
        )
        await self._transitions.move(
            held,
            stage=Stage.PREPARING,
            status=PublishStatus.QUEUED,
            committed_at=None,
            error=dict(said),
            due_at=self._context.clock() + seconds,
            **fresh,
            **values,
        )

    # The end

    async def too_late(self, held: HeldPublication) -> None:
        """Its time is too long ago, so nothing is posted."""
        await self._fail(held, {"type": "too_late", "code": errors.PUBLISH_TIME_FIXED.number})

    async def not_finished(self, held: HeldPublication) -> None:
        code = errors.PUBLISH_PLATFORM_STATUS_FAILED.number
        await self._fail(held, {"type": "not_finished_by_person", "code": code})

    async def unconfirmed(self, held: HeldPublication) -> None:
        """Nobody can say whether it is out: a person has to look, and nothing is repeated."""
        one = held.publication
        said = {
            "type": UNCONFIRMED,
            "code": errors.PUBLISH_PLATFORM_STATUS_FAILED.number,
            "platform": one.platform,
            "committedAt": one.committed_at,
        }
        await self._fail(held, said, EventType.PUBLISH_UNCONFIRMED)

    async def update_failed(self, held: HeldPublication, error: Exception) -> None:
        """A published work could not be changed: the record shows again what is out."""
        if isinstance(error, Unavailable):
            raise error
        replaced = held.state.get(REPLACED) or {}
        await self._transitions.move(
            held,
            EventType.PUBLISH_FAILED,
            stage=Stage.DONE,
            status=PublishStatus.UPDATE_FAILED,
            error=self._data(held, error, failure_of(error)),
            sealed=held.sealed_after_change(),
            **replaced,
        )

    async def _fail(
        self,
        held: HeldPublication,
        said: Mapping[str, Any],
        event: EventType = EventType.PUBLISH_FAILED,
    ) -> None:
        await self._transitions.move(
            held, event, stage=Stage.DONE, status=PublishStatus.FAILED, error=dict(said)
        )

    def _data(
        self, held: HeldPublication, error: Exception, failure: PlatformFailure | None
    ) -> dict[str, Any]:
        """The `errorData` of a failure: what kind, which code, and the platform's evidence."""
        now = self._context.clock()
        if isinstance(error, PublicationRefused):
            return refused_data(held.publication.platform, error)
        if isinstance(error, ServiceError):
            kind = "account" if is_before_the_call(error) else "platform"
            return {"type": kind, "code": error.code.number, **error.data}
        if failure is not None:
            code = to_error(failure, now).code.number
            return {"type": "platform", "code": code, **details(failure, now)}
        return {"type": "internal", "code": errors.INTERNAL_ERROR.number}


def refused_data(platform: str, refused: PublicationRefused) -> dict[str, Any]:
    """Returns the `errorData` of a refusal: our code and the platform's own words."""
    known = {
        "type": refused.kind,
        "code": refused.code.number,
        "platform": platform,
        "platformCode": shortened(refused.platform_code),
        "platformMessage": shortened(refused.text, MAX_MESSAGE),
        "retryable": not refused.final,
    }
    return {name: value for name, value in known.items() if value is not None}


def _seconds(failure: PlatformFailure, now: float) -> float | None:
    """How long the platform says to wait; None where it does not."""
    reading = failure.reading
    if reading.retry_after is not None:
        return reading.retry_after
    return None if reading.reset_at is None else max(reading.reset_at - now, PAUSES[0])
