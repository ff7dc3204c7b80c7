"""The sandbox as an ASGI application: reads a call, finds who plays the host, sends the answer."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import structlog
from litestar import Litestar, asgi
from litestar.enums import ScopeType
from litestar.types import HTTPScope, Receive, Scope, Send

from openchannels.sandbox import faults as trouble
from openchannels.sandbox.clock import Clock
from openchannels.sandbox.control import Control
from openchannels.sandbox.dataset import World
from openchannels.sandbox.emulator import Platform
from openchannels.sandbox.grants import Grants
from openchannels.sandbox.http import MAX_BODY, Fields, Reply, Request, Route
from openchannels.sandbox.platforms import all_platforms
from openchannels.sandbox.state import State
from openchannels.sandbox.webhooks_out import Outbox

_KEPT_ADDRESSES = 10_000
"""Distinct addresses counted one by one; the rest is counted together."""

_log = structlog.get_logger(__name__)


class Sandbox:
    """All platforms, their world and their memory."""

    def __init__(
        self,
        state_file: Path | None,
        works: int,
        clock: Callable[[], float],
        quota: int | None,
        push_to: str | None,
    ) -> None:
        self.state = State(state_file)
        self.clock = Clock(clock, self.state)
        self.grants = Grants(self.state, self.clock)
        self.world = World(self.state, self.clock, works)
        self.outbox = Outbox(push_to)
        self.platforms = all_platforms(self.world, self.grants, self.clock, self.outbox, quota)
        self.faults = trouble.Faults()
        self.calls: Counter[str] = Counter()
        self.control = Control(
            self.platforms, self.faults, self.calls, self.clock, self.world, self.grants
        )
        self._hosts: dict[str, list[tuple[Platform, Route]]] = {}
        for platform in self.platforms:
            for route in platform.routes():
                self._hosts.setdefault(route.host, []).append((platform, route))

    async def start(self) -> None:
        """Let platforms do what they do of their own accord."""
        for platform in self.platforms:
            self.outbox.attend(platform.attend())

    async def close(self) -> None:
        """Send nothing more and remember what was done."""
        await self.outbox.close()
        self.state.close()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != ScopeType.HTTP:
            return
        request = await self._read(scope, receive)
        if request is None:
            await trouble.send(Reply.json({"error": "The body is too long."}, 413), send)
        elif request.host in self._hosts:
            await self._play(request, receive, send)
        else:
            await trouble.send(await self.control.answer(request), send)

    async def _play(self, request: Request, receive: Receive, send: Send) -> None:
        self._count(request)
        platform, route = self._find(request)
        rules = self.faults.firing(request, platform)
        late = sum(rule.latency_ms for rule in rules if rule.kind == "latency")
        if late:
            await asyncio.sleep(late / 1000)
        wrong = next((rule for rule in rules if rule.kind != "latency"), None)

        def answer() -> Reply:
            return self._answer(platform, route, request)

        if wrong is None:
            await trouble.send(answer(), send)
            return
        reply = trouble.spoil(wrong, request, platform, answer)
        if wrong.kind == "drop":
            await trouble.drop(receive, send)
        elif wrong.kind == "slow_body":
            await trouble.send_slowly(reply, send, (wrong.latency_ms or 1000) / 1000)
        else:
            await trouble.send(reply, send)

    def _answer(self, platform: Platform, route: Route | None, request: Request) -> Reply:
        if route is None:
            return platform.not_found(request)
        try:
            return route.handler(request)
        except Exception:
            # An imitation that breaks must look broken to its caller, not kill the server.
            _log.exception("sandbox_handler_failed", host=request.host, path=request.path)
            return platform.server_error(request)

    def _find(self, request: Request) -> tuple[Platform, Route | None]:
        candidates = self._hosts[request.host]
        for platform, route in candidates:
            path = platform.version.sub("", request.path, 1) if platform.version else request.path
            params = route.match(request.method, path or "/")
            if params is not None:
                request.params = params
                return platform, route
        return candidates[0][0], None

    def _count(self, request: Request) -> None:
        key = f"{request.method} {request.host}{request.path}"
        if key not in self.calls and len(self.calls) >= _KEPT_ADDRESSES:
            key = "other"
        self.calls[key] += 1

    async def _read(self, scope: HTTPScope, receive: Receive) -> Request | None:
        body = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            body += message["body"]
            if len(body) > MAX_BODY:
                return None
            if not message["more_body"]:
                break
        # The framework drops a slash at the end, which some platforms insist on.
        end = "/" if scope["raw_path"].partition(b"?")[0].endswith(b"/") else ""
        head, _, rest = scope["path"].strip("/").partition("/")
        rest += end if rest else ""
        is_host = "." in head
        return Request(
            method=scope["method"],
            host=head.lower() if is_host else "",
            path=f"/{rest}" if is_host else f"/{scope['path'].strip('/')}",
            query=Fields.parse(scope["query_string"].decode("latin-1")),
            headers={name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]},
            body=body,
            now=self.clock.now(),
        )


def create_sandbox(
    *,
    state_file: Path | None = None,
    works: int = 240,
    clock: Callable[[], float] = time.time,
    quota: int | None = 10_000,
    push_to: str | None = None,
) -> Litestar:
    """The sandbox as an ASGI application, to be served alone or mounted under a prefix.

    Args:
        state_file: where grants, codes, tokens and changes to the world are kept; None keeps
            them in memory.
        works: how many works an ordinary account has.
        clock: Unix seconds.
        quota: units a day of a Google project; None counts none.
        push_to: base address of the service that platforms push to and a mini-app calls; None
            sends nothing but what a control call asks for.

    Raises:
        ValueError: `push_to` is no http(s) address.
    """
    sandbox = Sandbox(state_file, works, clock, quota, push_to)

    @asgi("/", is_mount=True, copy_scope=True)
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await sandbox.serve(scope, receive, send)

    return Litestar(
        [serve],
        openapi_config=None,
        logging_config=None,
        on_startup=[sandbox.start],
        on_shutdown=[sandbox.close],
    )
