"""Faults: which calls fail in which way, and how a faulty reply is sent.

A fault either replaces the emulator's handler (`acted` false) or its reply only (`acted` true).
With the latter a refresh token is rotated and the reply with the new one is lost.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.http import (
    ControlError,
    Receive,
    Reply,
    Request,
    Send,
    unknown_platform,
)

Kind = Literal[
    "latency", "rate_limit", "server_error", "drop", "slow_body", "malformed", "html",
    "dead_grant", "missing_scope", "status", "patch",
]  # fmt: skip
SLOW_BODY_SECONDS = 60.0
"""After this time a slow body ends unfinished and the connection is closed."""
MOST_FAULTS = 200
MOST_RULE_BYTES = 64 * 1024
MOST_BYTES = 1024 * 1024
"""Bytes of all rules together."""
MOST_LATENCY_MS = 600_000
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_HTML = b"<!doctype html><title>Login</title><h1>Please sign in</h1>"


class Rule(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Body of `POST /_faults`."""

    kind: Kind
    host: str | None = None
    platform: str | None = None
    path: str = "*"
    method: str | None = None
    times: int | None = None
    after: int = 0
    latency_ms: int = 0
    status: int | None = None
    body: str | None = None
    headers: dict[str, str] = {}
    person: str | None = None
    acted: bool = False
    patch: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if self.host is None and self.platform is None:
            raise ControlError("Name a host, a platform, or both; the host * is any.")
        if min(self.after, self.latency_ms, 0 if self.times is None else self.times) < 0:
            raise ControlError("after, times and latencyMs must not be negative.")
        if self.latency_ms > MOST_LATENCY_MS:
            raise ControlError(f"latencyMs must be at most {MOST_LATENCY_MS}.")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ControlError("status must be between 200 and 599.")
        if not all(HEADER_NAME.fullmatch(name) for name in self.headers) or not all(
            HEADER_VALUE.fullmatch(value) for value in self.headers.values()
        ):
            raise ControlError("headers must be valid HTTP headers.")


def begins_like(pattern: str, path: str) -> bool:
    """Whether a path begins as a pattern says, in which a `*` stands for any text."""
    first, *others = pattern.split("*")
    at = len(first)
    for part in others:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return path.startswith(first)


@dataclass
class Fault:
    """A rule with its id and counts; `last` is the call for which it fired last."""

    id: str
    rule: Rule
    size: int
    seen: int = 0
    fired: int = 0
    last: str = ""
    _removed: asyncio.Event = field(default_factory=asyncio.Event)

    async def delay(self) -> None:
        """Waits as long as a latency demands, or until the fault is removed."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._removed.wait(), self.rule.latency_ms / 1000)

    def remove(self) -> None:
        """Ends the delay of the calls that it holds back."""
        self._removed.set()

    def hits(self, request: Request, emulator: Emulator) -> bool:
        """Whether the fault fires for this call; counts the call."""
        rule = self.rule
        if not self._matches(request) or rule.platform not in (None, emulator.name):
            return False
        if rule.person and emulator.person_of(request) != rule.person:
            return False
        if rule.times is not None and self.fired >= rule.times:
            return False
        self.seen += 1
        if self.seen <= rule.after:
            return False
        self.fired += 1
        self.last = f"{request.method} {request.host}{request.path}"
        return True

    def _matches(self, request: Request) -> bool:
        rule = self.rule
        return (
            rule.host in (None, "*", request.host)
            and rule.method in (None, "*", request.method)
            and begins_like(rule.path, request.path)
        )

    def listing(self) -> dict[str, object]:
        """The fault as the control API answers it."""
        rule = {name: value for name, value in msgspec.to_builtins(self.rule).items() if value}
        counts = {"seen": self.seen, "fired": self.fired}
        return {"id": self.id, **rule, **counts, **({"last": self.last} if self.last else {})}


@dataclass
class Faults:
    """All faults, in the order added; `platforms` are those that a rule may name."""

    platforms: Collection[str]
    _faults: dict[str, Fault] = field(default_factory=dict)
    _last: int = 0

    def add(self, body: bytes) -> Fault:
        """Add the fault that a rule in JSON describes; returns it with its id.

        Raises ControlError, or msgspec.DecodeError.
        """
        if len(body) > MOST_RULE_BYTES:
            raise ControlError(f"A fault may have {MOST_RULE_BYTES} bytes at most.")
        rule = msgspec.json.decode(body, type=Rule)
        if rule.platform is not None and rule.platform not in self.platforms:
            raise unknown_platform(rule.platform, self.platforms)
        if len(self._faults) >= MOST_FAULTS:
            raise ControlError(f"There are {MOST_FAULTS} faults already; remove some first.")
        if len(body) + sum(fault.size for fault in self._faults.values()) > MOST_BYTES:
            raise ControlError(f"All faults may have {MOST_BYTES} bytes; remove some first.")
        self._last += 1
        fault = Fault(f"fault-{self._last}", rule, len(body))
        self._faults[fault.id] = fault
        return fault

    def all(self) -> list[Fault]:
        """All faults, including those that fire no more."""
        return list(self._faults.values())

    def remove(self, fault_id: str | None = None) -> int:
        """Remove one fault or all; returns how many were removed.

        Calls that a latency holds back go on at once.
        """
        ids = list(self._faults) if fault_id is None else self._faults.keys() & {fault_id}
        for name in ids:
            self._faults.pop(name).remove()
        return len(ids)

    def firing(self, request: Request, emulator: Emulator) -> list[Fault]:
        """The faults that hit this call: any number of latencies, then at most one other."""
        firing: list[Fault] = []
        for fault in self._faults.values():
            if fault.hits(request, emulator):
                firing.append(fault)
                if fault.rule.kind != "latency":
                    break
        return firing


def apply(rule: Rule, request: Request, emulator: Emulator, answer: Callable[[], Reply]) -> Reply:
    """The reply under a fault; `answer` calls the emulator's handler."""
    if rule.kind == "patch":
        return _patched(rule, answer())
    if rule.kind in ("malformed", "slow_body", "drop"):
        right = answer() if rule.acted or rule.kind != "drop" else Reply()
        cut = len(right.body) // 2 if rule.kind == "malformed" else len(right.body)
        return replace(right, body=right.body[:cut])
    if rule.acted:
        answer()
    reply = _error(rule, request, emulator)
    headers = {**reply.headers, **_headers(rule)}
    body = reply.body if rule.body is None else rule.body.encode()
    return Reply(rule.status or reply.status, body, headers)


