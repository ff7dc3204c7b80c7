"""The shapes that an answer must have; one that lacks them is MALFORMED, never an empty success."""

from typing import Any

from openchannels.connectors.base.parse import rows, text
from openchannels.connectors.base.paths import value_at
from openchannels.transport.platform_client import PlatformClient


def object_at(client: PlatformClient, operation: str, answer: Any, path: str) -> dict[str, Any]:
    """Returns the object at a path. Raises PlatformFailure: MALFORMED without one."""
    value = value_at(answer, path)
    if not isinstance(value, dict):
        raise client.malformed(operation)
    return value


def rows_at(
    client: PlatformClient, operation: str, answer: Any, path: str, *, optional: bool = False
) -> list[dict[str, Any]]:
    """Returns the objects of the list at a path.

    Raises PlatformFailure: MALFORMED if another value is there, or nothing unless `optional`.
    """
    value = value_at(answer, path)
    if not isinstance(value, list) and not (optional and value is None):
        raise client.malformed(operation)
    return rows(value)


def text_at(client: PlatformClient, operation: str, answer: Any, path: str) -> str:
    """Returns the text at a path. Raises PlatformFailure: MALFORMED without one."""
    value = text(value_at(answer, path))
    if value is None:
        raise client.malformed(operation)
    return value
