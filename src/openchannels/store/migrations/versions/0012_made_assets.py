"""Assets that are made for a publication, and end with it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = sa.Column("made", sa.Integer, nullable=False, server_default="0")
    op.add_column("publication_assets", made)
