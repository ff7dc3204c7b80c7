"""Where the service is and who calls it: checks of address and key."""

import base64
import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from openchannels.client.errors import ConfigurationError

URL_VARIABLE, KEY_VARIABLE = "OPENCHANNELS_URL", "OPENCHANNELS_API_KEY"
PATHS = ("/api/v2/channels", "/api/v2", "/api")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Target:
    """A service's address without the API's path, and a key that no text shows."""

    url: str
    headers: dict[str, str]

    def __repr__(self) -> str:
        return f"Target({self.url!r})"


def target(base_url: str, api_key: str, language: str | None = None) -> Target:
    """Returns address and headers. Raises ConfigurationError.

    Name and password in the address are for a proxy in front of the service.
    """
    headers = {"X-Api-Key": _checked_key(api_key), "User-Agent": "openchannels-python"}
    if language is not None:
        headers["Accept-Language"] = language
    parts = urlsplit(_service_address(base_url))
    user, at, host = parts.netloc.rpartition("@")
    if at:
        # Not left in the address, which the HTTP library logs.
        headers["Authorization"] = f"Basic {base64.b64encode(unquote(user).encode()).decode()}"
    return Target(parts._replace(netloc=host).geturl(), headers)


def from_environment() -> tuple[str, str]:
    """Returns address and key from the environment. Raises ConfigurationError."""
    values = [os.environ.get(name, "") for name in (URL_VARIABLE, KEY_VARIABLE)]
    for name, value in zip((URL_VARIABLE, KEY_VARIABLE), values, strict=True):
        if not value:
            raise ConfigurationError(f"{name} is not set")
    return values[0], values[1]


def leaves_machine(url: str) -> bool:
    """Whether an address is of another machine, which a proxy of the environment can reach."""
    return urlsplit(url).hostname not in LOOPBACK


def _service_address(base_url: str) -> str:
    """Returns the address without the API's own path and without a slash at its end."""
    address = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        has_more = parts.query or parts.fragment
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not has_more
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            "the address of the service must begin with http:// or https://, and have no query"
        )
    for path in PATHS:
        if address.endswith(path):
            return address.removesuffix(path)
    return address


def _checked_key(api_key: str) -> str:
    """Returns the key as a header's value. The error does not show it, for it is a secret."""
    key = api_key.strip()
    if not key or not all("!" <= character <= "~" for character in key):
        raise ConfigurationError("the API key must be printable ASCII characters without blanks")
    return key
