"""Queries on what a publication needs: assets that are kept, and addresses under which platforms
fetch them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from openchannels.core.assets import AssetStatus
from openchannels.store.database import upsert
from openchannels.store.tables import (
    assets,
    media_addresses,
    publication_assets,
    publications,
)

MADE_FOR_RECORD = 2
"""In `made`: the asset is deleted with the record; 1 deletes it when the publication has ended."""


def add_asset(
    connection: Connection, publication_id: str, asset_id: str, *, made: bool = False
) -> None:
    """Keeps another asset from being deleted until the publication has ended.

    One that was `made` for the publication is deleted then.
    """
    statement = upsert(connection, publication_assets)
    values = {"publication_id": publication_id, "asset_id": asset_id, "made": int(made)}
    connection.execute(statement.values(**values).on_conflict_do_nothing())


def is_needed(connection: Connection, asset_id: str) -> bool:
    """Returns whether a publication that has not ended names an asset."""
    a = publication_assets.c
    return connection.execute(select(a.asset_id).where(a.asset_id == asset_id)).first() is not None


def unfinished_assets(connection: Connection, publication_id: str) -> Sequence[str]:
    """Returns the assets made for a publication whose bytes have not all arrived."""
    a = publication_assets.c
    query = (
        select(a.asset_id)
        .join(assets, assets.c.id == a.asset_id)
        .where(a.publication_id == publication_id, a.made == 1)
        .where(assets.c.status != AssetStatus.CONFIRMED.value)
    )
    return connection.scalars(query).all()


def drop_asset(connection: Connection, publication_id: str, asset_id: str) -> None:
    """Lets an asset go that a publication does not need any more."""
    a = publication_assets
    mine = and_(a.c.publication_id == publication_id, a.c.asset_id == asset_id)
    connection.execute(delete(a).where(mine))


def keep_for_record(connection: Connection, publication_id: str, asset_id: str) -> None:
    """Keeps an asset made for a publication until its record is deleted."""
    a = publication_assets
    mine = and_(a.c.publication_id == publication_id, a.c.asset_id == asset_id)
    connection.execute(update(a).where(mine).values(made=MADE_FOR_RECORD))


def let_go(connection: Connection, publication_id: str) -> Sequence[str]:
    """Forgets what only a publication that goes on needs: assets kept, addresses, lease.

    Returns the assets made for it that no other publication needs; another one that needs them
    takes them over.
    """
    m = media_addresses
    connection.execute(delete(m).where(m.c.publication_id == publication_id))
    return _released(connection, publication_id, publication_assets.c.made != MADE_FOR_RECORD)


def let_go_of_record(connection: Connection, publication_id: str) -> Sequence[str]:
    """The same once the record goes too."""
    return _released(connection, publication_id, publication_assets.c.made == MADE_FOR_RECORD)


def _released(
    connection: Connection, publication_id: str, which: ColumnElement[bool]
) -> Sequence[str]:
    a = publication_assets
    own = and_(a.c.publication_id == publication_id, which)
    made = connection.scalars(select(a.c.asset_id).where(own, a.c.made != 0)).all()
    connection.execute(delete(a).where(own))
    taken_over = update(a).where(a.c.asset_id.in_(made)).values(made=1).returning(a.c.asset_id)
    others = set(connection.scalars(taken_over)) if made else set()
    return [asset_id for asset_id in made if asset_id not in others]


# Addresses of files


def add_address(connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(media_addresses), dict(values))


def asset_of_address(connection: Connection, token_hash: bytes, now: float) -> str | None:
    """Returns the asset that an address gives; None for one that has ended."""
    m = media_addresses.c
    found = select(m.asset_id).where(m.token_hash == token_hash, m.ends_at > now)
    return connection.scalar(found)


def platform_of_address(connection: Connection, token_hash: bytes) -> str | None:
    """Returns the platform that an address was made for."""
    m, p = media_addresses.c, publications.c
    query = select(p.platform).join_from(media_addresses, publications, p.id == m.publication_id)
    return connection.scalar(query.where(m.token_hash == token_hash))


def note_read(connection: Connection, token_hash: bytes, now: float, *, whole: bool) -> None:
    """Records a read through an address."""
    m = media_addresses
    values = {"last_at": now, **({"whole": 1} if whole else {})}
    connection.execute(update(m).where(m.c.token_hash == token_hash), dict(values))


def read_of_address(connection: Connection, token_hash: bytes) -> tuple[float | None, bool] | None:
    """Returns when an address was last read, and whether wholly; None if there is none."""
    m = media_addresses.c
    row = connection.execute(select(m.last_at, m.whole).where(m.token_hash == token_hash)).first()
    return None if row is None else (row.last_at, bool(row.whole))


def end_address(connection: Connection, token_hash: bytes, now: float) -> None:
    m = media_addresses
    connection.execute(
        update(m).where(m.c.token_hash == token_hash, m.c.ends_at > now).values(ends_at=now)
    )
