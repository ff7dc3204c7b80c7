"""Snapshots of accounts and works, and when an account's next one is due."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("account_id", sa.String(512), nullable=False),
        sa.Column("work_id", sa.String(512)),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("period_start", sa.Float),
        sa.Column("period_end", sa.Float),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("about", sa.JSON),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snapshots"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_snapshots_account_id"),
    )
    for columns in (["account_id", "work_id", "at", "id"], ["user_id"], ["at"]):
        op.create_index(f"ix_snapshots_{'_'.join(columns)}", "snapshots", columns)
    for name in ("snapshot_at", "snapshot_held_until"):
        op.add_column("credentials", sa.Column(name, sa.Float))
    for name, column, condition in (
        ("ix_credentials_snapshot", "snapshot_at", "snapshot_at IS NOT NULL"),
        ("ix_credentials_unplanned", "platform", "snapshot_at IS NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "credentials", [column], sqlite_where=where, postgresql_where=where)
