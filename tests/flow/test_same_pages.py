"""The same page of works asked for at once: read from the platform once, for one user."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from openchannels.core.platforms import Platform
from openchannels.service.context import Caller
from openchannels.service.pagination import PaginationParams
from openchannels.service.works.listing import ListedWorks
from openchannels.transport.client import Answer, Call
from tests.harness.service import Service

YOUTUBE = Platform("youtube")
TWO_CALLS = {"GET www.googleapis.com/youtube/v3/playlistItems": 1} | {
    "GET www.googleapis.com/youtube/v3/videos": 1
}


class Gate:
    """Holds back what is sent to platforms until it is opened."""

    def __init__(self, service: Service, patch: pytest.MonkeyPatch) -> None:
        platforms = service.services.context.platforms
        self._send = platforms._send
        self.opened = asyncio.Event()
        patch.setattr(platforms, "_send", self._held)

    async def _held(self, call: Call) -> Answer:
        await self.opened.wait()
        return await self._send(call)


async def ask_at_once(
    service: Service, gate: Gate, asked: Sequence[tuple[str, str, int]]
) -> list[Any]:
    """Lists pages for users, accounts and limits; the platform answers once all wait for it."""
    works = service.services.works
    pages = [
        asyncio.ensure_future(
            works.list_page(Caller(user, "key"), YOUTUBE, account, PaginationParams(limit=limit))
        )
        for user, account, limit in asked
    ]
    in_flight = works._calls._in_flight._calls
    while sum(call.waiting for call in in_flight.values()) < len(asked):
        assert not any(page.done() for page in pages), pages
        await asyncio.sleep(0.005)
    gate.opened.set()
    return await asyncio.gather(*pages, return_exceptions=True)


def used(service: Service, user: str) -> dict[str, tuple[int, float]]:
    rows = service.run(service.services.context.usage.list_usage(user))
    return {row.operation: (row.calls, row.cost) for row in rows}


def test_one_user_asks_once_and_is_charged_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = service.account("youtube")
    service.reset_sandbox()
    before = used(service, "acme")
    gate = Gate(service, monkeypatch)
    pages = service.run(ask_at_once(service, gate, [("acme", account, 5)] * 4))
    assert all(isinstance(page, ListedWorks) and page.items for page in pages)
    assert service.calls() == TWO_CALLS
    assert used(service, "acme") == {**before, "works.list": (1, 1.0), "works.read": (1, 1.0)}


def test_another_page_or_another_users_account_is_another_question(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = service.account("youtube"), service.account("youtube", "ben", user="other")
    service.reset_sandbox()
    gate = Gate(service, monkeypatch)
    asked = [("acme", ours, 5), ("acme", ours, 6), ("other", theirs, 5)]
    pages = service.run(ask_at_once(service, gate, asked))
    assert [len(page.items) for page in pages] == [5, 6, 5]
    assert set(service.calls().values()) == {3}
