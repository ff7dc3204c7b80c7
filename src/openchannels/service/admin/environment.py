"""A store belongs either to the real platforms or to the sandbox, permanently."""

from openchannels.store.database import Database
from openchannels.store.queries import metadata

ENVIRONMENT = "world"


class WrongEnvironment(Exception):
    """The store belongs to the other environment."""


async def claim_environment(db: Database, environment: str) -> None:
    """Bind an unbound store to `real` or `sandbox`. Raises WrongEnvironment."""
    bound = await db.read(metadata.get_value, ENVIRONMENT)
    bound = bound or await db.write(metadata.put_once, ENVIRONMENT, environment)
    if bound != environment:
        raise WrongEnvironment(
            f"This data belongs to the {bound} environment and cannot serve the {environment} one:"
            " tokens must never reach the wrong side. Use another data directory or database."
        )
