"""Queries on publications: claiming, moving from stage to stage, reading."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from openchannels.core.platforms import Platform
from openchannels.core.publications import (
    LinkStatus,
    Publication,
    PublicationFilter,
    PublishStatus,
    Stage,
)
from openchannels.store.database import AnyRow, upsert
from openchannels.store.queries.leases import free
from openchannels.store.queries.moving import refuse_new_work
from openchannels.store.tables import (
    media_addresses,
    publication_assets,
    publication_keys,
    publish_caps,
)
from openchannels.store.tables import publications as t

FIELDS = (
    *(t.c.id, t.c.flow_id, t.c.user_id, t.c.account_id, t.c.platform, t.c.content, t.c.option),
    *(t.c.publish_at, t.c.status, t.c.stage, t.c.attempt, t.c.failures),
    *(t.c.work_id, t.c.work_link, t.c.link_status, t.c.link_error, t.c.link_meta),
    *(t.c.error, t.c.warnings, t.c.source, t.c.material, t.c.reports),
    *(t.c.committed_at, t.c.stage_since, t.c.sealed, t.c.due_at, t.c.created_at, t.c.updated_at),
)
"""The fields of `Publication`, in its order."""
NO_LEASE: Mapping[str, Any] = {"lease_owner": None, "lease_until": None}
ENDED = (PublishStatus.PUBLISHED, PublishStatus.FAILED, PublishStatus.CANCELLED)


# Reading


def get(connection: Connection, publication_id: str) -> Publication | None:
    """Returns a publication of any user."""
    return _one(connection, t.c.id == publication_id)


def get_owned(connection: Connection, user_id: str, publication_id: str) -> Publication | None:
    return _one(connection, and_(t.c.id == publication_id, t.c.user_id == user_id))


def of_flow(connection: Connection, user_id: str, flow_id: str) -> Sequence[Publication]:
    """Returns the publications of a flow in the order in which they were made."""
    query = select(*FIELDS).where(t.c.user_id == user_id, t.c.flow_id == flow_id)
    return [_publication(row) for row in connection.execute(query.order_by(t.c.created_at, t.c.id))]


def digests_of_flow(connection: Connection, user_id: str, flow_id: str) -> Mapping[str, bytes]:
    """Returns by account the digest of the request that made its publication in a flow."""
    query = select(t.c.account_id, t.c.request_digest)
    rows = connection.execute(query.where(t.c.user_id == user_id, t.c.flow_id == flow_id))
    return {row.account_id: bytes(row.request_digest) for row in rows}


def list_owned(
    connection: Connection, user_id: str, wanted: PublicationFilter, limit: int
) -> Sequence[Publication]:
    """Returns a user's publications, latest time of publication first."""
    query = select(*FIELDS).where(t.c.user_id == user_id, *_conditions(wanted))
    rows = connection.execute(query.order_by(t.c.publish_at.desc(), t.c.id.desc()).limit(limit))
    return [_publication(row) for row in rows]


