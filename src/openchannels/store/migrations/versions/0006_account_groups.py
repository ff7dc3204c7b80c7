"""Account groups have a place in the network and the configuration of a browser."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("ip", "location", "country_code", "proxy_ip"):
        op.add_column("account_groups", sa.Column(name, sa.String(256)))
    op.add_column("account_groups", sa.Column("sealed", sa.LargeBinary))
