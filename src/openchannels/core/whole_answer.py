"""An ASGI extension of our own server: an answer that is whole is sent in one step."""

from collections.abc import Iterable
from typing import Protocol

EXTENSION = "openchannels.whole_answer"
"""Name in a scope's `extensions` of its `SendWhole`; other servers have none."""


class SendWhole(Protocol):
    """Sends an answer at once, where nothing speaks against it."""

    def __call__(self, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> bool:
        """Sends an answer of status 200. Returns False if it must be sent by the usual messages.

        `headers` have lower-case names and a content-length; the caller answers for their form.
        """
        ...
