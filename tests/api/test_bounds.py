"""Strangers: every route that needs no key reads a bounded part of a request, and keeps none."""

import functools
import gc
import html
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from openchannels.api.bounds import BOUNDS, Bounds
from openchannels.api.endpoint import OPERATION
from openchannels.service.assets.addresses import UPLOADS
from tests.harness.asgi import Got, Sent, ask
from tests.harness.fixtures import StartService
from tests.harness.service import Service
from tests.harness.settings import UNLIMITED
from tests.soak.stranger_forms import FORMS, KIB, SANDBOX_FORMS, escapes, letters

FORM = ("content-type", "application/x-www-form-urlencoded")
REFERENCE_SECONDS = 0.012
"""What `work` takes on the machine on which 20 ms are promised."""
TRIES = 5

Route = tuple[str, str, Bounds]
"""Method, path and bounds."""


def handlers_of(service: Service) -> Iterator[tuple[str, str, Any]]:
    """Method, path and handler of every route of the application; OPTIONS is the framework's."""
    litestar = service.app._app._app
    for route in litestar.routes:
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield method, re.sub(r"\{[^}]*\}", "Zk3v9Qx1LmN0pRsT", route.path), handler


def public_routes(service: Service) -> list[Route]:
    return [
        (
            method,
            path.replace("/Zk3v9Qx1LmN0pRsT/callback", "/youtube/callback"),
            handler.opt[BOUNDS],
        )
        for method, path, handler in handlers_of(service)
        if BOUNDS in handler.opt
    ]


def asked(service: Service, sent: Sent) -> Got:
    return service.run(ask(service.app, sent))


def test_every_route_needs_a_key_or_declares_its_bounds(shared_service: Service) -> None:
    undeclared = [
        (method, path)
        for method, path, handler in handlers_of(shared_service)
        if not {OPERATION, BOUNDS} & set(handler.opt)
    ]
    assert undeclared == []
    assert len(public_routes(shared_service)) >= 15


def walk(service: Service, change: Any) -> list[tuple[str, str, int]]:
    """The status of each route without a key, for a request made of its method, path, bounds."""
    return [
        (method, path, asked(service, change(Sent(method, path), bounds)).status)
        for method, path, bounds in public_routes(service)
    ]


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (414, lambda sent, b: replace(sent, target=f"{sent.target}/{'x' * b.path}")),
        (414, lambda sent, b: replace(sent, target=f"{sent.target}?{'x' * (b.query + 1)}")),
        (414, lambda sent, b: replace(sent, target=f"{sent.target}?{'a&' * b.fields}")),
        (431, lambda sent, b: replace(sent, headers=[("x-long", "x" * b.headers)])),
        (431, lambda sent, b: replace(sent, headers=[("cookie", "x" * b.cookies)])),
    ],
    ids=["path", "query", "fields", "headers", "cookies"],
)
def test_no_part_of_the_head_is_larger_than_its_bound(
    shared_service: Service, status: int, change: Any
) -> None:
    assert {found[2] for found in walk(shared_service, change)} == {status}


@pytest.mark.parametrize(
    "change",
    [
        lambda sent, b: replace(sent, target=f"{sent.target}?{'x' * b.query}"),
        lambda sent, b: replace(sent, target=f"{sent.target}?{'&' * (b.fields - 1)}"),
        lambda sent, b: replace(sent, headers=[("cookie", "x" * (b.cookies - 6))]),
    ],
    ids=["query", "fields", "cookies"],
)
def test_what_is_within_its_bound_is_read(shared_service: Service, change: Any) -> None:
    refused = [
        found for found in walk(shared_service, change) if found[2] in (400, 413, 414, 431, 500)
    ]
    assert refused == []


def test_no_body_is_larger_than_its_bound(shared_service: Service) -> None:
    """A route reads its bound at most and then discards; one that reads no body leaves it.

    What is sent to an unknown upload address is discarded before that is said.
    """
    for method, path, bounds in public_routes(shared_service):
        size = bounds.body + 1
        parts = [b"x" * min(16 * KIB, size - at) for at in range(0, size, 16 * KIB)]
        got = asked(shared_service, Sent(method, path, [FORM], [*parts, b"more"]))
        if path.startswith(UPLOADS):
            assert got.status == 404
        elif got.read:
            assert (got.status, bounds.body > 0) == (413, True), path
        else:
            assert got.status not in (413, 500), path
        assert b"traceback" not in got.body.lower()


def test_forms_have_a_bounded_number_of_fields(shared_service: Service) -> None:
    for number, status in ((100, 200), (101, 413)):
        body = b"&".join([b"a=b"] * number)
        for target in ("/api/v2/channels/accounts/auth/youtube/callback", "/connect/x/go"):
            got = asked(shared_service, Sent("POST", target, [FORM], [body]))
            assert got.status == status, (target, got.body)


def test_requests_are_counted(start_service: StartService) -> None:
    """Each route without a key has a rate for each client address."""
    rates = dict.fromkeys(UNLIMITED, "1")
    proxied = {"OPENCHANNELS_SERVER__TRUSTED_PROXIES": "127.0.0.0/8"}
    service = start_service(environ={**rates, **proxied})
    for number, (method, path, _) in enumerate(public_routes(service)):
        sent = Sent(method, path, [("x-forwarded-for", f"192.0.2.{number}")])
        assert asked(service, sent).status != 429, path
        assert asked(service, sent).status == 429, path


