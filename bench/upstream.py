"""A platform that costs next to nothing: fixed YouTube pages over a bare socket server.

As a program: `python -m bench.upstream DELAY_MS`. Any path with `playlistItems` answers the
playlist, any other the videos; each waits DELAY_MS.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any, cast

from bench.processes import LOAD_CORE, child, first_line, pin_as_told
from openchannels.server.serve import run_async

ITEMS = 20
PLAYLIST_PATH = "/www.googleapis.com/youtube/v3/playlistItems?part=snippet"
VIDEOS_PATH = "/www.googleapis.com/youtube/v3/videos?part=snippet"
SIZES = {"default": 120, "medium": 320, "high": 480, "standard": 640, "maxres": 1280}


@contextlib.contextmanager
def playing(delay_ms: float) -> Iterator[int]:
    """The platform on the core of the load; yields its port."""
    with child("bench.upstream", str(delay_ms), core=LOAD_CORE) as process:
        yield int(first_line(process))


def _snippet(video: str) -> dict[str, Any]:
    return {
        "publishedAt": "2026-10-02T17:00:09Z",
        "channelId": "UC0000000000000000000001",
        "title": f"Glaze test {video}",
        "description": "Which glaze runs, which one stays, and what the kiln makes of both. " * 8,
        "thumbnails": {
            name: {"url": f"https://i.ytimg.com/vi/{video}/{name}.jpg", "width": width}
            for name, width in SIZES.items()
        },
        "channelTitle": "Kiln & Clay",
        "liveBroadcastContent": "none",
    }


def playlist() -> bytes:
    """An answer of playlistItems.list with the fields that YouTube sends."""
    items = [
        {
            "kind": "youtube#playlistItem",
            "id": f"UExpdGVt{number}",
            "snippet": {**_snippet(video_id(number)), "position": number},
            "contentDetails": {
                "videoId": video_id(number),
                "videoPublishedAt": "2026-10-02T17:00:09Z",
            },
            "status": {"privacyStatus": "public"},
        }
        for number in range(ITEMS)
    ]
    page = {"nextPageToken": "EAAaBlBUOkNCUQ", "pageInfo": {"totalResults": 400}, "items": items}
    return json.dumps(page).encode()


def videos() -> bytes:
    """An answer of videos.list for the same videos."""
    items = [
        {
            "kind": "youtube#video",
            "id": video_id(number),
            "snippet": _snippet(video_id(number)),
            "contentDetails": {"duration": "PT4M13S", "definition": "hd"},
            "status": {"uploadStatus": "processed", "privacyStatus": "public"},
            "statistics": {"viewCount": "5312", "likeCount": "241", "commentCount": "18"},
        }
        for number in range(ITEMS)
    ]
    return json.dumps({"kind": "youtube#videoListResponse", "items": items}).encode()


def video_id(number: int) -> str:
    return f"aB3dE5gH{number:03d}"


def _answer(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


class _Platform(asyncio.Protocol):
    """One connection; requests come whole, in one piece, one at a time."""

    def __init__(self, delay: float, pages: tuple[bytes, bytes]) -> None:
        self._delay = delay
        self._pages = pages
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        line = data[: data.find(b"\r\n")]
        answer = self._pages[0] if b"playlistItems" in line else self._pages[1]
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def serve(delay: float) -> None:
    pages = (_answer(playlist()), _answer(videos()))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Platform(delay, pages), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    pin_as_told()
    run_async(serve(float(sys.argv[1]) / 1000))