def _conditions(wanted: PublicationFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.account_id is not None:
        yield t.c.account_id == wanted.account_id
    if wanted.platform is not None:
        yield t.c.platform == wanted.platform
    if wanted.statuses:
        yield t.c.status.in_([int(one) for one in wanted.statuses])
    if wanted.since is not None:
        yield t.c.publish_at >= wanted.since
    if wanted.until is not None:
        yield t.c.publish_at <= wanted.until


def by_key(connection: Connection, platform: Platform, key: str) -> Publication | None:
    """Returns the publication that a platform knows under a key."""
    k = publication_keys.c
    found = select(k.publication_id).where(k.platform == platform, k.key == key)
    publication_id = connection.scalar(found)
    return None if publication_id is None else get(connection, publication_id)


def of_key(connection: Connection, platforms: Sequence[Platform], key: str) -> Publication | None:
    """Returns the publication that one of these platforms has under a key."""
    k = publication_keys.c
    found = select(k.publication_id).where(k.platform.in_(platforms), k.key == key)
    publication_id = connection.scalar(found)
    return None if publication_id is None else get(connection, publication_id)


def taken_work_ids(
    connection: Connection, account_id: str, besides: str, since: float
) -> frozenset[str]:
    """Returns the works of an account that publications begun since then claim."""
    rows = connection.scalars(
        select(t.c.work_id).where(
            t.c.account_id == account_id,
            t.c.committed_at >= since,
            t.c.work_id.is_not(None),
            t.c.id != besides,
        )
    )
    return frozenset(work_id for work_id in rows if work_id is not None)


def kept_of_work(connection: Connection, account_id: str, work_id: str) -> Mapping[str, Any]:
    """Returns what the newest publication of a work keeps of it; empty without one."""
    query = (
        select(t.c.link_meta)
        .where(
            t.c.account_id == account_id,
            t.c.committed_at.is_not(None),
            t.c.work_id == work_id,
        )
        .order_by(t.c.committed_at.desc())
        .limit(1)
    )
    return connection.scalar(query) or {}


def _one(connection: Connection, condition: ColumnElement[bool]) -> Publication | None:
    row = connection.execute(select(*FIELDS).where(condition)).first()
    return None if row is None else _publication(row)


def _publication(row: AnyRow) -> Publication:
    values = dict(row._mapping)
    return Publication(
        **{
            **values,
            "status": PublishStatus(row.status),
            "stage": Stage(row.stage),
            "link_status": None if row.link_status is None else LinkStatus(row.link_status),
            "warnings": tuple(row.warnings),
            "reports": tuple(row.reports),
        }
    )


# Making


def insert_one(connection: Connection, values: Mapping[str, Any], asset_ids: Sequence[str]) -> None:
    """Inserts a publication, and keeps its assets from being deleted. Raises Moving."""
    refuse_new_work(connection)
    connection.execute(insert(t), dict(values))
    for asset_id in dict.fromkeys(asset_ids):
        row = {"publication_id": values["id"], "asset_id": asset_id}
        connection.execute(insert(publication_assets), row)


# Moving from stage to stage


def change(
    connection: Connection, publication_id: str, owner: str, values: Mapping[str, Any]
) -> bool:
    """Changes a publication that `owner` holds; returns False if it is another's by now."""
    condition = and_(t.c.id == publication_id, t.c.lease_owner == owner)
    return _change(connection, condition, values)


def change_idle(
    connection: Connection,
    publication_id: str,
    statuses: Sequence[PublishStatus],
    now: float,
    longest: float,
    values: Mapping[str, Any],
    stages: Sequence[Stage] = tuple(Stage),
) -> bool:
    """Changes a publication nobody works on, in one of these statuses and stages; else False."""
    condition = and_(
        t.c.id == publication_id,
        t.c.status.in_([int(one) for one in statuses]),
        t.c.stage.in_([one.value for one in stages]),
        free(t.c.lease_until, now, longest),
    )
    return _change(connection, condition, values)


def put_off_waiting(
    connection: Connection, account_id: str, now: float, values: Mapping[str, Any]
) -> None:
    """Changes the publications of an account that are begun, due and not under way."""
    waiting = and_(
        t.c.due_at <= now,
        t.c.stage == literal_column(f"'{Stage.PREPARING.value}'"),
        t.c.status == int(PublishStatus.QUEUED),
        t.c.account_id == account_id,
        t.c.lease_owner.is_(None),
    )
    connection.execute(update(t).where(waiting), dict(values))


def change_reported(
    connection: Connection,
    publication_id: str,
    values: Mapping[str, Any],
    unless: int | None = None,
) -> bool:
    """Changes a publication whoever works on it: what a person reports is the truth.

    One that has the status `unless` already stays as it is.
    """
    condition = t.c.id == publication_id
    if unless is not None:
        condition = and_(condition, t.c.status != unless)
    return _change(connection, condition, {**NO_LEASE, **values})


def delete_one(connection: Connection, publication_id: str) -> None:
    for table in (publication_assets, media_addresses, publication_keys):
        connection.execute(delete(table).where(table.c.publication_id == publication_id))
    connection.execute(delete(t).where(t.c.id == publication_id))


def add_key(connection: Connection, platform: Platform, key: str, publication_id: str) -> None:
    """Lets a platform's webhook find a publication by `key`; a key of another one moves."""
    statement = upsert(connection, publication_keys)
    values = {"platform": platform, "key": key, "publication_id": publication_id}
    connection.execute(
        statement.values(**values).on_conflict_do_update(
            index_elements=[publication_keys.c.platform, publication_keys.c.key],
            set_={"publication_id": publication_id},
        )
    )


def add_report(
    connection: Connection,
    platform: Platform,
    key: str,
    facts: Mapping[str, Any],
    now: float,
    most: int,
) -> bool:
    """Keeps what a platform reports of a publication, which is due now; False for an unknown key.

    A work that is out is looked at again, and one that was given up may have come out after all.
    """
    k = publication_keys.c
    found = select(k.publication_id).where(k.platform == platform, k.key == key)
    publication_id = connection.scalar(found)
    if publication_id is None:
        return False
    query = select(t.c.reports, t.c.stage, t.c.work_id).where(t.c.id == publication_id)
    row = connection.execute(query.with_for_update()).one()
    if facts in row.reports:
        return True
    values: dict[str, Any] = {"reports": [*row.reports, facts][-most:], "updated_at": now}
    if row.stage != Stage.DONE.value:
        values["due_at"] = now
    elif row.work_id is not None:
        values |= {"due_at": now, "stage": Stage.VERIFYING.value, "stage_since": now}
    else:
        values |= {"due_at": now, "stage": Stage.HELD.value, "stage_since": now}
    return _change(connection, t.c.id == publication_id, values)


# Caps


def lock_cap(connection: Connection, key: str) -> None:
    """Holds the row of a cap until the transaction ends, so that two cannot count at once."""
    row = hashlib.sha256(key.encode()).hexdigest()
    statement = upsert(connection, publish_caps)
    connection.execute(statement.values(key=row).on_conflict_do_nothing())
    c = publish_caps.c
    connection.execute(select(c.key).where(c.key == row).with_for_update())


def commits(
    connection: Connection, condition: ColumnElement[bool], since: float, besides: str, most: int
) -> Sequence[float]:
    """Returns when publications were begun since then, oldest first, at most `most` of them."""
    rows = connection.scalars(
        select(t.c.committed_at)
        .where(condition, t.c.committed_at > since, t.c.id != besides)
        .order_by(t.c.committed_at.desc())
        .limit(most)
    )
    return sorted(at for at in rows if at is not None)


def of_account(account_id: str) -> ColumnElement[bool]:
    return t.c.account_id == account_id


def of_platform(platform: Platform) -> ColumnElement[bool]:
    return t.c.platform == platform


def count_by_status(connection: Connection) -> Mapping[tuple[str, int], int]:
    """Returns how many publications that go on there are, by platform and status."""
    query = select(t.c.platform, t.c.status, func.count()).where(t.c.due_at.is_not(None))
    rows = connection.execute(query.group_by(t.c.platform, t.c.status))
    return {(row[0], row[1]): row[2] for row in rows}


def _change(connection: Connection, condition: Any, values: Mapping[str, Any]) -> bool:
    return connection.execute(update(t).where(condition), dict(values)).rowcount == 1
