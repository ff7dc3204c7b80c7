"""Stores what was read from the database of AiToEarn, and reports each row that is left out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from openchannels.connectors.registry import OAuth
from openchannels.core.accounts import ABNORMAL, NORMAL
from openchannels.core.audit import OPERATOR, Action
from openchannels.core.clock import Clock
from openchannels.core.credentials import Reason
from openchannels.core.groups import MAX_BROWSER_CONFIG, MAX_GROUPS
from openchannels.core.platforms import Platform
from openchannels.service.credentials import schedule
from openchannels.service.moving.aitoearn.documents import Document, Documents
from openchannels.service.moving.aitoearn.mapping import (
    Skip,
    Skipped,
    TakenAccount,
    read_account,
    read_group,
    text,
)
from openchannels.service.sealing import account_group_row, credential_row, grant_key
from openchannels.store.database import Connection, Database
from openchannels.store.queries import accounts, audit, credentials, groups
from openchannels.store.vault.vault import Vault

SOURCE = "aitoearn"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A document that is not taken over: its collection, its id, why, and fields that lack."""

    kind: str
    id: str | None
    why: Skip
    fields: tuple[str, ...] = ()


@dataclass(slots=True)
class Report:
    """How many documents of each kind were taken over, and which were not."""

    accounts: int = 0
    groups: int = 0
    offline: int = 0
    """Of the accounts: stored as not working, as AiToEarn had them; they are probed."""
    in_default_group: int = 0
    """Of the accounts: their group is not among the documents."""
    left_out: list[LeftOut] = field(default_factory=list)


