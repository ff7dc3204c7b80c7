"""Pinterest: the boards that a pin may be published on."""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.option_values import OptionValues
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.base.shapes import rows_at
from openchannels.connectors.pinterest.api import API
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.publishing import OptionValue
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

PAGE_SIZE = 250
MAX_PAGES = 40
MAY_EXIST = {FailureKind.INVALID, FailureKind.UNAVAILABLE, FailureKind.MALFORMED}
"""Failures of a creation after which the board may be there: its name is taken, or its answer was
lost on the way."""


class PinterestOptions(OptionValues):
    async def fetch(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        field: str,
        chosen: Mapping[str, str],
    ) -> Sequence[OptionValue]:
        """Fetches all boards that take the account's pins, also those shared with it.

        https://developers.pinterest.com/docs/api/v5/boards-list
        """
        found: dict[str | int, OptionValue] = {}
        params: dict[str, Any] = {"page_size": PAGE_SIZE}
        for _ in range(MAX_PAGES):
            answer = await client.get(
                f"{API}/boards", operation="options.read", params=params, headers=bearer(tokens)
            )
            boards = map(read_board, rows_at(client, "options.read", answer, "items"))
            found |= {board.value: board for board in boards if board is not None}
            bookmark = text(dig(answer, "bookmark"))
            if bookmark is None or bookmark == params.get("bookmark"):
                break
            params = {**params, "bookmark": bookmark}
        return list(found.values())

    async def create(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        field: str,
        wanted: Mapping[str, Any],
    ) -> OptionValue:
        """Makes a board, or returns the account's board of that name.

        An account has no two boards of one name, so that a creation whose answer was lost is found
        by its name, and one that is made again finds the first.
        https://developers.pinterest.com/docs/api/v5/boards-create
        """
        try:
            answer = await client.call(
                "POST",
                f"{API}/boards",
                operation="options.create",
                json_body=dict(wanted),
                headers=bearer(tokens),
            )
            board = read_board(answer)
            if board is None:
                raise client.malformed("options.create")
        except PlatformFailure as failure:
            existing = await self._named(client, account, tokens, wanted["name"], failure)
            if existing is None:
                raise
            return existing
        return board

    async def _named(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        name: str,
        failure: PlatformFailure,
    ) -> OptionValue | None:
        """Returns the account's own board of a name if it may exist after a failed creation."""
        if failure.kind not in MAY_EXIST or not failure.sent:
            return None
        try:
            boards = await self.fetch(client, account, tokens, "boardId", {})
        except PlatformFailure:
            return None
        owners = (None, account.handle)
        named = (board for board in boards if board.label == name)
        return next((board for board in named if board.extra.get("owner") in owners), None)


def read_board(board: Any) -> OptionValue | None:
    """Returns a board as a value; None for one without an id, or one for advertisements only."""
    identifier = text(dig(board, "id"))
    if identifier is None or dig(board, "is_ads_only") is True:
        return None
    extra = {
        "privacy": text(dig(board, "privacy")),
        "owner": text(dig(board, "owner", "username")),
    }
    return OptionValue(
        value=identifier,
        label=text(dig(board, "name")) or identifier,
        description=text(dig(board, "description")),
        extra={name: value for name, value in extra.items() if value is not None},
    )
