"""What the operator does not keep for ever is deleted when its time is over, in bounded parts."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import DBAPIError

from openchannels.core.clock import iso
from openchannels.service.context import Context, Retention, Rules
from openchannels.service.events.delivery import KEEP_TRYING_SECONDS
from openchannels.service.tasks.clean_up import CleanUp
from openchannels.settings.models import AuditSettings, EventsSettings
from openchannels.store.database import Database
from openchannels.store.queries import audit as log
from openchannels.store.queries import groups
from openchannels.store.tables import accounts, audit, snapshots, usage

DAY = 86_400.0
NOW = 1_800_000_000.0
OLD, YOUNG = 2_300, 3
"""Rows of each kind at the age of a hundred days and of one: more than two deletions take."""


def fill(connection: Connection) -> None:
    group = groups.ensure_default(connection, "u", NOW)
    account = {
        "id": "a", "user_id": "u", "platform": "xhs", "identity": "a", "uid": "a", "nickname": "",
        "names_set": [], "group_id": group, "status": 1, "proved": True, "rank": 1,
        "counters": {}, "facts": {}, "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    connection.execute(insert(accounts).values(account))
    ages = [100 * DAY] * OLD + [DAY] * YOUNG
    entries = [
        {
            "id": f"{number:024x}", "at": NOW - age, "user_id": "u", "actor": "service",
            "action": "account.updated", "details": {},
        }
        for number, age in enumerate(ages)
    ]  # fmt: skip
    kept = [
        {
            "id": f"{number:024x}", "user_id": "u", "account_id": "a", "at": NOW - age,
            "metrics": {}, "extra": {},
        }
        for number, age in enumerate(ages)
    ]  # fmt: skip
    counted = [
        {
            "user_id": f"u{number}", "platform": "xhs", "day": iso(NOW - age)[:10],
            "operation": "works", "calls": 1, "cost": 1.0,
        }
        for number, age in enumerate(ages)
    ]  # fmt: skip
    for table, rows in ((audit, entries), (snapshots, kept), (usage, counted)):
        connection.execute(insert(table), rows)


def counts(connection: Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (audit, snapshots, usage)
    }


async def clean(db: Database, retention: Retention, now: float) -> bool:
    """Lets the task clean up once, at a time; returns False if it found nothing to do."""
    rules = Rules(public_url="", retention=retention)
    context = SimpleNamespace(db=db, rules=rules, clock=lambda: now)
    task = CleanUp(cast("Context", context))
    batches = await task.claim(1)
    for batch in batches:
        await task.run(batch)
    return bool(batches)


async def test_all_is_kept_until_a_retention_is_set(db: Database) -> None:
    await db.write(fill)
    everything = await db.read(counts)
    assert not await clean(db, Retention(), NOW + 3650 * DAY)
    for name in everything:
        keep = Retention(**{name: 50 * DAY})
        assert await clean(db, keep, NOW)
        everything[name] = YOUNG
        assert await db.read(counts) == everything
        assert not await clean(db, keep, NOW + 48 * DAY)
        # The day on which something was counted must be over as a whole.
        assert await clean(db, keep, NOW + 51 * DAY)
        everything[name] = 0
        assert await db.read(counts) == everything


async def test_one_transaction_deletes_a_bounded_number(db: Database) -> None:
    await db.write(fill)
    assert await db.write(log.purge, NOW, 7) == 7
    assert (await db.read(counts))["audit"] == OLD + YOUNG - 7


async def test_the_log_stays_append_only(db: Database) -> None:
    await db.write(fill)
    await db.write(log.purge, NOW - 50 * DAY)

    def forge(connection: Connection) -> Any:
        return connection.execute(delete(audit))

    with pytest.raises(DBAPIError, match="append only"):
        await db.write(forge)


def test_events_outlast_their_retries() -> None:
    with pytest.raises(ValidationError):
        EventsSettings(keep_days=3)
    assert EventsSettings(keep_days=4).keep_days * DAY > KEEP_TRYING_SECONDS
    assert EventsSettings().keep_days == 30
    assert AuditSettings().keep_days is None