class _DryRun(Exception):
    """Undoes the transaction of a trial."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__()


class Takeover:
    """Stores accounts of AiToEarn. `apps` are the client ids of the configured platforms."""

    def __init__(
        self, db: Database, vault: Vault, clock: Clock, apps: Mapping[Platform, str]
    ) -> None:
        self._db = db
        self._vault = vault
        self._clock = clock
        self._apps = apps

    async def run(self, documents: Documents, user: str | None, *, dry_run: bool) -> Report:
        """Store everything in one transaction; with `dry_run` it is undone at its end.

        `user` gets all accounts; without it each user of AiToEarn stays a user of the same name.
        What is stored already is left out, so a run may be repeated.
        """
        try:
            return await self._db.write(self._run, documents, user, dry_run)
        except _DryRun as trial:
            return trial.report

    def _run(
        self, connection: Connection, documents: Documents, user: str | None, dry_run: bool
    ) -> Report:
        transfer = _Transfer(connection, self._vault, self._clock(), self._apps, user)
        transfer.store(documents)
        if dry_run:
            raise _DryRun(transfer.report)
        return transfer.report


class _Transfer:
    """One run, within its transaction."""

    def __init__(
        self,
        connection: Connection,
        vault: Vault,
        now: float,
        apps: Mapping[Platform, str],
        user: str | None,
    ) -> None:
        self._connection = connection
        self._vault = vault
        self._now = now
        self._apps = apps
        self._user = user
        self.report = Report()

    def store(self, documents: Documents) -> None:
        for group in documents.groups:
            self.report.groups += self._taken("group", group, self._store_group)
        by_account = {text(one, "accountId"): one for one in documents.credentials}
        for document in documents.accounts:
            credential = by_account.pop(text(document, "_id"), None)
            store = partial(self._store_account, credential=credential)
            self.report.accounts += self._taken("account", document, store)
        for credential in by_account.values():
            self._leave_out("credential", credential, Skip.NO_ACCOUNT)
        for document in documents.unknown:
            self._leave_out("document", document, Skip.UNKNOWN_DOCUMENT)
        if self.report.accounts or self.report.groups:
            counts = {"accounts": self.report.accounts, "groups": self.report.groups}
            self._note(None, Action.STORE_IMPORTED, source=SOURCE, rows=counts)

    def _taken(self, kind: str, document: Document, store: Callable[[Document], None]) -> bool:
        try:
            store(document)
        except Skipped as skipped:
            self._leave_out(kind, document, skipped.why, skipped.fields)
            return False
        return True

    def _leave_out(
        self, kind: str, document: Document, why: Skip, fields: tuple[str, ...] = ()
    ) -> None:
        name = text(document, "accountId" if kind == "credential" else "_id")
        self.report.left_out.append(LeftOut(kind, name, why, fields))

    def _store_group(self, document: Document) -> None:
        values = read_group(document, self._user, self._now)
        if groups.exists(self._connection, values["id"]):
            raise Skipped(Skip.DUPLICATE)
        # Of several users that become one only the first default group stays one.
        free = groups.default_id(self._connection, values["user_id"]) is None
        values["is_default"] = values["is_default"] and free
        values["sealed"] = self._browser(values["id"], document)
        if not groups.insert_group(self._connection, values, MAX_GROUPS):
            raise Skipped(Skip.TOO_MANY)

    def _browser(self, group_id: str, document: Document) -> bytes | None:
        config = document.get("browserConfig")
        if not isinstance(config, dict) or not config:
            return None
        secret = json.dumps(config, separators=(",", ":")).encode()
        if len(secret) > MAX_BROWSER_CONFIG:
            raise Skipped(Skip.TOO_LONG, ("browserConfig",))
        return self._vault.seal(secret, account_group_row(group_id))

    def _store_account(self, document: Document, credential: Document | None) -> None:
        taken = read_account(document, credential, self._user, self._now)
        profile = taken.candidate.profile
        held = accounts.lock_by_identities(
            self._connection, profile.platform, profile.identity, profile.other_identity
        )
        if held or accounts.any_users_account(self._connection, taken.id) is not None:
            raise Skipped(Skip.DUPLICATE)
        values = self._account_values(taken)
        if not accounts.is_storable(values):
            raise Skipped(Skip.TOO_LONG)
        owned = groups.is_owned(self._connection, taken.user_id, taken.group_id)
        if not owned:
            values["group_id"] = groups.ensure_default(self._connection, taken.user_id, self._now)
        accounts.insert_account(self._connection, values)
        credentials.store_credential(self._connection, taken.id, self._credential_values(taken))
        self.report.in_default_group += not owned
        self.report.offline += taken.status == ABNORMAL
        self._note(taken, Action.ACCOUNT_CONNECTED, source=SOURCE)

    def _account_values(self, taken: TakenAccount) -> dict[str, Any]:
        profile = taken.candidate.profile
        counters = asdict(profile.counters)
        offline = taken.status != NORMAL
        return {
            "id": taken.id,
            "user_id": taken.user_id,
            "platform": profile.platform,
            "identity": profile.identity,
            "alias": profile.other_identity,
            "uid": profile.uid,
            "secondary": profile.secondary,
            "handle": profile.handle,
            "client_type": profile.client_type,
            "nickname": profile.nickname,
            "avatar": profile.avatar,
            "names_set": [],
            "group_id": taken.group_id,
            "status": taken.status,
            "reason": self._reason(taken) if offline else None,
            "reason_since": taken.updated_at if offline else None,
            "proved": taken.candidate.verified,
            "rank": taken.rank,
            "counters": {name: value for name, value in counters.items() if value is not None},
            "stats_at": taken.stats_at,
            "facts": dict(profile.facts),
            "login_at": taken.login_at,
            "created_at": taken.created_at,
            "updated_at": taken.updated_at,
        }

    def _reason(self, taken: TakenAccount) -> str:
        oauth = isinstance(taken.connector.auth, OAuth)
        return (Reason.GRANT_DEAD if oauth else Reason.COOKIE_DEAD).value

    def _credential_values(self, taken: TakenAccount) -> dict[str, Any]:
        tokens, connector = taken.candidate.tokens, taken.connector
        values = {
            "platform": connector.id,
            "sealed": self._vault.seal(tokens.to_json(), credential_row(taken.id)),
            "grant_key": self._grant_key(taken),
            **schedule.lifetime_columns(connector, taken.id, tokens, taken.issued_at),
        }
        if taken.status != NORMAL:
            # A probe finds out whether the account works after all.
            values |= {"refresh_at": None, "notice_at": None, "probe_at": self._now}
        return values

    def _grant_key(self, taken: TakenAccount) -> str | None:
        app_id = self._apps.get(taken.connector.id)
        if app_id is None or not isinstance(taken.connector.auth, OAuth):
            return None
        candidate = taken.candidate
        subject = candidate.grant_subject or candidate.profile.identity
        return grant_key(taken.connector, subject, app_id)

    def _note(self, taken: TakenAccount | None, action: Action, **details: Any) -> None:
        user_id, account_id = (taken.user_id, taken.id) if taken else (None, None)
        audit.record(self._connection, self._now, user_id, OPERATOR, action, account_id, **details)
