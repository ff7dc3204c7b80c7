"""What platforms send us of their own accord."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A request of a platform as it arrived. Header names are lower case."""

    method: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class InboundResult:
    """What a push means, and the answer its sender waits for.

    `revoked` maps the uids of accounts whose owner took the grant back to the moment of it, in
    Unix seconds. `callback` holds the parameters of a callback that the browser may have lost.
    """

    body: str = "success"
    media_type: str = "text/plain"
    revoked: Mapping[str, float] = field(default_factory=dict)
    callback: Mapping[str, str] | None = field(default=None, repr=False)


class InboundRefused(Exception):
    """A push does not prove that it comes from the platform, or cannot be read."""
