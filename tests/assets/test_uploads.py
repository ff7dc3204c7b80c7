"""Files on their way through real sockets: whole, in ranges, cut, too long, two at once."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from openchannels.api.byte_ranges import InvalidRange, StateQuery, read_content_range
from openchannels.service.assets.uploads import Piece
from tests.assets.files import SRT, image
from tests.assets.uploader import Uploader
from tests.harness.fixtures import StartService
from tests.harness.service import Service
from tests.harness.waiting import wait_until

CONTENT = image("BMP", 300, 200)
"""Some 180 KB."""
SIZE = len(CONTENT)


def files_of(service: Service, signed: Any) -> list[Path]:
    """All files that there are of an asset."""
    root = service.runtime.settings.assets_path
    name = Path(signed["path"]).name
    return [file for file in root.rglob(f"{name}*") if file.is_file()]


def in_parts(content: bytes, size: int = 16_384) -> Iterator[bytes]:
    """A body of unstated length: it is sent in chunks."""
    return (content[at : at + size] for at in range(0, len(content), size))


class Slow:
    """An upload that sends what it is told to, and may be cut."""

    def __init__(self, signed: Any, length: int, **headers: str) -> None:
        address = urlsplit(signed["uploadUrl"])
        self._socket = socket.create_connection((address.hostname or "", address.port or 0))
        lines = [
            f"PUT {address.path}?{address.query} HTTP/1.1",
            "Host: x",
            f"Content-Length: {length}",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        self.send("\r\n".join([*lines, "", ""]).encode())

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> bytes:
        return self._socket.recv(65_536)

    def cut(self) -> None:
        self._socket.close()


def test_a_file_in_ranges(uploader: Uploader) -> None:
    signed = uploader.sign(SIZE)
    assert uploader.state(signed) == (308, None)
    for first in range(0, SIZE, 50_000):
        last = min(first + 50_000, SIZE) - 1
        part = CONTENT[first : last + 1]
        answer = uploader.put(signed, part, content_range=f"bytes {first}-{last}/{SIZE}")
        is_last = last + 1 == SIZE
        assert answer.status_code == (200 if is_last else 308)
        assert answer.headers.get("range") == (None if is_last else f"bytes=0-{last}")
    assert uploader.state(signed) == (200, None)
    again = uploader.put(signed, part, content_range=f"bytes {first}-{last}/{SIZE}")
    assert again.status_code == 200
    assert uploader.confirm(signed)["data"]["size"] == SIZE
    assert uploader.web.get(signed["url"]).content == CONTENT
    assert uploader.state(signed)[0] == 404


def test_a_size_that_comes_with_the_last_range(uploader: Uploader) -> None:
    signed = uploader.sign()
    head = uploader.put(signed, CONTENT[:1000], content_range="bytes 0-999/*")
    assert (head.status_code, head.headers["range"]) == (308, "bytes=0-999")
    rest = uploader.put(signed, CONTENT[1000:], content_range=f"bytes 1000-{SIZE - 1}/{SIZE}")
    assert rest.status_code == 200
    assert uploader.confirm(signed)["data"]["size"] == SIZE


def test_ranges_that_overlap_or_leave_a_gap(uploader: Uploader) -> None:
    signed = uploader.sign(SIZE)
    uploader.put(signed, CONTENT[:50_000], content_range=f"bytes 0-49999/{SIZE}")
    gap = uploader.put(signed, CONTENT[60_000:], content_range=f"bytes 60000-{SIZE - 1}/{SIZE}")
    assert (gap.status_code, gap.headers["range"]) == (308, "bytes=0-49999")
    # What is sent again counts: the client may have found out that it sent something else.
    back = uploader.put(signed, CONTENT[40_000:45_000], content_range=f"bytes 40000-44999/{SIZE}")
    assert (back.status_code, back.headers["range"]) == (308, "bytes=0-44999")
    end = uploader.put(signed, CONTENT[45_000:], content_range=f"bytes 45000-{SIZE - 1}/{SIZE}")
    assert end.status_code == 200
    uploader.confirm(signed)
    assert uploader.web.get(signed["url"]).content == CONTENT


def test_a_whole_file_may_be_sent_again_until_it_is_confirmed(uploader: Uploader) -> None:
    signed = uploader.sign()
    assert uploader.put(signed, SRT[:0] + image("GIF")).status_code == 200
    assert uploader.put(signed, CONTENT).status_code == 200
    assert uploader.confirm(signed)["data"]["mimeType"] == "image/bmp"
    assert uploader.put(signed, image("GIF")).status_code == 404
    assert uploader.web.get(signed["url"]).content == CONTENT


def test_a_cut_is_resumed(one_service: Service, uploader: Uploader) -> None:
    signed = uploader.sign(SIZE)
    slow = Slow(signed, SIZE)
    slow.send(CONTENT[:100_000])
    slow.cut()
    wait_until(lambda: uploader.state(signed)[1] == "bytes=0-99999")
    assert uploader.confirm(signed)["data"] == {"reason": "not_uploaded", "retryable": True}
    rest = uploader.put(signed, CONTENT[100_000:], content_range=f"bytes 100000-{SIZE - 1}/{SIZE}")
    assert rest.status_code == 200
    assert uploader.confirm(signed)["code"] == 0
    assert uploader.web.get(signed["url"]).content == CONTENT
    assert len(files_of(one_service, signed)) == 1


def test_two_at_once(one_service: Service, uploader: Uploader) -> None:
    signed = uploader.sign(SIZE)
    slow = Slow(signed, SIZE)
    slow.send(CONTENT[:100_000])
    wait_until(lambda: files_of(one_service, signed))
    other = uploader.put(signed, CONTENT)
    assert (other.status_code, other.json()["code"]) == (409, 12751)
    assert other.json()["data"] == {"reason": "busy", "retryable": True}
    slow.send(CONTENT[100_000:])
    assert slow.answer().startswith(b"HTTP/1.1 200")
    uploader.confirm(signed)
    assert uploader.web.get(signed["url"]).content == CONTENT


def test_twenty_files_at_once(one_service: Service, uploader: Uploader) -> None:
    signed = [uploader.sign(SIZE) for _ in range(20)]
    clients = [Uploader.of(one_service) for _ in signed]
    got: list[int] = []

    def send(client: Uploader, one: Any) -> None:
        got.append(client.put(one, CONTENT).status_code)

    threads = [
        threading.Thread(target=send, args=pair) for pair in zip(clients, signed, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [200] * 20


@pytest.mark.parametrize(
    ("size", "send", "status", "code", "reason"),
    [
        (SIZE - 1, lambda: CONTENT, 413, 12752, "size"),
        (SIZE - 1, lambda: in_parts(CONTENT), 413, 12752, "size"),
        (SIZE + 1, lambda: CONTENT, 400, 12751, "length"),
        (SIZE + 1, lambda: in_parts(CONTENT), 400, 12751, "length"),
        (SIZE, lambda: b"<html>" * (SIZE // 6) + b" " * (SIZE % 6), 400, 12751, "type"),
        (SIZE, lambda: in_parts(b"PK\x03\x04" + bytes(SIZE - 4)), 400, 12751, "type"),
    ],
)
def test_what_is_not_as_signed_leaves_nothing(
    one_service: Service,
    uploader: Uploader,
    size: int,
    send: Callable[[], Any],
    status: int,
    code: int,
    reason: str,
) -> None:
    signed = uploader.sign(size)
    answer = uploader.put(signed, send())
    body = answer.json()
    assert (answer.status_code, body["code"], body["data"]["reason"]) == (status, code, reason)
    assert files_of(one_service, signed) == []
    assert uploader.state(signed) == (308, None)


def test_without_a_size_the_bound_is_hard(start_one: StartService) -> None:
    uploader = Uploader.of(start_one(environ={"OPENCHANNELS_ASSETS__UNSIZED_BYTES": str(SIZE - 1)}))
    signed = uploader.sign()
    for content in (CONTENT, in_parts(CONTENT)):
        assert uploader.put(signed, content).status_code == 413
    first = uploader.put(signed, CONTENT[:9], content_range="bytes 0-8/*")
    assert first.status_code == 308
    beyond = uploader.put(signed, CONTENT[9:], content_range=f"bytes 9-{SIZE - 1}/*")
    assert beyond.status_code == 413


@pytest.mark.parametrize(
    "content_range",
    [
        "bytes 0-9/5",
        "bytes 9-0/10",
        "bytes 0-9",
        "0-9/10",
        "bytes 0-8/10",
        "bytes 0-99/*",
        "x" * 99,
    ],
)
def test_a_range_that_is_none(uploader: Uploader, content_range: str) -> None:
    answer = uploader.put(uploader.sign(10), CONTENT[:10], content_range=content_range)
    assert (answer.status_code, answer.json()["data"]) == (400, {"reason": "length"})


@pytest.mark.parametrize(
    ("text", "length", "means"),
    [
        (None, 10, Piece(0, 10, 10)),
        (None, None, Piece()),
        ("bytes 0-9/20", 10, Piece(0, 10, 20, True)),
        ("bytes 5-9/*", None, Piece(5, 5, None, True)),
        ("bytes */20", 0, StateQuery()),
        ("bytes */*", 0, StateQuery()),
        (f"bytes 0-{'9' * 30}/*", None, InvalidRange),
    ],
)
def test_content_range(text: str | None, length: int | None, means: Any) -> None:
    if means is InvalidRange:
        with pytest.raises(InvalidRange):
            read_content_range(text, length)
    else:
        assert read_content_range(text, length) == means


def test_addresses_that_are_not_ones(uploader: Uploader) -> None:
    signed, other = uploader.sign(SIZE), uploader.sign(SIZE)
    base, _, token = signed["uploadUrl"].partition("?")
    for address in (
        base,
        f"{base}?token=",
        f"{base}?token={'A' * 43}",
        f"{base.replace(signed['id'], other['id'])}?{token}",
        f"{base.replace(signed['id'], '0' * 24)}?{token}",
    ):
        answer = uploader.put({"uploadUrl": address}, CONTENT)
        assert (answer.status_code, answer.json()["code"]) == (404, 12750)
    assert uploader.put(signed, CONTENT).status_code == 200


def test_a_refusal_is_read_by_a_client_that_is_still_sending(uploader: Uploader) -> None:
    answer = uploader.put({"uploadUrl": "/uploads/x?token=x"}, in_parts(bytes(4_000_000)))
    assert answer.status_code == 404


def test_an_upload_whose_asset_is_deleted_leaves_nothing(
    one_service: Service, uploader: Uploader
) -> None:
    signed = uploader.sign(SIZE)
    slow = Slow(signed, SIZE)
    slow.send(CONTENT[:100_000])
    wait_until(lambda: files_of(one_service, signed))
    uploader.ask("DELETE", f"/{signed['id']}")
    slow.send(CONTENT[100_000:])
    assert slow.answer().startswith(b"HTTP/1.1 404")
    assert files_of(one_service, signed) == []


def test_what_has_come_of_a_file_that_stalls_is_kept(start_one: StartService) -> None:
    uploader = Uploader.of(start_one(environ={"OPENCHANNELS_LIMITS__BODY_SECONDS": "0.5"}))
    signed = uploader.sign(SIZE)
    slow = Slow(signed, SIZE)
    slow.send(CONTENT[:4000])
    assert b"HTTP/1.1 408" in slow.answer()
    assert uploader.state(signed) == (308, "bytes=0-3999")


def test_pages_of_other_origins_may_upload(uploader: Uploader) -> None:
    signed = uploader.sign(SIZE)
    asked = uploader.web.options(signed["uploadUrl"], headers={"Origin": "https://a.example"})
    assert asked.status_code == 204
    assert "PUT" in asked.headers["access-control-allow-methods"]
    answer = uploader.put(signed, CONTENT[:9], content_range=f"bytes 0-8/{SIZE}")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
