"""The sandbox as an ASGI application: dispatches each call to the emulator of its host."""

import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from openchannels.sandbox import faults
from openchannels.sandbox.clock import Clock
from openchannels.sandbox.conduct import Conducts
from openchannels.sandbox.control import Control
from openchannels.sandbox.dataset import Dataset
from openchannels.sandbox.documents import Documents
from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.grants import Grants
from openchannels.sandbox.http import (
    MAX_BODY,
    MAX_FIELDS,
    MAX_FORM,
    MAX_HEADERS,
    MAX_PATH,
    MAX_QUERY,
    CutOff,
    Fields,
    Receive,
    Reply,
    Request,
    Route,
    Scope,
    Send,
    TooLarge,
)
from openchannels.sandbox.id_tokens import IdTokens
from openchannels.sandbox.logins import Logins
from openchannels.sandbox.media_fetcher import MediaFetcher
from openchannels.sandbox.platforms import EMULATORS
from openchannels.sandbox.state import State
from openchannels.sandbox.tallies import Tallies
from openchannels.sandbox.webhooks_out import WebhookSender

_MOST_ADDRESSES = 2_000
"""Addresses counted one by one; all further ones, and long ones, are counted as `other`."""
_LONGEST_ADDRESS = 256

_log = structlog.get_logger(__name__)


