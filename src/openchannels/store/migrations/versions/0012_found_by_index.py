"""Audit entries are found by time and by action, counts of calls by day, accounts by group."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_at_id"), "audit", ["at", "id"], unique=False)
    op.create_index(
        op.f("ix_audit_user_id_action_at_id"),
        "audit",
        ["user_id", "action", "at", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_usage_day"), "usage", ["day"], unique=False)
    op.create_index(op.f("ix_accounts_group_id"), "accounts", ["group_id"], unique=False)
