"""Reading and making the values of publish options that are the account's or the platform's own."""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publishing import OptionValue
from openchannels.transport.platform_client import PlatformClient


class OptionValues:
    """Values of the options that `PublishRules.option_sources` names."""

    needs: str | None = None
    """The scope without which there are none."""

    async def fetch(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        field: str,
        chosen: Mapping[str, str],
    ) -> Sequence[OptionValue]:
        """Fetches the values of a field.

        `chosen` has passed the source's `filter_schema`; numbers and booleans are words, as in a
        query. Raises PlatformFailure.
        """
        raise NotImplementedError

    async def create(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        field: str,
        wanted: Mapping[str, Any],
    ) -> OptionValue:
        """Makes a value of a field; `wanted` has passed the source's `create_schema`.

        Called again only after the platform refused the token. Raises PlatformFailure.
        """
        raise NotImplementedError
