"""Faults: what the sandbox is told to do wrong, and how a wrong answer is sent.

A fault says which calls it hits and what happens to them. It either answers instead of the
platform (`acted` false) or lets the platform act first and spoils the answer (`acted` true),
which is how a token is rotated and its answer lost.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from litestar.types import Receive, Send

from openchannels.sandbox.emulator import Platform
from openchannels.sandbox.http import Reply, Request

Kind = Literal[
    "latency", "rate_limit", "server_error", "drop", "slow_body", "malformed", "html",
    "dead_grant", "missing_scope", "status", "patch",
]  # fmt: skip
SLOW_BODY_SECONDS = 60.0
"""A slow body is given up, and the connection closed, after so long."""
_HTML = b"<!doctype html><title>Login</title><h1>Please sign in</h1>"


class Rule(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A fault as the control surface takes it; times in milliseconds."""

    host: str
    kind: Kind
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


@dataclass
class Fault:
    """A rule with what has become of it."""

    id: str
    rule: Rule
    seen: int = 0
    fired: int = 0

    def hits(self, request: Request, person: Callable[[], str | None]) -> bool:
        """Whether it fires for this call; counts the call."""
        rule = self.rule
        if not self._concerns(request) or (rule.person and person() != rule.person):
            return False
        if rule.times is not None and self.fired >= rule.times:
            return False
        self.seen += 1
        if self.seen <= rule.after:
            return False
        self.fired += 1
        return True

    def _concerns(self, request: Request) -> bool:
        rule = self.rule
        prefix = rule.path.removesuffix("*")
        return (
            rule.host in ("*", request.host)
            and rule.method in (None, "*", request.method)
            and request.path.startswith(prefix)
        )

    def shown(self) -> dict[str, object]:
        """As the control surface lists it."""
        rule = {name: value for name, value in msgspec.to_builtins(self.rule).items() if value}
        return {"id": self.id, **rule, "seen": self.seen, "fired": self.fired}


@dataclass
class Faults:
    """The faults in force, in the order added."""

    _faults: dict[str, Fault] = field(default_factory=dict)
    _last: int = 0

    def add(self, rule: Rule) -> Fault:
        """Put a fault in force; returns it with its id."""
        self._last += 1
        fault = Fault(f"fault-{self._last}", rule)
        self._faults[fault.id] = fault
        return fault

    def all(self) -> list[Fault]:
        """Every fault, used up ones included."""
        return list(self._faults.values())

    def remove(self, fault_id: str | None = None) -> int:
        """Remove one fault, or all; returns how many there were."""
        if fault_id is not None:
            return 1 if self._faults.pop(fault_id, None) else 0
        count = len(self._faults)
        self._faults.clear()
        return count

    def firing(self, request: Request, platform: Platform) -> list[Rule]:
        """What happens to this call: any number of latencies, then at most one other fault."""
        rules: list[Rule] = []
        for fault in self._faults.values():
            if fault.hits(request, lambda: platform.person_of(request)):
                rules.append(fault.rule)
                if fault.rule.kind != "latency":
                    break
        return rules


def spoil(rule: Rule, request: Request, platform: Platform, answer: Callable[[], Reply]) -> Reply:
    """The answer under a fault; `answer` lets the platform act."""
    if rule.kind == "patch":
        return _patched(rule, answer())
    if rule.kind in ("malformed", "slow_body", "drop"):
        genuine = answer() if rule.acted or rule.kind != "drop" else Reply()
        cut = len(genuine.body) // 2 if rule.kind == "malformed" else len(genuine.body)
        return Reply(genuine.status, genuine.body[:cut], genuine.headers)
    if rule.acted:
        answer()
    reply = _wrong_answer(rule, request, platform)
    headers = {**reply.headers, **{name.lower(): text for name, text in rule.headers.items()}}
    body = reply.body if rule.body is None else rule.body.encode()
    return Reply(rule.status or reply.status, body, headers)


def _patched(rule: Rule, genuine: Reply) -> Reply:
    """The platform's own answer with some of its fields changed or left out."""
    try:
        value = msgspec.json.decode(genuine.body)
    except msgspec.DecodeError:
        return genuine
    body = msgspec.json.encode(merged(value, rule.patch))
    return Reply(genuine.status, body, genuine.headers)


def merged(value: Any, patch: Any) -> Any:
    """A JSON value under a JSON merge patch, RFC 7396: null leaves a field out."""
    if not isinstance(patch, dict):
        return patch
    fields = dict(value) if isinstance(value, dict) else {}
    for name, part in patch.items():
        if part is None:
            fields.pop(name, None)
        else:
            fields[name] = merged(fields.get(name), part)
    return fields


def _wrong_answer(rule: Rule, request: Request, platform: Platform) -> Reply:
    if rule.kind == "html":
        return Reply(200, _HTML, {"content-type": "text/html; charset=utf-8"})
    if rule.kind == "status":
        return Reply(rule.status or 500, b"", {"content-type": "application/json"})
    makers = {
        "rate_limit": platform.rate_limited,
        "dead_grant": platform.dead_grant,
        "missing_scope": platform.missing_scope,
        "server_error": platform.server_error,
    }
    return makers[rule.kind](request)


async def send(reply: Reply, to: Send) -> None:
    """Send an answer in one piece."""
    await _start(reply, to)
    await to({"type": "http.response.body", "body": reply.body, "more_body": False})


async def send_slowly(reply: Reply, to: Send, pause: float) -> None:
    """Send an answer byte by byte, `pause` seconds apart, for `SLOW_BODY_SECONDS` at most."""
    await _start(reply, to)
    budget = SLOW_BODY_SECONDS
    for position in range(len(reply.body)):
        if budget <= 0:
            # Leaving the body unfinished makes the server close the connection.
            return
        piece = reply.body[position : position + 1]
        await to({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(pause)
        budget -= pause
    await to({"type": "http.response.body", "body": b"", "more_body": False})


async def drop(receive: Receive, to: Send) -> None:
    """Close the connection without an answer.

    ASGI has no word for it. uvicorn's `receive` belongs to an object that holds the transport,
    which is cut; under any other server, or with `receive` wrapped, the answer is begun and
    left unfinished.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        await _start(Reply(200, b"?" * 64, {"content-type": "application/json"}), to)
        return
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _start(reply: Reply, to: Send) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await to({"type": "http.response.start", "status": reply.status, "headers": headers})
