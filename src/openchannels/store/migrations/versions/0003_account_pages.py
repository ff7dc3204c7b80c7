"""Accounts are listed page by page in the order of their ids, with texts of bounded length."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_accounts_user_id"), table_name="accounts")
    op.create_index(op.f("ix_accounts_user_id_id"), "accounts", ["user_id", "id"], unique=False)
    op.execute(
        "UPDATE accounts SET nickname = substr(nickname, 1, 512) WHERE length(nickname) > 512"
    )
    op.execute(
        "UPDATE accounts SET avatar = NULL WHERE length(avatar) > 2048"
        " OR lower(avatar) NOT LIKE 'http://%' AND lower(avatar) NOT LIKE 'https://%'"
    )
