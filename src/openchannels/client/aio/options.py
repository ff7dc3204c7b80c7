"""`client.options`: values of publish options."""

from collections.abc import Mapping
from typing import Any

from openchannels.client import operations
from openchannels.client.aio.connection import Connection
from openchannels.client.models import CreatedOptionValue, OptionValues


class Options:
    """Every method raises ApiError and ConnectionFailed.

    The options of a platform are those of `client.platforms.publish_options`, by their `field`.
    """

    def __init__(self, connection: Connection) -> None:
        self._call = connection.call

    async def values(
        self, account_id: str, field: str, chosen: Mapping[str, Any] | None = None
    ) -> OptionValues:
        """Returns an option's values; `chosen` narrows them, as its `filter_schema` says."""
        return await self._call(
            operations.OPTION_VALUES, OptionValues, account_id, field, query=chosen
        )

    async def create(
        self, account_id: str, field: str, value: Mapping[str, Any]
    ) -> CreatedOptionValue:
        """Makes a value, such as a board, with the members of the option's `create_schema`."""
        return await self._call(
            operations.CREATE_OPTION_VALUE, CreatedOptionValue, account_id, field, body=value
        )
