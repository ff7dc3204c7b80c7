"""Authorization sessions: one attempt of one person to connect accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from openchannels.core.platforms import Platform


class SessionStage(StrEnum):
    """The state of a session. The API shows the first four as `pending`.

    `pending`: waiting for the platform's callback. `claimed`: a callback is being processed.
    `choosing`: a person selects accounts. `confirming`: the person who returned is asked to
    confirm. `completed` and `failed` are final.
    """

    PENDING = "pending"
    CLAIMED = "claimed"
    CHOOSING = "choosing"
    CONFIRMING = "confirming"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        return self in (SessionStage.COMPLETED, SessionStage.FAILED)

    @property
    def asks(self) -> bool:
        """True if our page waits for the person's input."""
        return self in (SessionStage.CHOOSING, SessionStage.CONFIRMING)


class Binding(StrEnum):
    """How a session ensures that the same person starts and finishes it.

    `direct`: not at all; the result page names the workspace. `confirm`: the person confirms
    before accounts are stored. `bound`: only the browser that opened our connect page finishes.
    """

    DIRECT = "direct"
    CONFIRM = "confirm"
    BOUND = "bound"


class PolledSession(NamedTuple):
    """The fields of an `AuthSession` that a poll reads, without its secret."""

    id: str
    platform: Platform
    stage: SessionStage
    expires_at: float
    error_code: int | None
    error_data: Mapping[str, Any]
    accounts: Sequence[Mapping[str, Any]]
    offered: Sequence[Mapping[str, Any]]
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class AuthSession:
    """A session as stored. Times are Unix seconds; `sealed` opens only with its own id.

    `accounts` are the connected ones as the wire shows them, `offered` the selectable ones.
    `account_id` is the one account that a reconnect may end in. `purposes` are what the accounts
    are connected for, separated by spaces; None stands for all of the installation's.
    """

    id: str
    user_id: str
    key_id: str
    platform: Platform
    group_id: str
    stage: SessionStage
    created_at: float
    expires_at: float
    callback_url: str | None = None
    redirect_uri: str | None = None
    group_given: bool = False
    sealed: bytes | None = field(default=None, repr=False)
    lease_until: float | None = None
    error_code: int | None = None
    error_data: Mapping[str, Any] = field(default_factory=dict)
    accounts: Sequence[Mapping[str, Any]] = ()
    offered: Sequence[Mapping[str, Any]] = ()
    ended_at: float | None = None
    account_id: str | None = None
    binding: Binding = Binding.DIRECT
    browser_hash: bytes | None = field(default=None, repr=False)
    purposes: str | None = None
