"""Failures of platform calls, independent of what they mean for an account."""

from dataclasses import dataclass, replace
from datetime import tzinfo
from enum import StrEnum
from typing import Literal

from openchannels.core.clock import next_midnight
from openchannels.core.platforms import Platform, Text

UNCONFIRMED = "unconfirmed"
"""What a call has come to whose answer is lost, where nobody can tell what became of it."""


class FailureKind(StrEnum):
    """Classes of platform failures; a connector maps codes and statuses onto them.

    `verification_required` and `suspended`: the grant lives, but the platform refuses the account
    until its owner has passed a check there, or until it lifts the suspension.
    """

    DEAD_GRANT = "dead_grant"
    VERIFICATION_REQUIRED = "verification_required"
    SUSPENDED = "suspended"
    TOKEN_EXPIRED = "token_expired"
    PERMISSION = "permission"
    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    MISCONFIGURED = "misconfigured"


CATEGORY = {
    FailureKind.DEAD_GRANT: "auth",
    FailureKind.VERIFICATION_REQUIRED: "auth",
    FailureKind.SUSPENDED: "auth",
    FailureKind.TOKEN_EXPIRED: "auth",
    FailureKind.PERMISSION: "permission",
    FailureKind.RATE_LIMITED: "rate_limit",
    FailureKind.QUOTA: "quota",
    FailureKind.NOT_FOUND: "not_found",
    FailureKind.INVALID: "validation",
    FailureKind.UNAVAILABLE: "platform_unavailable",
    FailureKind.MALFORMED: "unknown",
    FailureKind.MISCONFIGURED: "configuration",
}
ACCOUNT_HELD_BACK = {FailureKind.VERIFICATION_REQUIRED, FailureKind.SUSPENDED}
"""Kinds by which the platform refuses an account whose grant lives."""
ACCOUNT_REFUSED = {FailureKind.DEAD_GRANT, *ACCOUNT_HELD_BACK}
"""Kinds by which the platform says explicitly that an account cannot be used."""
RETRYABLE = {
    FailureKind.RATE_LIMITED,
    FailureKind.QUOTA,
    FailureKind.UNAVAILABLE,
    FailureKind.MALFORMED,
}


Bucket = Literal["app", "account"]


@dataclass(frozen=True, slots=True)
class Failure:
    """How a connector classifies one answer.

    `retry_after` is in seconds, `reset_at` in Unix seconds; `day` is the time zone at whose
    midnight a daily limit resets, where nothing else is known. `cursor` says that an INVALID
    answer is about the page token, so the caller's cursor is wrong. `passing` says that the
    platform may accept the same call a moment later: it is repeated once. `ended` says that a dead
    grant ran out by itself, which nobody withdrew. `detail` is a short
    text of our own, never the platform's raw body; a text in two languages is shown to the
    caller. `request_id` is the platform's own, if the body holds it. `bucket` says whose limit
    was hit: the account's, or the app's, which all accounts share.
    """

    kind: FailureKind
    code: str | None = None
    retry_after: float | None = None
    reset_at: float | None = None
    cursor: bool = False
    passing: bool = False
    ended: bool = False
    detail: str | Text | None = None
    request_id: str | None = None
    bucket: Bucket = "account"
    day: tzinfo | None = None

    def dated(self, now: float) -> "Failure":
        """Returns the failure with `reset_at` derived from `day` for an answer at `now`."""
        if self.day is None:
            return self
        return replace(self, reset_at=next_midnight(self.day, now))


@dataclass(frozen=True, slots=True)
class RemainingQuota:
    """What an answer says of one of a platform's limits: calls left, and its reset.

    `reset_at` is in Unix seconds, `reset_in` in seconds from now; one of them is enough. `limit` is
    how many calls the whole window allows, where the answer says that too.
    """

    remaining: float
    reset_at: float | None = None
    bucket: Bucket = "account"
    limit: float | None = None
    reset_in: float | None = None


class PlatformFailure(Exception):
    """A platform call failed. Carries evidence, never a URL or a secret.

    `sent` is False if the platform certainly never received the call.
    """

    def __init__(
        self,
        platform: Platform,
        operation: str,
        reading: Failure,
        *,
        http_status: int | None = None,
        request_id: str | None = None,
        category: str | None = None,
        sent: bool = True,
    ) -> None:
        self.sent = sent
        self.platform = platform
        self.operation = operation
        self.reading = reading
        self.http_status = http_status
        self.request_id = request_id
        self.category = category or CATEGORY[reading.kind]
        super().__init__(
            f"{platform} {operation}: {reading.kind}"
            f" (status {http_status}, code {reading.code}, {self.category})"
        )

    def with_reading(self, reading: Failure) -> "PlatformFailure":
        """Returns the same failure, read differently."""
        return PlatformFailure(
            self.platform,
            self.operation,
            reading,
            http_status=self.http_status,
            request_id=self.request_id,
            sent=self.sent,
        )

    @property
    def kind(self) -> FailureKind:
        return self.reading.kind

    @property
    def retryable(self) -> bool:
        return self.reading.passing or self.reading.kind in RETRYABLE

    @property
    def held_back(self) -> bool:
        """True if we skipped the call ourselves and know when to retry."""
        known = self.reading.retry_after is not None or self.reading.reset_at is not None
        return known and not self.sent

    @property
    def unanswered(self) -> bool:
        """True if the platform may have received the call and the answer is lost or unreadable."""
        lost = self.category in ("timeout", "network")
        return self.sent and (self.kind is FailureKind.MALFORMED or lost)

    @property
    def doubtful(self) -> bool:
        """True if the platform may have executed the call although it failed."""
        return self.sent and (self.unanswered or self.kind is FailureKind.UNAVAILABLE)
