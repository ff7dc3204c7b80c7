"""Accounts are also found by their other identity.

Xiaohongshu accounts were stored under the id that the caller sent: `userId` or `redId`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ACCOUNTS = sa.table(
    "accounts",
    sa.column("id", sa.String),
    sa.column("uid", sa.String),
    sa.column("handle", sa.String),
    sa.column("client_type", sa.String),
    sa.column("facts", sa.JSON),
    sa.column("alias", sa.String),
)


def upgrade() -> None:
    op.add_column("accounts", sa.Column("alias", sa.String(length=512), nullable=True))
    op.create_index(
        "ix_accounts_alias",
        "accounts",
        ["platform", "alias"],
        unique=False,
        sqlite_where=sa.text("alias IS NOT NULL"),
        postgresql_where=sa.text("alias IS NOT NULL"),
    )
    connection = op.get_bind()
    # Only accounts of Xiaohongshu have a client type.
    submitted = sa.select(ACCOUNTS).where(ACCOUNTS.c.client_type.is_not(None))
    stored = connection.execute(submitted).all()
    aliases = [{"row": row.id, "text": alias_of(row)} for row in stored]
    if aliases:
        update = sa.update(ACCOUNTS).where(ACCOUNTS.c.id == sa.bindparam("row"))
        connection.execute(update.values(alias=sa.bindparam("text")), aliases)


def alias_of(row: sa.Row[tuple[str, ...]]) -> str:
    """Returns the identity that an account has under the id by which it is not stored."""
    user_id = (row.facts or {}).get("userId")
    other = user_id if user_id and user_id != row.uid else row.handle or row.uid
    return "_".join(filter(None, (str(other).lower(), row.client_type)))
