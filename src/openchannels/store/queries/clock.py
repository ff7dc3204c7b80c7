"""The clock of the database, which is the same for all processes."""

from sqlalchemy import ColumnElement, Connection, Float, cast, extract, func, select

JULIAN_EPOCH = 2_440_587.5


def database_now(connection: Connection) -> ColumnElement[float]:
    """The database's clock in Unix seconds, for use in a statement."""
    if connection.dialect.name == "sqlite":
        return (func.julianday("now", type_=Float) - JULIAN_EPOCH) * 86_400.0
    return cast(extract("epoch", func.clock_timestamp()), Float)


def read_clock(connection: Connection) -> float:
    """Returns what the database's clock says, in Unix seconds."""
    return float(connection.execute(select(database_now(connection))).scalar_one())
