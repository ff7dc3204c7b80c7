"""Values of publish options that are the account's or the platform's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.registry import OptionValues
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.exceptions import NotSupported
from openchannels.core.publishing import OptionSource, OptionValue
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls, own_account
from openchannels.transport.platform_client import PlatformClient


@dataclass(frozen=True, slots=True)
class AccountOption:
    """An option of an account's platform, whose values can be read with the account."""

    account: Account
    source: OptionSource
    values: OptionValues


class PublishOptions:
    """Reads and makes values of publish options."""

    def __init__(self, context: Context, calls: AccountCalls) -> None:
        self._context = context
        self._calls = calls

    async def find(
        self, caller: Caller, account_id: str, field: str, *, creates: bool = False
    ) -> AccountOption:
        """Returns an option by its field; with `creates` one of which values can be made.

        Raises ACCOUNT_NOT_FOUND, and OPERATION_NOT_SUPPORTED where there is no such option.
        """
        account = await own_account(self._context, caller.user_id, account_id)
        connector = self._context.platforms.connector(account.platform)
        sources = (one for one in connector.publishing.option_sources if one.field == field)
        source, values = next(sources, None), connector.option_values
        if source is None or values is None or (creates and source.create_schema is None):
            raise _not_supported(account, field)
        return AccountOption(account, source, values)

    async def fetch(
        self, option: AccountOption, chosen: Mapping[str, str]
    ) -> Sequence[OptionValue]:
        """Fetches an option's values; `chosen` has passed its `filter_schema`.

        Raises an AuthorizationError or a PlatformError.
        """

        async def ask(
            client: PlatformClient, account: Account, tokens: Tokens
        ) -> Sequence[OptionValue]:
            return await option.values.fetch(client, account, tokens, option.source.field, chosen)

        return await self._calls.call(option.account, ask)

    async def create(self, option: AccountOption, wanted: Mapping[str, Any]) -> OptionValue:
        """Makes a value of an option; `wanted` has passed its `create_schema`.

        Raises an AuthorizationError or a PlatformError.
        """

        async def ask(client: PlatformClient, account: Account, tokens: Tokens) -> OptionValue:
            return await option.values.create(client, account, tokens, option.source.field, wanted)

        return await self._calls.call(option.account, ask)


def _not_supported(account: Account, field: str) -> NotSupported:
    return errors.OPERATION_NOT_SUPPORTED({"platform": account.platform, "field": field})
