"""Assets; keys that hold all scopes hold later ones too."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCOPES = {"accounts:read", "accounts:write", "works:read", "admin"}
"""All scopes before this revision."""
KEYS = sa.table(
    "api_keys",
    sa.column("id", sa.String),
    sa.column("scopes", sa.JSON),
    sa.column("all_scopes", sa.Boolean),
)


def upgrade() -> None:
    op.add_column(
        "api_keys",
        sa.Column("all_scopes", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    _mark_keys_with_all_scopes()
    op.create_table(
        "assets",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("path", sa.String(256), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("size", sa.BigInteger),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("mime_type", sa.String(64)),
        sa.Column("filename", sa.String(256), nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("fault", sa.String(32)),
        sa.Column("upload_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("upload_ends_at", sa.Float, nullable=False),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.Column("lease_owner", sa.String(24)),
        sa.Column("lease_until", sa.Float),
        sa.Column("purge_at", sa.Float),
        sa.PrimaryKeyConstraint("id", name="pk_assets"),
        sa.UniqueConstraint("path", name="uq_assets_path"),
    )
    op.create_index("ix_assets_user_id_created_at_id", "assets", ["user_id", "created_at", "id"])
    due = sa.text("purge_at IS NOT NULL")
    op.create_index(
        "ix_assets_purge", "assets", ["purge_at"], sqlite_where=due, postgresql_where=due
    )


def _mark_keys_with_all_scopes() -> None:
    connection = op.get_bind()
    for key in connection.execute(sa.select(KEYS.c.id, KEYS.c.scopes)).all():
        if set(key.scopes) >= SCOPES:
            marked = sa.update(KEYS).where(KEYS.c.id == key.id).values(all_scopes=True)
            connection.execute(marked)
