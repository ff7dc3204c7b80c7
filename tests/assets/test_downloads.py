"""Files as they are read: ranges, conditions, and nothing that a browser would run."""

from typing import Any

import pytest

from openchannels.api.byte_ranges import UnsatisfiableRange, read_range
from tests.assets.files import SRT, image, video
from tests.assets.uploader import Uploader

CONTENT = image("BMP", 300, 200)
SIZE = len(CONTENT)
FAR_DATE = "Thu, 01 Jan 99999999999999999999 00:00:00 GMT"


@pytest.fixture(scope="module")
def asset(uploader: Uploader) -> Any:
    return uploader.upload(CONTENT)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (None, None),
        ("bytes=0-0", (0, 1)),
        ("bytes=0-", (0, 100)),
        ("bytes=99-", (99, 1)),
        ("bytes=90-2000", (90, 10)),
        ("bytes=-1", (99, 1)),
        ("bytes=-2000", (0, 100)),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=100-", UnsatisfiableRange),
        ("bytes=100-200", UnsatisfiableRange),
        ("bytes=-0", UnsatisfiableRange),
    ],
)
def test_ranges(text: str | None, means: Any) -> None:
    if means is UnsatisfiableRange:
        with pytest.raises(UnsatisfiableRange):
            read_range(text, 100)
    else:
        assert read_range(text, 100) == means


def test_whole_part_and_none(uploader: Uploader, asset: Any) -> None:
    whole = uploader.web.get(asset["url"])
    assert (whole.status_code, whole.content) == (200, CONTENT)
    head = uploader.web.head(asset["url"])
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "etag", "accept-ranges", "content-type", "last-modified"):
        assert head.headers[name] == whole.headers[name]
    part = uploader.web.get(asset["url"], headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, CONTENT[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{SIZE}"
    assert part.headers["content-length"] == "1000"
    behind = uploader.web.get(asset["url"], headers={"Range": f"bytes={SIZE}-"})
    assert (behind.status_code, behind.content) == (416, b"")
    assert behind.headers["content-range"] == f"bytes */{SIZE}"
    headed = uploader.web.head(asset["url"], headers={"Range": "bytes=0-9"})
    assert (headed.status_code, headed.headers["content-length"]) == (206, "10")


def test_conditions(uploader: Uploader, asset: Any) -> None:
    known = uploader.web.head(asset["url"]).headers
    table = [
        ({"If-None-Match": known["etag"]}, 304),
        ({"If-None-Match": f'"x", W/{known["etag"]}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-Modified-Since": known["last-modified"]}, 304),
        ({"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "nonsense"}, 200),
        ({"If-Modified-Since": FAR_DATE}, 200),
        ({"Range": "bytes=0-9", "If-Range": known["etag"]}, 206),
        ({"Range": "bytes=0-9", "If-Range": known["last-modified"]}, 206),
        ({"Range": "bytes=0-9", "If-Range": '"x"'}, 200),
        ({"Range": "bytes=0-9", "If-Range": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
        ({"Range": "bytes=0-9", "If-Range": FAR_DATE}, 200),
    ]
    for sent, status in table:
        answer = uploader.web.get(asset["url"], headers=sent)
        assert answer.status_code == status, sent
        assert (answer.content == b"") is (status == 304)


def is_inert(headers: Any) -> bool:
    """Whether no browser runs what is in a file with these headers."""
    kind = headers["content-type"].partition(";")[0]
    shown = kind.partition("/")[0] in ("image", "video", "audio") and "svg" not in kind
    return (
        headers["x-content-type-options"] == "nosniff"
        and headers["content-security-policy"] == "sandbox; default-src 'none'"
        and (shown or headers["content-disposition"].startswith("attachment;"))
    )


def test_the_bytes_give_the_type_and_not_the_name(uploader: Uploader) -> None:
    table = [
        ({"filename": "page.html"}, image(), "image/png"),
        ({"filename": "photo.jpg"}, video(), "video/mp4"),
        ({"filename": "s.svg", "type": "userFile"}, b"<svg onload='x'/>", "text/plain"),
        ({"filename": "t.srt", "type": "subtitle"}, SRT, "text/plain"),
        (
            {"filename": 'ü"\r\nx: y.html', "type": "userFile"},
            b"<script>alert(1)</script>",
            "text/plain",
        ),
    ]
    for sent, content, kind in table:
        asset = uploader.upload(content, **sent)
        answer = uploader.web.get(asset["url"], headers={"Accept": "text/html"})
        assert answer.content == content
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert asset["mimeType"].partition(";")[0] == kind
        assert is_inert(answer.headers)
        named = answer.headers.get("content-disposition", "")
        assert named.isascii()
        assert "\r" not in named


def test_unknown_addresses(uploader: Uploader, asset: Any) -> None:
    base, _, name = asset["url"].rpartition("/")
    for address in (
        f"{base}/{'A' * 21}.bmp",
        f"{base}/{name}x",
        f"{base}/..%2f{name}",
        f"{base}/{name.upper()}",
        f"{base.replace('acme', 'other')}/{name}",
    ):
        answer = uploader.web.get(address)
        assert answer.status_code == 404, address
        assert answer.headers["cache-control"] == "no-store"


def test_a_reader_that_leaves_is_no_fault(uploader: Uploader) -> None:
    asset = uploader.upload(image("BMP", 2000, 1000))
    with uploader.web.stream("GET", asset["url"]) as answer:
        next(answer.iter_raw(1000))
    assert uploader.web.get(asset["url"]).status_code == 200
