"""Marks accounts offline or recovered; each change writes an event and an audit row.

An account is marked offline only for the version of the credential that failed: a failure of an
old credential does not affect an account reconnected since.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from openchannels.connectors.registry import Connector, Plugin
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.audit import SERVICE, Action
from openchannels.core.credentials import Reason
from openchannels.core.events import EventType
from openchannels.core.exceptions import ServiceError
from openchannels.core.platform_errors import ACCOUNT_HELD_BACK, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.context import Context
from openchannels.service.credentials.opened import OpenCredential
from openchannels.service.credentials.schedule import NOTHING_HELD, PROBE
from openchannels.service.errors import evidence, offline_data
from openchannels.store.database import Connection
from openchannels.store.queries import accounts, audit, due_times, events
from openchannels.store.queries import credentials as store

SECOND_LOOK_SECONDS = 3600.0
"""Seconds until a probe first checks whether a credential is still refused."""
PROVES_SECONDS = 3600.0
"""How long refusals of tokens must go on to prove that a grant is dead."""
ASK_AGAIN = 900.0
"""Seconds between probes of an account whose newly issued tokens are refused."""
SUSPENDED = "suspended"
"""Set in the evidence of an account that the platform has suspended."""

log = structlog.get_logger()


class AccountHealth:
    """Marks accounts offline and recovered."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def mark_dead(
        self, live: OpenCredential, failure: PlatformFailure, reason: Reason | None = None
    ) -> bool:
        """Mark an account offline whose grant, or cookie, the platform reports dead.

        `reason` overrides that of the failure. Returns False if the account was already offline.
        """
        reason = reason or reason_of(live, failure)
        return await self.mark_offline(live.account, live.version, reason, proof_of(failure))

    async def note_refusal(self, live: OpenCredential, failure: PlatformFailure) -> bool:
        """Note that the platform refuses an access token, and return whether the grant is dead.

        It is if the token is old and nothing can replace it, or if the platform has refused for an
        hour what it issued. Else the account stays online and is asked again soon.
        """
        now, since = self._context.clock(), live.refused_since
        replaceable = live.connector.auth.refreshable(live.tokens, now)
        if not replaceable and not is_recent(live.came_at, now, PROVES_SECONDS):
            return True
        if since is not None and since + PROVES_SECONDS <= now:
            return True
        log.warning("a new token is refused", account=live.account.id, cause=str(failure))
        begun = now if since is None or since > now else since
        values = {"refused_since": begun, "probe_at": now + ASK_AGAIN, PROBE.hold: None}
        await self._context.db.write(due_times.reschedule, live.account.id, live.version, values)
        return False

    async def change_reason(
        self, live: OpenCredential, failure: PlatformFailure, reason: Reason
    ) -> bool:
        """Write why an account is offline that was offline for another reason before.

        Returns False if it is for the same reason, or no longer offline.
        """
        now_reason = reason_of(live, failure)
        if now_reason is reason:
            return False
        return await self._context.db.write(
            self._change_reason, live.account, now_reason, proof_of(failure)
        )

    def _change_reason(
        self, connection: Connection, account: Account, reason: Reason, proof: Mapping[str, Any]
    ) -> bool:
        now = self._context.clock()
        if not accounts.change_reason(connection, account.id, reason.value, proof, now):
            return False
        self._record_offline(connection, account, reason, proof)
        return True

    async def note_accepted(self, live: OpenCredential) -> None:
        """Note that the platform accepts a credential whose tokens it had refused."""
        now = self._context.clock()
        await self._context.db.write(store.mark_checked, live.account.id, live.version, now)

    async def mark_offline(
        self,
        account: Account,
        version: int | None,
        reason: Reason,
        proof: Mapping[str, Any],
        since: float | None = None,
    ) -> bool:
        """Mark an account offline, since a given time or from now on.

        Returns False if the account was already offline.
        """
        marked = await self._context.db.write(
            self.mark_offline_within, account, version, reason, proof, since
        )
        if marked:
            log.warning("account is offline", account=account.id, reason=reason.value)
        return marked

    async def not_authorized(self, account: Account, connector: Connector) -> ServiceError:
        """The error for an account known not to work, with the stored reason."""
        row = await self._context.db.read(accounts.status_row, account.id)
        reason = Reason(row.reason) if row and row.reason else Reason.GRANT_DEAD
        suspended = is_suspension(row.evidence if row else None)
        data = offline_data(account, connector.name, reason, suspended=suspended)
        return errors.ACCOUNT_NOT_AUTHORIZED(data)

    async def mark_revoked(self, platform: Platform, uid: str, at: float) -> bool:
        """Mark an account offline whose owner revoked the grant, unless reconnected since."""
        return await self._context.db.write(self._revoke, platform, uid, at)

    def _revoke(self, connection: Connection, platform: Platform, uid: str, at: float) -> bool:
        holder = accounts.lock_by_identity(connection, platform, uid)
        if holder is None or (holder.login_at or 0.0) > at:
            return False
        row = store.get_credential(connection, holder.id)
        version, proof = row.version if row else None, {"operation": "push"}
        return self.mark_offline_within(
            connection, accounts.account_from_row(holder), version, Reason.GRANT_DEAD, proof, None
        )

    def mark_offline_within(
        self,
        connection: Connection,
        account: Account,
        version: int | None,
        reason: Reason,
        proof: Mapping[str, Any],
        since: float | None,
    ) -> bool:
        """`mark_offline` within a transaction."""
        now = self._context.clock()
        if not accounts.mark_offline(
            connection, account.id, version, reason.value, proof, now, since or now
        ):
            return False
        if version is not None:
            again = now + SECOND_LOOK_SECONDS if disprovable(reason, proof) else None
            resting = {
                "refresh_at": None,
                "notice_at": None,
                "probe_at": again,
                **NOTHING_HELD,
                "end_announced_at": None,
                "failures": 0,
            }
            due_times.reschedule(connection, account.id, version, resting)
        self._record_offline(connection, account, reason, proof)
        return True

    def mark_recovered_within(self, connection: Connection, account: Account) -> bool:
        """Mark an account online again, within a transaction. Returns False if it was online."""
        if not accounts.mark_recovered(connection, account.id, self._context.clock()):
            return False
        self.record_recovery(connection, account)
        return True

    def record_recovery(self, connection: Connection, account: Account) -> None:
        """Write the event and the audit row of an account that works again."""
        now = self._context.clock()
        about = (account.id, account.platform)
        action = Action.ACCOUNT_RECOVERED
        audit.record(connection, now, account.user_id, SERVICE, action, account.id)
        events.record_event(connection, now, account.user_id, EventType.RECOVERED, about)

    def announce_end(self, connection: Connection, account: Account) -> None:
        """Write the event of a grant that has ended by the clock; the account stays as it is.

        Its state is derived from the clock at each read, so it works again if the clock was wrong.
        """
        self._record_offline(connection, account, Reason.GRANT_ENDED, {})

    def _record_offline(
        self, connection: Connection, account: Account, reason: Reason, proof: Mapping[str, Any]
    ) -> None:
        now, about = self._context.clock(), (account.id, account.platform)
        action, noted = Action.ACCOUNT_OFFLINE, {**proof, "reason": reason.value}
        audit.record(connection, now, account.user_id, SERVICE, action, account.id, **noted)
        events.record_event(
            connection, now, account.user_id, EventType.OFFLINE, about, reason=reason.value
        )