def _patched(rule: Rule, right: Reply) -> Reply:
    """The right reply with some of its fields changed or removed, and with further headers."""
    right = replace(right, headers={**right.headers, **_headers(rule)})
    try:
        value = msgspec.json.decode(right.body)
    except msgspec.DecodeError:
        return right
    return replace(right, body=msgspec.json.encode(_merged(value, rule.patch)))


def _headers(rule: Rule) -> dict[str, str]:
    return {name.lower(): text for name, text in rule.headers.items()}


def _merged(value: Any, patch: Any) -> Any:
    """A JSON value after a JSON merge patch (RFC 7396): null removes a field."""
    if not isinstance(patch, dict):
        return patch
    fields = dict(value) if isinstance(value, dict) else {}
    for name, part in patch.items():
        if part is None:
            fields.pop(name, None)
        else:
            fields[name] = _merged(fields.get(name), part)
    return fields


def _error(rule: Rule, request: Request, emulator: Emulator) -> Reply:
    if rule.kind == "html":
        return Reply(200, _HTML, {"content-type": "text/html; charset=utf-8"})
    if rule.kind == "status":
        return Reply(rule.status or 500, b"", {"content-type": "application/json"})
    errors = {
        "rate_limit": emulator.rate_limited,
        "dead_grant": emulator.dead_grant,
        "missing_scope": emulator.missing_scope,
        "server_error": emulator.server_error,
    }
    return errors[rule.kind](request)


async def send(reply: Reply, to: Send) -> None:
    """Send a reply in one piece."""
    await _start(reply, to)
    await to({"type": "http.response.body", "body": reply.body, "more_body": False})


async def send_slowly(reply: Reply, to: Send, pause: float) -> None:
    """Send a reply byte by byte, `pause` seconds apart, for `SLOW_BODY_SECONDS` at most."""
    await _start(reply, to)
    budget = SLOW_BODY_SECONDS
    for position in range(len(reply.body)):
        if budget <= 0:
            # The server closes the connection because the body is unfinished.
            return
        piece = reply.body[position : position + 1]
        await to({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(pause)
        budget -= pause
    await to({"type": "http.response.body", "body": b"", "more_body": False})


async def drop(receive: Receive, to: Send) -> None:
    """Close the connection without a reply.

    ASGI has no means for it. uvicorn's `receive` belongs to an object with the transport, which
    is aborted; with another server or a wrapped `receive` a reply starts and stays unfinished.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        await _start(Reply(200, b"?" * 64, {"content-type": "application/json"}), to)
        return
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(reply: Reply, to: Send) -> None:
    named = {
        **reply.headers,
        "content-length": str(len(reply.body)),
        "content-security-policy": reply.policy,
        "x-content-type-options": "nosniff",
    }
    headers = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
    await to({"type": "http.response.start", "status": reply.status, "headers": headers})
