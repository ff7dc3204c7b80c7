"""On whose behalf accounts are stored."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UpsertOptions:
    """On whose behalf and into which group accounts are stored.

    `group_id` None means the user's default group. `group_given` says that the caller named
    the group, which then also moves an account that is connected again. `names` are those of
    nickname and avatar that the caller chose.
    """

    user_id: str
    group_id: str | None
    group_given: bool
    actor: str
    app_id: str
    takeover: bool
    now: float
    names: tuple[str, ...] = ()
