"""Requests that platforms send to us: webhooks, tickets, revocations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A request of a platform as it arrived. Header names are lower case.

    `app_id` is what the platform appended to the address: the account that the message is for.
    """

    method: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    app_id: str | None = None


@dataclass(frozen=True, slots=True)
class PublicationReport:
    """What a platform says of a publication that it knows under `key`: JSON values, no secret."""

    key: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InboundResult:
    """The meaning of a platform's request, and the answer that it expects.

    `revoked` maps the uids of accounts whose grant was withdrawn to the time of that, in Unix
    seconds. `callback` holds the parameters of a callback that the browser may have lost. `reports`
    are about publications.
    """

    body: str = "success"
    media_type: str = "text/plain"
    revoked: Mapping[str, float] = field(default_factory=dict)
    callback: Mapping[str, str] | None = field(default=None, repr=False)
    reports: Sequence[PublicationReport] = ()


class InboundRefused(Exception):
    """A request is not authentic, or cannot be parsed."""
