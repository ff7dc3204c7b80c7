"""The exceptions that callers see, and the entry of the catalogue that each one carries.

    ServiceError                 every error that reaches a caller
    ├── RequestRefused           the request itself: no key, invalid, too large
    │   ├── Unauthorized         no valid API key
    │   ├── ValidationFailed     does not match the schema, with issues
    │   └── RetryLater           answered with its own HTTP status and the seconds to wait
    │       ├── TooManyRequests  over a limit of this server
    │       └── Unavailable      the store is away, or the process stops
    │           └── Moving       the store is moving to another installation
    ├── NotSupported             the platform, or its capability, is not available
    ├── SessionError             an authorization session
    ├── WebhookError             a webhook or an event
    ├── AccountError             an account or a group
    ├── AssetError           an uploaded file
    ├── AuthorizationError       a stored credential that no longer works
    └── PlatformError            the platform's failure

They are raised by the names in `core.errors`, which know their class:
`raise errors.SESSION_NOT_FOUND()`.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from openchannels.core.platforms import Locale

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


class ServiceError(Exception):
    """A failure that the caller sees as a code with a message.

    `data` goes to the caller as it is: it must hold no secret and no platform address.
    `detail` fills placeholders of the message without being sent.
    """

    def __init__(
        self,
        code: "ErrorCode[ServiceError]",
        data: Mapping[str, Any] | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        self.code = code
        self.data: dict[str, Any] = dict(data or {})
        self.detail: dict[str, Any] = {**self.data, **(detail or {})}
        super().__init__(f"{code.number} {code.name}")

    def message(self, locale: Locale) -> str:
        return self.code.message(locale, self.detail)


class RequestRefused(ServiceError):
    """The request cannot be served as it was sent."""


class Unauthorized(RequestRefused):
    """The API key is missing, or not valid."""


class RetryLater(RequestRefused):
    """The same request may succeed after `retry_after` whole seconds."""

    @property
    def retry_after(self) -> int:
        seconds: int = self.data["retryAfter"]
        return seconds


class TooManyRequests(RetryLater):
    """Over one of our own limits; a token will be there after `retry_after` seconds."""


class Unavailable(RetryLater):
    """This process cannot do its work now; `data.reason`: `store`, `stopping` or `moving`."""


class Moving(Unavailable):
    """The store takes no writes, because it is moving to another installation."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One offending field: a dotted path and what was expected there."""

    path: str
    message: str


class ValidationFailed(RequestRefused):
    """The request does not match its schema; see `errors.validation_failed`."""


class NotSupported(ServiceError):
    """The platform or one of its capabilities is not available."""


class SessionError(ServiceError):
    """An authorization session cannot continue."""


class WebhookError(ServiceError):
    """A webhook or an event does not exist."""


class AccountError(ServiceError):
    """An account or a group cannot be used or stored."""


class AssetError(ServiceError):
    """An uploaded file does not exist, or is refused."""


class PublishError(ServiceError):
    """A publication does not exist, is in the wrong state, or its content is refused."""


class AuthorizationError(ServiceError):
    """A stored credential no longer works; a person must reconnect the account."""


class PlatformError(ServiceError):
    """The platform failed the call; `data` holds platform, category and retryable."""


class StartRefused(Exception):
    """The service cannot start with these settings and this data; the text says why."""


E_co = TypeVar("E_co", bound=ServiceError, covariant=True)


@dataclass(frozen=True, slots=True)
class ErrorCode(Generic[E_co]):
    """One entry of the catalogue; called with data, it returns the exception to raise.

    `name` is the wire's. Texts may hold `{{name}}`, filled from the error's data. `when` is
    the sentence of the documents.
    """

    number: int
    raises: type[E_co]
    name: str
    en: str
    zh: str
    when: str

    def __call__(
        self, data: Mapping[str, Any] | None = None, *, detail: Mapping[str, Any] | None = None
    ) -> E_co:
        return self.raises(self, data, detail)

    def message(self, locale: Locale, data: Mapping[str, Any]) -> str:
        """Text for a locale; a missing value renders empty and values are HTML-escaped."""
        text = self.zh if locale == "zh-CN" else self.en
        if "{{" not in text:
            return text
        return PLACEHOLDER.sub(lambda m: html.escape(str(data.get(m[1], ""))), text)