# Memory


def caches() -> dict[str, int]:
    """How much each cache of a function holds, in all modules of the process."""
    # The service freezes what it has loaded, which hides it from `get_objects`.
    gc.unfreeze()
    return {
        f"{getattr(one, '__wrapped__', one)!r} of {id(one)}": one.cache_info().currsize
        for one in gc.get_objects()
        if isinstance(one, functools._lru_cache_wrapper)
    }


def hostile_to_all(service: Service, number: int) -> list[Sent]:
    """Requests to every route, those that need a key included, with long parts of their own."""
    made = []
    for method, path, handler in handlers_of(service):
        bounds = handler.opt.get(BOUNDS)
        cookie, size = f"a{number}={letters(number, 4000)}", 8000 if bounds else 60_000
        headers = [("cookie", cookie), ("accept-language", letters(number, 500)), FORM]
        body = f"{path}{number}={letters(number, 30_000)}".encode()
        target = path.replace("Zk3v9Qx1LmN0pRsT", letters(number, 600))
        made.append(Sent(method, f"{target}?{escapes(number, size)}", headers, [body]))
        made.append(Sent(method, f"{path}?{letters(number, size)}={number}", headers, [body]))
        made.append(Sent("OPTIONS", target, headers))
    return made


@pytest.mark.parametrize("with_key", [False, True])
def test_no_cache_remembers_a_request(shared_service: Service, with_key: bool) -> None:
    """Not the framework's parsers and router, not ours, and not the standard library's."""
    key = [("x-api-key", shared_service.key_of().key)] if with_key else []

    def round_of(number: int) -> dict[str, int]:
        requests = hostile_to_all(shared_service, number)
        if not with_key:
            requests += [form(number) for form in FORMS.values()]
        for sent in requests:
            got = asked(shared_service, replace(sent, headers=[*sent.headers, *key]))
            assert got.status != 500, (sent.method, sent.target[:200], got.body)
        return caches()

    round_of(0)
    before = round_of(1)
    after = round_of(2)
    grown = {name for name, size in after.items() if size > before.get(name, 0)}
    # What remembers requests grows with every round; a late log line of the service does so once.
    again = round_of(3) if grown else after
    assert {name: again[name] for name in grown if again[name] > after[name]} == {}


# Time


def work() -> float:
    """Processor seconds of a fixed piece of work."""
    began = time.thread_time()
    text = "&".join(f"name{number}=value" for number in range(10_000))
    dict(part.partition("=")[::2] for part in text.split("&"))
    return time.thread_time() - began


def test_no_stranger_holds_the_event_loop(shared_service: Service) -> None:
    """At most `loop_ms` at a stretch, on the machine for which it is promised."""
    bound = min(bounds.loop_ms for *_, bounds in public_routes(shared_service)) / 1000
    slow = [
        name
        for name, form in FORMS.items()
        if not any(_is_quick(shared_service, form(number), bound) for number in range(TRIES))
    ]
    assert slow == []


def _is_quick(service: Service, sent: Sent, bound: float) -> bool:
    """Whether no step takes longer, or no longer than a slow machine needs for it."""
    longest = asked(service, sent).longest
    return longest <= bound or longest * REFERENCE_SECONDS <= bound * min(work() for _ in range(3))


def test_a_sandbox_is_as_hard_to_hold(shared_service: Service) -> None:
    for name, form in SANDBOX_FORMS.items():
        sent = form(1)
        inner = replace(sent, target=sent.target.removeprefix("/sandbox"))
        longest = min(
            shared_service.run_in_sandbox(ask(shared_service.sandbox_app, inner)).longest
            for _ in range(TRIES)
        )
        assert longest < 0.02, name


# Faults


def test_a_client_that_hangs_up_is_no_fault(
    shared_service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    key = [("x-api-key", shared_service.key_of().key)]
    for method, path, handler in handlers_of(shared_service):
        headers: Sequence[tuple[str, str]] = key if OPERATION in handler.opt else [FORM]
        asked(shared_service, Sent(method, path, headers, [b"{"], complete=False))
    asked(shared_service, FORMS["an invalid host"](1))
    assert "request failed" not in "".join(capsys.readouterr())


def test_a_choice_may_have_as_many_fields_as_accounts(shared_service: Service) -> None:
    started = shared_service.connect("facebook", "many", choose=0)
    page = started.page.text
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    keys = re.findall(r'name="account" value="([^"]+)"', page)
    assert token is not None, page[:500]
    assert len(keys) == 130
    answer = started.browser.post(
        f"/connect/{started.session_id}",
        data={"csrf": token[1], "account": [html.unescape(key) for key in keys]},
    )
    assert answer.status_code == 200
    client = shared_service.client_of()
    status = client.get(
        f"/api/v2/channels/accounts/auth/facebook/status/{started.session_id}"
    ).json()
    assert len(status["data"]["accounts"]) == 130, status
