"""What processes tell each other of limits: spent ones of platforms, and of requests."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shared_limits",
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("ends_at", sa.Float(), nullable=False),
        sa.Column("detail", sa.String(64), nullable=False),
        sa.Column("noted_by", sa.String(32), nullable=False),
        sa.Column("noted_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_shared_limits")),
    )
    op.create_index(op.f("ix_shared_limits_noted_at"), "shared_limits", ["noted_at"])
