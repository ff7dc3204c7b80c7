"""The sandbox reads a bounded part of a request, and remembers a bounded number of addresses."""

import pytest
from litestar.testing import AsyncTestClient

from openchannels.sandbox import app, create_sandbox, faults
from openchannels.sandbox.http import (
    MAX_BODY,
    MAX_FIELDS,
    MAX_FORM,
    MAX_HEADERS,
    MAX_PATH,
    MAX_QUERY,
)
from openchannels.sandbox.ids import decimal
from tests.harness.asgi import Sent, ask

ME = "/graph.facebook.com/me"
FORM = ("content-type", "application/x-www-form-urlencoded")
JSON = ("content-type", "application/json")
Client = AsyncTestClient[app.Sandbox]


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (414, Sent("GET", f"{ME}/{'x' * MAX_PATH}")),
        (414, Sent("GET", f"/{'x' * MAX_PATH}")),
        (414, Sent("GET", f"{ME}?{'x' * (MAX_QUERY + 1)}")),
        (414, Sent("GET", f"{ME}?{'a&' * MAX_FIELDS}")),
        (431, Sent("GET", ME, [("cookie", "x" * MAX_HEADERS)])),
        (413, Sent("POST", ME, [JSON], [b"x" * MAX_BODY, b"x"])),
        (413, Sent("POST", ME, [FORM], [b"x" * (MAX_FORM + 1)])),
        (413, Sent("POST", ME, [], [b"a&" * MAX_FIELDS])),
        (400, Sent("POST", "/_faults", [JSON], [b"x" * (faults.MOST_RULE_BYTES + 1)])),
        (400, Sent("POST", "/_world/youtube/ida/works", [JSON], [b'{"add":1001}'])),
        (400, Sent("POST", "/_world/youtube/ida/works", [JSON], [b'{"add":-1}'])),
    ],
)
async def test_a_part_above_its_bound_is_refused(status: int, sent: Sent) -> None:
    sandbox = create_sandbox()
    async with sandbox.lifespan():
        got = await ask(sandbox, sent)
    assert got.status == status, got.body


async def test_faults_have_room_for_a_number_of_them(sandbox: Client) -> None:
    rule = {"host": "x.example.com", "kind": "html", "body": "x" * 30_000}
    answers = [(await sandbox.post("/_faults", json=rule)).status_code for _ in range(40)]
    assert answers == [201] * 34 + [400] * 6
    await sandbox.delete("/_faults")
    assert (await sandbox.post("/_faults", json=rule)).status_code == 201


async def test_many_and_long_addresses_are_counted_together(
    sandbox: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_MOST_ADDRESSES", 3)
    await sandbox.get(f"{ME}/{'x' * 300}")
    for number in range(5):
        await sandbox.get(f"/graph.facebook.com/{number}")
    calls = (await sandbox.get("/_calls")).json()
    assert calls["total"] == 6
    assert calls["calls"]["other"] == 4
    assert len(calls["calls"]) == 3


async def test_addresses_keep_a_trailing_slash_and_no_doubled_one(sandbox: Client) -> None:
    await sandbox.get("/open.example.com/a//b/")
    await sandbox.get("/open.tiktokapis.com/a//b/")
    assert (await sandbox.get("/_calls")).json()["calls"] == {"GET open.tiktokapis.com/a/b/": 1}


async def test_half_a_body_is_not_acted_upon() -> None:
    sandbox = create_sandbox()
    async with sandbox.lifespan():
        half = Sent("POST", "/_clock", [JSON], [b'{"advanceSeconds":5}'], complete=False)
        assert (await ask(sandbox, half)).status == 0
        clock = await ask(sandbox, Sent("GET", "/_clock"))
        assert b'"advancedSeconds":0.0' in clock.body


async def test_what_is_nested_too_deep_is_no_body() -> None:
    sandbox = create_sandbox()
    async with sandbox.lifespan():
        for host in ("oauth2.googleapis.com/token", "open.tiktokapis.com/v2/oauth/token/"):
            got = await ask(sandbox, Sent("POST", f"/{host}", [JSON], [b"[" * 60_000]))
            assert 400 <= got.status < 500, got.body


@pytest.mark.parametrize("text", ["9" * 21, "9" * 5000, "\u00b2", "\u0663", "-1", "1.5", ""])
def test_what_is_no_number_of_twenty_digits(text: str) -> None:
    assert decimal(text) is None
    assert decimal("00000000000000000017") == 17
