"""SQLite refuses `INSERT OR REPLACE` of an audit entry: it replaces rows without a trigger."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Without an explicit rowid NEW.rowid is -1, which SQLite never gives to a row by itself.
TRIGGER = """
    CREATE TRIGGER audit_keeps_ids BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id OR rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(TRIGGER)
