"""A store belongs to the real platforms or to an imitation of them, for good."""

from openchannels.store.database import Database
from openchannels.store.queries import metadata

FACT = "world"


class WrongWorld(Exception):
    """The store belongs to the other world."""


async def settle(db: Database, world: str) -> None:
    """Bind an unbound store to `real` or `sandbox`. Raises WrongWorld."""
    bound = await db.write(metadata.put_once, FACT, world)
    if bound != world:
        raise WrongWorld(
            f"This data belongs to the {bound} world and cannot serve the {world} one: tokens"
            " must never reach the wrong side. Use another data directory or database."
        )
