"""The client's exceptions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openchannels.client.models import AuthSession


class ClientError(Exception):
    """Base of all exceptions of this client."""


class ApiError(ClientError):
    """The service answered with a code other than 0.

    `data` holds the details of the code, `request_id` finds the call in the service's log.
    """

    def __init__(
        self, code: int, message: str, data: Mapping[str, Any], request_id: str | None
    ) -> None:
        self.code = code
        self.message = message
        self.data = data
        self.request_id = request_id
        super().__init__(f"{code}: {message}" + (f" (request {request_id})" if request_id else ""))


class TransportError(ClientError):
    """No usable answer: no connection, a timeout, or an answer that cannot be decoded."""


class WaitTimeout(ClientError, TimeoutError):
    """The authorization did not end in time; `session` is its last state."""

    def __init__(self, session: "AuthSession") -> None:
        self.session = session
        super().__init__(f"session {session.session_id} is still {session.status}")


class VerificationError(ClientError):
    """A message that is not verified as sent by openchannels; answer it with 400 or 401."""
