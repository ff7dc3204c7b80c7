"""Claims of due credentials apart from their due times; ends by the clock are no verdicts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = (
    "refresh_held_until",
    "probe_held_until",
    "notice_held_until",
    "end_announced_at",
    "refused_since",
)
ACCOUNTS = sa.table(
    "accounts", *map(sa.column, ("id", "status", "reason", "reason_since", "evidence"))
)
CREDENTIALS = sa.table(
    "credentials",
    *map(sa.column, ("account_id", "grant_ends_at", "updated_at", "end_announced_at")),
)


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("credentials", sa.Column(name, sa.Float))
    for name, table, column, condition in (
        ("ix_credentials_issued", "credentials", "updated_at", "refresh_at IS NOT NULL"),
        ("ix_credentials_ended", "credentials", "grant_ends_at", "end_announced_at IS NOT NULL"),
        ("ix_accounts_attention", "accounts", "attention_since", "attention IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
    # Accounts that only the clock took offline: what it says is derived at each read.
    ended = sa.select(ACCOUNTS.c.id).where(
        ACCOUNTS.c.status == 0,
        ACCOUNTS.c.reason == "grant_ended",
        ACCOUNTS.c.id.in_(sa.select(CREDENTIALS.c.account_id)),
    )
    announced = sa.func.coalesce(CREDENTIALS.c.grant_ends_at, CREDENTIALS.c.updated_at)
    op.execute(
        CREDENTIALS.update()
        .where(CREDENTIALS.c.account_id.in_(ended))
        .values(end_announced_at=announced)
    )
    op.execute(
        ACCOUNTS.update()
        .where(ACCOUNTS.c.id.in_(ended))
        .values(status=1, reason=None, reason_since=None)
    )
