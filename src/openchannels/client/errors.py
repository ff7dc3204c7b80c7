"""The client's exceptions, by meaning.

ClientError
|-- ConfigurationError       the address or the key cannot be used; also a ValueError
|-- ApiError                 the service answered with a code other than 0
|   |-- AuthenticationError  no key, or one that is unknown, revoked or expired
|   |-- PermissionDenied     the key lacks a scope
|   |-- ValidationError      the request is not as the API wants it; `issues` says where
|   |-- NotFound             no such account, work, session, asset, ...
|   |-- Conflict             the request does not fit the state of what it names
|   |-- Unsupported          the platform, or this installation, cannot do it
|   |-- ReconnectNeeded      a person must connect the account again; `reason`, `advice`
|   |-- AuthorizationFailed  a connection ended without an account
|   |-- RateLimited          over a limit of the platform or the service; `retry_after`
|   |-- PlatformUnavailable  the platform is down, too slow or cannot be reached
|   |-- PlatformRefused      the platform refused the call, or its answer cannot be used
|   `-- ServiceError         the service itself failed, or is stopping
|-- ConnectionFailed         no usable answer arrived
|-- WaitTimeout              the person did not finish in time; also a TimeoutError
`-- VerificationError        a message is not verified as sent by the service
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openchannels.client.models import AuthSession


class ClientError(Exception):
    """Base of all exceptions of this client."""


class ConfigurationError(ClientError, ValueError):
    """The address or the key of the service is missing or cannot be used."""


class ApiError(ClientError):
    """The service answered with a code other than 0.

    `data` holds the details of the code, `request_id` finds the call in the service's log.
    `retryable` says whether the same call may succeed later, after `retry_after` seconds if known.
    """

    def __init__(
        self,
        code: int,
        message: str,
        data: Mapping[str, Any],
        request_id: str | None,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        self.code = code
        self.message = message
        self.data = data
        self.request_id = request_id
        self.retryable = retryable
        self.retry_after = retry_after
        super().__init__(f"{code}: {message}" + (f" (request {request_id})" if request_id else ""))


class AuthenticationError(ApiError):
    """No API key, or one that is unknown, revoked or expired."""


class PermissionDenied(ApiError):
    """The API key lacks a scope: `data["scope"]`."""


class ValidationError(ApiError):
    """The request is not as the API wants it."""

    @property
    def issues(self) -> tuple[Mapping[str, Any], ...]:
        """What is wrong: `path` and `message` of each field, where the service names them."""
        return tuple(self.data.get("issues", ()))


class NotFound(ApiError):
    """There is no such object, or it belongs to another user."""


class Conflict(ApiError):
    """The request does not fit the state of what it names."""


class Unsupported(ApiError):
    """The platform, or this installation, cannot do it."""


class ReconnectNeeded(ApiError):
    """The account does not work until a person connects it again."""

    @property
    def reason(self) -> str | None:
        """Why, as `AuthStatus.reason` has it. None from other services with the same API."""
        return self.data.get("reason")

    @property
    def advice(self) -> str | None:
        """What the person should do, in the client's language. None where `reason` is."""
        return self.data.get("advice")


class AuthorizationFailed(ApiError):
    """A connection ended without an account."""


class RateLimited(ApiError):
    """Over a limit of the platform or of the service; try again after `retry_after` seconds."""


class PlatformUnavailable(ApiError):
    """The platform is down, too slow or cannot be reached."""


class PlatformRefused(ApiError):
    """The platform refused the call, or its answer cannot be used; `data["category"]` says why.

    `permission` is a scope that was not granted, or something that the account may not do.
    """


class ServiceError(ApiError):
    """The service itself failed, or is stopping."""


class ConnectionFailed(ClientError):
    """No usable answer: no connection, a timeout, or an answer that cannot be decoded.

    `sent` is False if the request certainly did not reach the service. `retryable` says whether
    the same call may succeed later.
    """

    def __init__(self, text: str, *, sent: bool = True, retryable: bool = True) -> None:
        self.sent = sent
        self.retryable = retryable
        super().__init__(text)


class WaitTimeout(ClientError, TimeoutError):
    """The authorization did not end in time; `session` is its last state."""

    def __init__(self, session: "AuthSession") -> None:
        self.session = session
        super().__init__(f"session {session.session_id} is still {session.status}")


class VerificationError(ClientError):
    """A message that is not verified as sent by openchannels; answer it with 400 or 401."""
