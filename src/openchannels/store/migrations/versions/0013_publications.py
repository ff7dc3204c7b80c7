"""Publications, the files and platform ids that belong to them; accounts know nothing of them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("flow_id", sa.String(128), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("account_id", sa.String(512), nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("option", sa.JSON, nullable=False),
        sa.Column("request_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("publish_at", sa.Float, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("work_id", sa.String(512)),
        sa.Column("work_link", sa.Text),
        sa.Column("link_status", sa.String(16)),
        sa.Column("link_error", sa.Text),
        sa.Column("link_meta", sa.JSON),
        sa.Column("error", sa.JSON),
        sa.Column("warnings", sa.JSON, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("material", sa.JSON, nullable=False),
        sa.Column("reports", sa.JSON, nullable=False),
        sa.Column("committed_at", sa.Float),
        sa.Column("stage_since", sa.Float, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("due_at", sa.Float),
        sa.Column("lease_owner", sa.String(24)),
        sa.Column("lease_until", sa.Float),
        sa.Column("created_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_publications"),
    )
    op.create_index(
        "ix_publications_user_id_flow_id_account_id",
        "publications",
        ["user_id", "flow_id", "account_id"],
        unique=True,
    )
    op.create_index(
        "ix_publications_user_id_publish_at_id", "publications", ["user_id", "publish_at", "id"]
    )
    _partial_index("due", ["due_at", "publish_at", "id"], "due_at IS NOT NULL")
    _partial_index("account_committed", ["account_id", "committed_at"], "committed_at IS NOT NULL")
    _partial_index("platform_committed", ["platform", "committed_at"], "committed_at IS NOT NULL")
    _partial_index("leased", ["account_id"], "lease_owner IS NOT NULL", unique=True)
    op.create_table(
        "publication_assets",
        sa.Column("publication_id", sa.String(24), nullable=False),
        sa.Column("asset_id", sa.String(24), nullable=False),
        sa.Column("made", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("publication_id", "asset_id", name="pk_publication_assets"),
        _of_publication("publication_assets"),
    )
    op.create_index("ix_publication_assets_asset_id", "publication_assets", ["asset_id"])
    op.create_table(
        "publication_keys",
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("key", sa.String(256), nullable=False),
        sa.Column("publication_id", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("platform", "key", name="pk_publication_keys"),
        _of_publication("publication_keys"),
    )
    op.create_index("ix_publication_keys_publication_id", "publication_keys", ["publication_id"])
    op.create_table(
        "media_addresses",
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("publication_id", sa.String(24), nullable=False),
        sa.Column("asset_id", sa.String(24), nullable=False),
        sa.Column("ends_at", sa.Float, nullable=False),
        sa.Column("last_at", sa.Float),
        sa.Column("whole", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_media_addresses"),
        _of_publication("media_addresses"),
    )
    for column in ("publication_id", "ends_at"):
        op.create_index(f"ix_media_addresses_{column}", "media_addresses", [column])
    op.create_table(
        "publish_caps",
        sa.Column("key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_publish_caps"),
    )


def _of_publication(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["publication_id"], ["publications.id"], name=f"fk_{table}_publication_id"
    )


def _partial_index(name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(
        f"ix_publications_{name}",
        "publications",
        columns,
        unique=unique,
        sqlite_where=where,
        postgresql_where=where,
    )