class Sandbox:
    """All emulators with their dataset, state, faults and control API: an ASGI application."""

    def __init__(
        self,
        state_file: Path | None,
        works: int,
        clock: Callable[[], float],
        quota: int | None,
        push_to: str | None,
    ) -> None:
        self._state = State(state_file)
        self._clock = Clock(clock, self._state)
        self._webhooks = WebhookSender(push_to)
        documents = Documents(self._state)
        self._fetcher = MediaFetcher(documents, self._webhooks)
        context = Context(
            dataset=Dataset(self._state, self._clock, works),
            grants=Grants(self._state, self._clock),
            id_tokens=IdTokens(self._state),
            clock=self._clock,
            webhooks=self._webhooks,
            quota=quota,
            logins=Logins(self._state),
            documents=documents,
            tallies=Tallies(self._state),
            media=self._fetcher,
            conducts=Conducts(documents),
        )
        self._emulators = [emulator(context) for emulator in EMULATORS]
        self._faults = faults.Faults([emulator.name for emulator in self._emulators])
        self._calls: Counter[str] = Counter()
        self._control = Control(self._emulators, context, self._faults, self._calls)
        self._hosts: dict[str, list[tuple[Emulator, Route]]] = {}
        for emulator in self._emulators:
            for route in emulator.routes():
                self._hosts.setdefault(route.host, []).append((emulator, route))

    async def start(self) -> None:
        """Start the background work of the emulators."""
        for emulator in self._emulators:
            self._webhooks.run_in_background(emulator.run())

    async def close(self) -> None:
        """Stop the background work and close the state."""
        await self._webhooks.close()
        self._state.close()

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run the background work within the context."""
        await self.start()
        try:
            yield
        finally:
            await self.close()

    async def finish(self) -> None:
        """Wait until no platform is fetching a file any more."""
        await self._fetcher.finish()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or run from the server's start to its end."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._run(receive, send)

    async def _run(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.lifespan():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await self._read(scope, receive)
        except TooLarge as too_large:
            await faults.send(Reply.json({"error": str(too_large)}, too_large.status), send)
            return
        except CutOff:
            # Nobody is there to answer, and no platform acts on half a body.
            return
        if request.host in self._hosts:
            await self._emulate(request, receive, send)
        else:
            await faults.send(await self._control.answer(request), send)

    async def _emulate(self, request: Request, receive: Receive, send: Send) -> None:
        if any(emulator.tunnels for emulator, _ in self._hosts[request.host]):
            request = request.untunnelled()
        emulator, route = self._find(request)
        self._count(request)
        firing = self._faults.firing(request, emulator)
        for held in firing:
            if held.rule.kind == "latency":
                await held.delay()
        fault = next((one.rule for one in firing if one.rule.kind != "latency"), None)

        if route is not None and (fault is None or fault.acted):
            await emulator.prepare(route, request)

        def answer() -> Reply:
            return self._answer(emulator, route, request)

        if fault is None:
            await faults.send(answer(), send)
            return
        reply = faults.apply(fault, request, emulator, answer)
        if fault.kind == "drop":
            await faults.drop(receive, send)
        elif fault.kind == "slow_body":
            await faults.send_slowly(reply, send, (fault.latency_ms or 1000) / 1000)
        else:
            await faults.send(reply, send)

    def _answer(self, emulator: Emulator, route: Route | None, request: Request) -> Reply:
        if route is None:
            return emulator.not_found(request)
        try:
            return route.answer(request)
        except Exception:
            # A bug in an emulator must look to the caller like a failing platform.
            _log.exception("sandbox_handler_failed", host=request.host, path=request.path)
            return emulator.server_error(request)

    def _find(self, request: Request) -> tuple[Emulator, Route | None]:
        candidates = self._hosts[request.host]
        for emulator, route in candidates:
            version = emulator.version
            path = version.sub("", request.path, 1) if version else request.path
            params = route.match(request.method, path or "/")
            if params is not None:
                request.params = params
                request.path = route.spelled(request.path)
                return emulator, route
        return candidates[0][0], None

    def _count(self, request: Request) -> None:
        key = f"{request.method} {request.host}{request.path}"
        new = key not in self._calls
        if new and (len(self._calls) >= _MOST_ADDRESSES or len(key) > _LONGEST_ADDRESS):
            key = "other"
        self._calls[key] += 1

    def _most_of_body(self, scope: Scope) -> int:
        """How many bytes of a body are read: more only where a platform takes files."""
        path = re.sub("/+", "/", scope["path"])
        host, _, rest = path.lstrip("/").partition("/")
        for emulator, route in self._hosts.get(host.lower(), ()):
            stripped = emulator.version.sub("", f"/{rest}", 1) if emulator.version else f"/{rest}"
            if route.match(scope["method"], stripped or "/") is not None:
                return route.max_body
        return MAX_BODY

    async def _read(self, scope: Scope, receive: Receive) -> Request:
        _check_head(scope)
        body, most = bytearray(), self._most_of_body(scope)
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise CutOff
            body += message["body"]
            if len(body) > most:
                raise TooLarge(413, "The body is too long.")
            if not message["more_body"]:
                break
        if _is_form(scope) and (len(body) > MAX_FORM or body.count(b"&") >= MAX_FIELDS):
            raise TooLarge(413, "The form is too long, or has too many fields.")
        path = re.sub("/+", "/", scope["path"])
        head, _, rest = path.lstrip("/").partition("/")
        is_host = "." in head
        return Request(
            method=scope["method"],
            host=head.lower() if is_host else "",
            path=f"/{rest}" if is_host else f"/{path.strip('/')}",
            query=Fields.parse(scope["query_string"].decode("latin-1")),
            headers={name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]},
            body=bytes(body),
            now=self._clock.now(),
        )


def _check_head(scope: Scope) -> None:
    """Raises TooLarge."""
    path, query = scope["raw_path"].partition(b"?")[0], scope["query_string"]
    if len(path) > MAX_PATH or len(query) > MAX_QUERY:
        raise TooLarge(414, "The address is too long.")
    if query.count(b"&") >= MAX_FIELDS:
        raise TooLarge(414, "The query has too many parameters.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        raise TooLarge(431, "The headers are too long.")


def _is_form(scope: Scope) -> bool:
    sent = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return not sent or b"form-urlencoded" in sent


def create_sandbox(
    *,
    state_file: Path | None = None,
    works: int = 240,
    clock: Callable[[], float] = time.time,
    quota: int | None = 10_000,
    push_to: str | None = None,
) -> Sandbox:
    """Create the sandbox as an ASGI application, to be served alone or mounted below a prefix.

    Args:
        state_file: keeps grants, codes, tokens and changed works; None keeps them in memory.
        works: how many works an ordinary account has.
        clock: returns Unix seconds.
        quota: units a day of a Google project; None means unlimited.
        push_to: base URL of the service that receives webhooks; None sends only the webhooks
            that a control call asks for.

    Raises:
        ValueError: `push_to` is no http(s) URL.
    """
    return Sandbox(state_file, works, clock, quota, push_to)
