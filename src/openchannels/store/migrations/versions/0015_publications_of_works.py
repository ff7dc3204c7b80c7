"""What a publication keeps of its work is found by the work."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_publications_work",
        "publications",
        ["account_id", "work_id", "committed_at"],
        unique=False,
        sqlite_where=sa.text("work_id IS NOT NULL"),
        postgresql_where=sa.text("work_id IS NOT NULL"),
    )
