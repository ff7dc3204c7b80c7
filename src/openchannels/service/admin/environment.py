"""A store belongs to the real platforms or to an imitation of them, for good."""

from openchannels.store.database import Database
from openchannels.store.queries import metadata

ENVIRONMENT = "world"


class WrongEnvironment(Exception):
    """The store belongs to the other world."""


async def claim_environment(db: Database, world: str) -> None:
    """Bind an unbound store to `real` or `sandbox`. Raises WrongWorld."""
    bound = await db.write(metadata.put_once, ENVIRONMENT, world)
    if bound != world:
        raise WrongEnvironment(
            f"This data belongs to the {bound} world and cannot serve the {world} one: tokens"
            " must never reach the wrong side. Use another data directory or database."
        )
