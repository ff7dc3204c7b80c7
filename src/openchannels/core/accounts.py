"""Creators' accounts: identity and what is known about them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Platform, Text

NORMAL = 1
ABNORMAL = 0
MAX_NICKNAME = 512
"""Characters of a nickname; longer ones are refused from callers and cut from platforms."""
MAX_IDENTIFIER = 256
"""Characters of a uid, a secondary id or a handle: the length of their columns."""
MAX_LISTED = 1000
"""Accounts of one page of a list."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Totals of an account; what the platform does not report stays None."""

    fans: int | None = None
    following: int | None = None
    works: int | None = None
    reads: int | None = None
    likes: int | None = None
    collects: int | None = None
    forwards: int | None = None
    comments: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as the platform describes it.

    `uid` and, on platforms that have a second level, `secondary` identify it. `alias` is another
    text in the place of `uid` by which the account may be stored. `handle` is the public name that
    may change. `facts` holds JSON values a connector needs later (an uploads
    playlist, for instance) and no secret.
    """

    platform: Platform
    uid: str
    nickname: str
    secondary: str | None = None
    handle: str | None = None
    avatar: str | None = None
    client_type: str | None = None
    counters: Counters = field(default_factory=Counters)
    facts: Mapping[str, Any] = field(default_factory=dict)
    alias: str | None = None

    @property
    def account(self) -> str | None:
        """The API's `account`: the secondary id if there is one, else the handle."""
        return shown_handle(self.secondary, self.handle)

    @property
    def identity(self) -> str:
        """What makes two connections the same account; unique together with the platform.

        Where a platform has a secondary id (a YouTube channel), that alone is the identity:
        several people may hold the same channel.
        """
        return self.secondary or "_".join(filter(None, (self.uid, self.client_type)))

    @property
    def other_identity(self) -> str | None:
        """The identity that the account has under its alias; None without one."""
        return "_".join(filter(None, (self.alias, self.client_type))) if self.alias else None

    @property
    def account_id(self) -> str:
        """Public id, `{platform}_{uid}` and further parts where a platform has them."""
        parts = (self.platform, self.uid, self.secondary, self.client_type)
        return "_".join(part for part in parts if part)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        return cls(
            **{
                **value,
                "platform": Platform(value["platform"]),
                "counters": Counters(**value["counters"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that a grant opens, with the tokens that are its own.

    `grant_subject` names whose consent it rests on (a Google or Meta user id): accounts with
    the same subject and app share one grant at the platform. `parent` is the wire's
    `parentPlatformUid`. `unusable` says why an account cannot be connected; it has no tokens then.
    """

    profile: Profile
    tokens: Tokens
    grant_subject: str | None = None
    parent: str | None = None
    verified: bool = True
    unusable: Text | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        """Identifies the candidate in a selection: platform uid and `account`."""
        return (self.profile.uid, self.profile.account)

    def to_dict(self) -> dict[str, Any]:
        """JSON values of a usable candidate; `verified` is named as its column, `proved`."""
        values = asdict(self)
        values["proved"] = values.pop("verified")
        del values["unusable"]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        return cls(
            profile=Profile.from_dict(values["profile"]),
            tokens=Tokens.from_dict(values["tokens"]),
            grant_subject=values["grant_subject"],
            parent=values["parent"],
            verified=values["proved"],
        )


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Selects a user's accounts: by id, else by group, else by the other fields."""

    ids: Sequence[str] = ()
    group_ids: Sequence[str] = ()
    platforms: Sequence[str] = ()
    status: int | None = None
    group_id: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSlice:
    """A part of a list of accounts: page `number`, from 1, of those whose id is above `after`."""

    size: int = MAX_LISTED
    number: int = 1
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account as stored. Times are Unix seconds."""

    id: str
    user_id: str
    platform: Platform
    uid: str
    nickname: str
    group_id: str
    status: int
    rank: int
    created_at: float
    updated_at: float
    secondary: str | None = None
    handle: str | None = None
    client_type: str | None = None
    avatar: str | None = None
    login_at: float | None = None
    counters: Counters = field(default_factory=Counters)
    stats_at: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> str | None:
        return shown_handle(self.secondary, self.handle)


def shown_handle(secondary: str | None, handle: str | None) -> str | None:
    """Returns the API's `account`: the secondary id if there is one, else the handle."""
    return secondary or handle


class ListedAccount(NamedTuple):
    """What a list shows of an account, and what its status is derived from.

    Times are Unix seconds. `status` is the stored one. `version` is the credential's, None without
    one.
    """

    id: str
    user_id: str
    platform: Platform
    client_type: str | None
    uid: str
    secondary: str | None
    handle: str | None
    nickname: str
    avatar: str | None
    group_id: str
    rank: int
    counters: Mapping[str, int | None]
    login_at: float | None
    stats_at: float | None
    created_at: float
    updated_at: float
    status: int
    reason: str | None
    reason_since: float | None
    evidence: Mapping[str, Any] | None
    scopes: Sequence[str] | None
    expires_at: float | None
    grant_ends_at: float | None
    refresh_at: float | None
    version: int | None

    @property
    def account(self) -> str | None:
        return shown_handle(self.secondary, self.handle)
