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
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service.context import Context
from openchannels.service.credentials.opened import OpenCredential
from openchannels.service.errors import evidence, offline_data
from openchannels.store.database import Connection
from openchannels.store.queries import accounts, audit, due_times, events
from openchannels.store.queries import credentials as store

SECOND_LOOK_SECONDS = 3600.0
"""Seconds until a probe first checks whether a credential is still refused."""

log = structlog.get_logger()


class AccountHealth:
    """Marks accounts offline and recovered."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def mark_dead(
        self, live: OpenCredential, failure: PlatformFailure, reason: Reason | None = None
    ) -> bool:
        """Mark an account offline whose grant, or cookie, the platform reports dead.

        `reason` overrides the general one. Returns False if the account was already offline.
        """
        reason, proof = reason or dead_reason(live), evidence(failure)
        return await self.mark_offline(live.account, live.version, reason, proof)

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
        return errors.ACCOUNT_NOT_AUTHORIZED(offline_data(account, connector.name, reason))

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
            resting = {"refresh_at": None, "notice_at": None, "probe_at": again, "failures": 0}
            due_times.reschedule(connection, account.id, version, resting)
        about = (account.id, account.platform)
        action, noted = Action.ACCOUNT_OFFLINE, {**proof, "reason": reason.value}
        audit.record(connection, now, account.user_id, SERVICE, action, account.id, **noted)
        events.record_event(
            connection, now, account.user_id, EventType.OFFLINE, about, reason=reason.value
        )
        return True

    def mark_recovered_within(self, connection: Connection, account: Account) -> bool:
        """Mark an account online again, within a transaction. Returns False if it was online."""
        now = self._context.clock()
        if not accounts.mark_recovered(connection, account.id, now):
            return False
        about = (account.id, account.platform)
        action = Action.ACCOUNT_RECOVERED
        audit.record(connection, now, account.user_id, SERVICE, action, account.id)
        events.record_event(connection, now, account.user_id, EventType.RECOVERED, about)
        return True


def dead_reason(live: OpenCredential) -> Reason:
    """Why an account is offline whose credential the platform refuses."""
    return Reason.COOKIE_DEAD if isinstance(live.connector.auth, Plugin) else Reason.GRANT_DEAD


def disprovable(reason: Reason, proof: Mapping[str, Any]) -> bool:
    """Whether a later probe may show that the credential works after all.

    Platforms may wrongly refuse a good token or cookie for a while. A refused refresh and a
    person's own revocation are final.
    """
    seen_by_call = proof.get("operation") not in (None, "auth.refresh", "push")
    return reason in (Reason.COOKIE_DEAD, Reason.GRANT_DEAD) and seen_by_call
