"""YouTube over answers that the real platform gave. They are not ours to keep in the project."""

import json
from pathlib import Path
from typing import Any

import pytest

from openchannels.connectors.google.youtube.connector import YouTube
from openchannels.core.clock import iso
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Platform
from openchannels.core.works import ContentMode, Metrics, WorkStatus
from tests.connectors.support import FakeSend, account_of, answer, client_for, page


def recordings() -> Path | None:
    """The folder of recorded answers beside the project, or beside a folder above it."""
    found = (up / "shared" / "recorded" / "youtube" for up in Path(__file__).resolve().parents)
    return next((folder for folder in found if folder.is_dir()), None)


FOLDER = recordings()
pytestmark = pytest.mark.skipif(FOLDER is None, reason="no recorded answers on this machine")
CHANNEL = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
ACCOUNT = account_of(Platform("youtube"), CHANNEL, secondary=CHANNEL)
TOKENS = Tokens("token")


def recorded(name: str) -> Any:
    assert FOLDER is not None
    return json.loads((FOLDER / name).read_bytes())


async def test_thirteen_works_over_two_pages() -> None:
    youtube = YouTube()
    pages = [recorded("playlist_items_1.json"), recorded("playlist_items_2.json")]
    send = (
        FakeSend()
        .on("/playlistItems", pages[1], pageToken="CAoQAA")
        .on("/playlistItems", pages[0])
        .on("/videos", {"items": recorded("videos.json")["items"]})
    )
    client = client_for(youtube, send)
    first = await youtube.works.fetch_page(client, ACCOUNT, TOKENS, page(limit=10))
    assert (first.next, first.previous) == ("CAoQAA", None)
    second = await youtube.works.fetch_page(client, ACCOUNT, TOKENS, page(first.next, limit=10))
    assert second.next is None
    assert second.previous == pages[1].get("prevPageToken")

    works = [*first.items, *second.items]
    snippets = [item["snippet"] for body in pages for item in body["items"]]
    assert [len(first.items), len(second.items)] == [10, 3]
    assert [w.id for w in works] == [s["resourceId"]["videoId"] for s in snippets]
    assert (works[0].id, works[-1].id) == ("CvTApw9X8aA", "Fu2bldybpkA")
    assert [iso(w.published_at or 0) for w in works] == [s["publishedAt"] for s in snippets]
    assert iso(works[0].published_at or 0) == "2019-11-21T22:17:43.000Z"
    assert [w.title for w in works] == [s["title"] for s in snippets]
    assert all(w.cover_url and "/maxresdefault." in w.cover_url for w in works)
    assert {w.mode for w in works} == {ContentMode.VIDEO}
    assert {w.author_uid for w in works} == {CHANNEL}
    assert all(w.metrics == Metrics() and w.status is None for w in works)
    assert len(send.calls) == 4


async def test_the_recorded_video() -> None:
    youtube = YouTube()
    body = recorded("videos.json")
    entry = {"snippet": {"resourceId": {"videoId": body["items"][0]["id"]}}}
    send = FakeSend().on("/playlistItems", {"items": [entry]}).on("/videos", body)
    [work] = (
        await youtube.works.fetch_page(client_for(youtube, send), ACCOUNT, TOKENS, page())
    ).items
    assert work.id == "D-lhorsDlUQ"
    assert work.title == "What are Actions on Google (Assistant on Air)"
    assert iso(work.published_at or 0) == "2019-03-21T20:37:49.000Z"
    assert work.status is WorkStatus.PUBLISHED
    assert work.metrics == Metrics(views=7920, plays=7920, likes=190, comments=32)


async def test_the_recorded_channel() -> None:
    youtube = YouTube()
    send = FakeSend().on("/channels", recorded("channels.json"))
    [candidate] = await youtube.accounts.candidates(client_for(youtube, send), TOKENS)
    profile = candidate.profile
    assert (profile.uid, profile.secondary) == (CHANNEL, CHANNEL)
    assert (profile.handle, profile.nickname) == ("@googledevelopers", "Google Developers")
    assert profile.avatar is not None
    assert "=s800" in profile.avatar
    assert profile.counters.fans is None
    assert profile.counters.works is None


def test_the_recorded_refusal_is_about_permission() -> None:
    reading = YouTube().classify(answer(recorded("error_403.json"), 403))
    assert reading is not None
    assert reading.kind is FailureKind.PERMISSION
