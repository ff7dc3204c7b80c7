"""Accounts that cease to work, and those that work again: always with an event and an audit row.

An account is condemned only for the version of the credential on which its end was seen, so that
news of an old one does not hurt what was connected since.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from openchannels.connectors.registry import Plugin
from openchannels.core.accounts import Account
from openchannels.core.audit import SERVICE, Action
from openchannels.core.credentials import Reason
from openchannels.core.events import EventType
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.service import errors
from openchannels.service.context import Context
from openchannels.service.credentials.opened import OpenCredential
from openchannels.store.database import Connection
from openchannels.store.queries import accounts, audit, due_times, events
from openchannels.store.queries import credentials as store

SECOND_LOOK_SECONDS = 3600.0
"""When a probe first asks whether what a platform said of a credential still holds."""

log = structlog.get_logger()


class AccountHealth:
    """Taking accounts offline, and back."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def dead(
        self, live: OpenCredential, failure: PlatformFailure, reason: Reason | None = None
    ) -> bool:
        """The platform says that the grant, or the cookie, is dead. False if it is not news.

        `reason` says better what happened, where that is known.
        """
        plugin = isinstance(live.connector.auth, Plugin)
        told = reason or (Reason.COOKIE_DEAD if plugin else Reason.GRANT_DEAD)
        proof = errors.evidence(failure)
        return await self.mark_offline(live.account, live.version, told, proof)

    async def mark_offline(
        self,
        account: Account,
        version: int | None,
        reason: Reason,
        proof: Mapping[str, Any],
        since: float | None = None,
    ) -> bool:
        """Take an account offline, since a moment or from now on. False if it is not news."""
        marked = await self._context.db.write(self.mark, account, version, reason, proof, since)
        if marked:
            log.warning("account is offline", account=account.id, reason=reason.value)
        return marked

    async def revoked(self, platform: Platform, uid: str, at: float) -> bool:
        """Take an account offline whose owner took the grant back, unless it was given anew."""
        return await self._context.db.write(self._revoke, platform, uid, at)

    def _revoke(self, connection: Connection, platform: Platform, uid: str, at: float) -> bool:
        holder = accounts.lock_by_identity(connection, platform, uid)
        if holder is None or (holder.login_at or 0.0) > at:
            return False
        row = store.get_credential(connection, holder.id)
        version, proof = row.version if row else None, {"operation": "push"}
        return self.mark(
            connection, accounts.account_from_row(holder), version, Reason.GRANT_DEAD, proof, None
        )

    def mark(
        self,
        connection: Connection,
        account: Account,
        version: int | None,
        reason: Reason,
        proof: Mapping[str, Any],
        since: float | None,
    ) -> bool:
        """Take an account offline within a transaction."""
        now = self._context.clock()
        told = reason.value
        if not accounts.mark_offline(
            connection, account.id, version, told, proof, now, since or now
        ):
            return False
        if version is not None:
            again = now + SECOND_LOOK_SECONDS if disprovable(reason, proof) else None
            resting = {"refresh_at": None, "notice_at": None, "probe_at": again, "failures": 0}
            due_times.reschedule(connection, account.id, version, resting)
        about = (account.id, account.platform.value)
        action, noted = Action.ACCOUNT_OFFLINE, {**proof, "reason": told}
        audit.record(connection, now, account.user_id, SERVICE, action, account.id, **noted)
        events.record_event(connection, now, account.user_id, EventType.OFFLINE, about, reason=told)
        return True

    def recover(self, connection: Connection, account: Account) -> bool:
        """Bring an account back online within a transaction. False if it was not offline."""
        now = self._context.clock()
        if not accounts.mark_recovered(connection, account.id, now):
            return False
        about = (account.id, account.platform.value)
        action = Action.ACCOUNT_RECOVERED
        audit.record(connection, now, account.user_id, SERVICE, action, account.id)
        events.record_event(connection, now, account.user_id, EventType.RECOVERED, about)
        return True


def disprovable(reason: Reason, proof: Mapping[str, Any]) -> bool:
    """Whether a later probe may show that the credential works after all.

    Platforms err for a while: a call with a good token or cookie is refused. What a refresh or a
    person's own revocation showed is no such error.
    """
    seen_by_call = proof.get("operation") not in (None, "auth.refresh", "push")
    return reason in (Reason.COOKIE_DEAD, Reason.GRANT_DEAD) and seen_by_call