def reason_of(live: OpenCredential, failure: PlatformFailure) -> Reason:
    """Why an account is offline that the platform refuses with this failure."""
    if failure.kind in ACCOUNT_HELD_BACK:
        return Reason.VERIFICATION_REQUIRED
    if isinstance(live.connector.auth, Plugin):
        return Reason.COOKIE_DEAD
    return Reason.GRANT_ENDED if failure.reading.ended else Reason.GRANT_DEAD


def refused_data(
    live: OpenCredential, failure: PlatformFailure, reason: Reason | None = None
) -> dict[str, Any]:
    """The `data` for an account that the platform refuses; `reason` overrides the failure's."""
    return offline_data(
        live.account,
        live.connector.name,
        reason or reason_of(live, failure),
        suspended=failure.kind is FailureKind.SUSPENDED,
    )


def proof_of(failure: PlatformFailure) -> dict[str, Any]:
    """The evidence of a failure that takes an account offline."""
    suspended = {SUSPENDED: True} if failure.kind is FailureKind.SUSPENDED else {}
    return {**evidence(failure), **suspended}


def is_suspension(evidence: Mapping[str, Any] | None) -> bool:
    """Whether an account is offline because the platform has suspended it."""
    return bool(evidence and evidence.get(SUSPENDED))


def is_recent(moment: float, now: float, seconds: float) -> bool:
    """Whether a moment is less than so many seconds ago; one ahead of the clock is."""
    return moment + seconds > now


def disprovable(reason: Reason, proof: Mapping[str, Any]) -> bool:
    """Whether a later probe may show that the credential works after all.

    Platforms may wrongly refuse a good token or cookie for a while, and a person who passes the
    platform's check tells it, not us. A refused refresh and a person's own revocation are final.
    """
    if reason is Reason.VERIFICATION_REQUIRED:
        return True
    seen_by_call = proof.get("operation") not in (None, "auth.refresh", "push")
    return reason in (Reason.COOKIE_DEAD, Reason.GRANT_DEAD) and seen_by_call
