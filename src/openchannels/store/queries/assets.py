"""Queries on assets. What is about to be deleted is no longer found by its owner."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from openchannels.core.assets import OPEN, Asset, AssetFilter, AssetStatus
from openchannels.core.positions import Position
from openchannels.store.queries.leases import free
from openchannels.store.queries.moving import refuse_new_work
from openchannels.store.queries.places import is_older
from openchannels.store.tables import api_keys
from openchannels.store.tables import assets as t

COLUMNS = (
    t.c.id,
    t.c.user_id,
    t.c.path,
    t.c.type,
    t.c.status,
    t.c.size,
    t.c.reserved,
    t.c.mime_type,
    t.c.filename,
    t.c.metadata,
    t.c.fault,
    t.c.upload_hash,
    t.c.upload_ends_at,
    t.c.created_at,
    t.c.updated_at,
)
"""The fields of `Asset`."""
SHOWN = t.c.status != AssetStatus.DELETED.value
IS_OPEN = t.c.status.in_([status.value for status in OPEN])


def insert_within(connection: Connection, values: Mapping[str, Any], quota: int) -> bool:
    """Inserts an asset; returns False if the user would then hold more than `quota` bytes."""
    # Two that are signed at once must see each other: the second waits for the user's keys.
    held = select(api_keys.c.id).where(api_keys.c.user_id == values["user_id"])
    connection.execute(held.order_by(api_keys.c.id).with_for_update())
    if reserved(connection, values["user_id"]) + values["reserved"] > quota:
        return False
    connection.execute(insert(t), dict(values))
    return True


def reserved(connection: Connection, user_id: str) -> int:
    """Returns the bytes that count toward a user's quota."""
    total = select(func.coalesce(func.sum(t.c.reserved), 0)).where(t.c.user_id == user_id)
    return int(connection.execute(total).scalar_one())


def get(connection: Connection, asset_id: str) -> Asset | None:
    """Returns an asset of any user and in any stage."""
    return _one(connection, t.c.id == asset_id)


def get_owned(connection: Connection, user_id: str, asset_id: str) -> Asset | None:
    return _one(connection, and_(t.c.id == asset_id, t.c.user_id == user_id, SHOWN))


def by_path(connection: Connection, path: str) -> Asset | None:
    """Returns the asset that may be served under a path."""
    return _one(connection, and_(t.c.path == path, t.c.status == AssetStatus.CONFIRMED.value))


def _one(connection: Connection, condition: Any) -> Asset | None:
    row = connection.execute(select(*COLUMNS).where(condition)).first()
    return None if row is None else Asset(**row._mapping)


def list_owned(
    connection: Connection,
    user_id: str,
    wanted: AssetFilter,
    limit: int,
    before: Position | None,
) -> Sequence[Asset]:
    """Returns a user's assets that are older than a position, newest first."""
    conditions = [t.c.user_id == user_id, SHOWN]
    if wanted.type is not None:
        conditions.append(t.c.type == wanted.type)
    if wanted.status is not None:
        conditions.append(t.c.status == wanted.status)
    if before is not None:
        conditions.append(is_older(t.c.created_at, t.c.id, before))
    order = (t.c.created_at.desc(), t.c.id.desc())
    rows = connection.execute(select(*COLUMNS).where(*conditions).order_by(*order).limit(limit))
    return [Asset(**row._mapping) for row in rows]


def mark_uploaded(connection: Connection, asset_id: str, now: float) -> bool:
    """Records that all bytes are there; returns False if nobody waits for them any more."""
    values = {"status": AssetStatus.UPLOADED.value, "updated_at": now}
    return _change(connection, and_(t.c.id == asset_id, IS_OPEN), values)


def claim(connection: Connection, asset_id: str, owner: str, now: float, seconds: float) -> bool:
    """Claims an open asset for a confirmation; the same owner renews its claim."""
    refuse_new_work(connection)
    mine = or_(free(t.c.lease_until, now, seconds), t.c.lease_owner == owner)
    values = {"lease_owner": owner, "lease_until": now + seconds}
    return _change(connection, and_(t.c.id == asset_id, IS_OPEN, mine), values)


def release(connection: Connection, asset_id: str, owner: str) -> None:
    values = {"lease_owner": None, "lease_until": None}
    _change(connection, and_(t.c.id == asset_id, t.c.lease_owner == owner), values)


def settle(connection: Connection, asset_id: str, owner: str, values: Mapping[str, Any]) -> bool:
    """Ends a confirmation; returns False if the asset was deleted, or the claim lost."""
    condition = and_(t.c.id == asset_id, IS_OPEN, t.c.lease_owner == owner)
    return _change(connection, condition, values)


def complete(connection: Connection, asset_id: str, values: Mapping[str, Any]) -> bool:
    """Confirms an asset whose bytes this service has stored; False if it was deleted."""
    return _change(connection, and_(t.c.id == asset_id, IS_OPEN), values)


def end(connection: Connection, asset_ids: Sequence[str], now: float) -> None:
    """Hides assets of any user from everybody; their bytes are to be purged."""
    values = {"status": AssetStatus.DELETED.value, "purge_at": now, "updated_at": now}
    connection.execute(update(t).where(t.c.id.in_(asset_ids), SHOWN), dict(values))


def mark_deleted(connection: Connection, user_id: str, asset_id: str, now: float) -> bool:
    """Hides an asset from everybody; its bytes are to be purged."""
    condition = and_(t.c.id == asset_id, t.c.user_id == user_id, SHOWN)
    values = {"status": AssetStatus.DELETED.value, "purge_at": now, "updated_at": now}
    return _change(connection, condition, values)


def claim_purges(connection: Connection, now: float, until: float, limit: int) -> Sequence[str]:
    """Returns assets with something to purge, which fall due again at `until`."""
    refuse_new_work(connection)
    found = select(t.c.id).where(t.c.purge_at <= now).order_by(t.c.purge_at).limit(limit)
    taken = connection.execute(
        update(t)
        .where(t.c.id.in_(found.with_for_update(skip_locked=True)), t.c.purge_at <= now)
        .values(purge_at=until)
        .returning(t.c.id)
    )
    return taken.scalars().all()


def forget(connection: Connection, asset_id: str) -> None:
    """Removes the row of a deleted asset, once its bytes are gone."""
    is_deleted = t.c.status == AssetStatus.DELETED.value
    connection.execute(delete(t).where(t.c.id == asset_id, is_deleted))


def end_purge(connection: Connection, asset_id: str) -> None:
    """Records that nothing is left over of the upload of a confirmed asset."""
    is_confirmed = t.c.status == AssetStatus.CONFIRMED.value
    _change(connection, and_(t.c.id == asset_id, is_confirmed), {"purge_at": None})


def stop(connection: Connection, asset_id: str) -> bool:
    """Lets nobody send or confirm an asset that is to be purged; False if it is confirmed."""
    values = {"status": AssetStatus.DELETED.value}
    confirmed = t.c.status == AssetStatus.CONFIRMED.value
    return _change(connection, and_(t.c.id == asset_id, ~confirmed), values)


def _change(connection: Connection, condition: Any, values: Mapping[str, Any]) -> bool:
    return connection.execute(update(t).where(condition), dict(values)).rowcount == 1
