"""What all tables share: their names' rules, and arguments for both engines."""

from typing import Any

from sqlalchemy import MetaData, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def partial(condition: str) -> dict[str, Any]:
    """Returns the arguments of a partial index for both engines."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
