"""The reduced size, and that the program would see a way that leads astray."""

from pathlib import Path
from unittest import mock

import pytest

from openchannels.service.authorization import sessions
from tests.harness.browser import Page
from tests.harness.rig import open_rig
from tests.soak import returns
from tests.soak.returns import EVIL, ORIGIN, hostile, strays
from tests.soak.whatwg import NOWHERE, origin_of

BASE = "http://127.0.0.1:8080"


def test_there_are_enough_texts() -> None:
    assert len(hostile()) >= 300


async def test_no_text_leads_astray(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        figures = await returns.soak(rig, 30)
    assert figures["faults"] == figures["astray"] == 0, figures
    assert figures["forms"] >= 30
    assert figures["relayed"] == len(returns.GOOD)


async def test_a_check_that_lets_everything_through_is_seen(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        with mock.patch.object(sessions, "check_return_url"):
            figures = await returns.soak(rig, 20)
    assert figures["astray"] > 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/connect/x", BASE),
        ("?a=//evil.example", BASE),
        ("//evil.example", "http://evil.example"),
        ("/\\evil.example", "http://evil.example"),
        ("\\\\evil.example", "http://evil.example"),
        ("/\t/evil.example", "http://evil.example"),
        ("http:evil.example", BASE),
        ("https:evil.example", "https://evil.example"),
        ("https:\\\\\\evil.example", "https://evil.example"),
        ("https://tool.example\\@evil.example", "https://tool.example"),
        ("https://tool.example@evil.example", "https://evil.example"),
        ("https://TOOL.example:443", "https://tool.example"),
        ("https://\uff54ool.example", "https://tool.example"),
        ("https://0x7f.1", "https://127.0.0.1"),
        ("java\nscript:alert(1)", NOWHERE),
        ("https://a b", NOWHERE),
    ],
)
def test_the_judge_reads_as_browsers_do(text: str, expected: str) -> None:
    assert origin_of(text, BASE) == expected


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"location": f"https://{EVIL}"}, ""),
        ({"location": f"//{EVIL}"}, ""),
        ({"refresh": f"0; url=https://{EVIL}"}, ""),
        ({}, f'<a href="https://tool.example@{EVIL}">'),
        ({}, f'<form action="https://{EVIL}">'),
        ({}, f'<base href="//{EVIL}">'),
        ({}, "<script>x</script>"),
        ({}, f'<meta http-equiv="Refresh" content="0;URL=https://{EVIL}">'),
        ({}, f'<input name="redirectUri" value="https://{EVIL}">'),
        ({"content-security-policy": "form-action 'self' https:; x"}, ""),
    ],
)
def test_every_way_out_is_judged(headers: dict[str, str], text: str) -> None:
    assert strays(Page(200, headers, (), text), BASE, [ORIGIN])
    good = {name: value.replace(EVIL, "tool.example") for name, value in headers.items()}
    assert not strays(Page(200, {**good, "location": f"{ORIGIN}/x"}, (), ""), BASE, [ORIGIN]) or (
        "content-security-policy" in headers or "//" in headers.get("refresh", "")
    )
