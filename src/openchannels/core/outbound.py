"""Posting to an address that a user gave: what the use cases see of it."""

from collections.abc import Mapping
from typing import Literal, Protocol

Trouble = Literal["address_refused", "timeout", "network", "tls"]


class OutboundError(Exception):
    """No answer came. `category` says why; the text holds no address."""

    def __init__(self, category: Trouble, detail: str) -> None:
        self.category = category
        super().__init__(f"{category}: {detail}")


class Outbound(Protocol):
    """Posts to addresses that users give, and to public ones only."""

    def check(self, url: str) -> str | None:
        """Why an address would be refused for its form, in words; None if it is good."""

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout: float,  # noqa: ASYNC109
    ) -> int:
        """Post once, within `timeout` seconds; the HTTP status. Raises OutboundError.

        A redirect is an answer like any other: it is not followed.
        """
