"""What files are found to be, and that hostile ones are refused or do nothing."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from openchannels.assets import child as child_process
from openchannels.assets import probe
from openchannels.assets.probe import ChildProbe
from openchannels.core.assets import ContentRefused, FileContent, UploadFault
from tests.assets.files import ACCEPTED, SRT
from tests.assets.hostile import HOSTILE, HTML, documents
from tests.assets.test_downloads import is_inert
from tests.assets.uploader import Uploader
from tests.harness.processes import ROOT


async def probed(content: bytes, *, text: bool = False, seconds: float = 120.0) -> FileContent:
    async def read(start: int, length: int) -> bytes:
        return content[start : start + length]

    return await ChildProbe(seconds).probe(read, len(content), text=text)


@pytest.mark.parametrize("kind", ACCEPTED)
async def test_what_is_accepted(kind: str) -> None:
    make, mime, metadata = ACCEPTED[kind]
    found = await probed(make())
    assert found.mime_type == mime
    duration = found.metadata.get("duration")
    assert {name: v for name, v in found.metadata.items() if name != "duration"} == metadata
    assert (duration is None) is mime.startswith("image/")
    assert duration is None or 0.3 < duration < 0.7  # type: ignore[operator]


def test_hostile_files_are_refused_or_known() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "tests.assets.judge"], cwd=ROOT, capture_output=True, check=True
    )
    found = json.loads(said.stdout)
    wrong = {
        name: found[name]
        for name, _, _, types in HOSTILE
        if found[name] and found[name] not in types
    }
    assert wrong == {}
    assert len(found) + len(list(documents())) > 100
    assert sum(not mime for mime in found.values()) > 50


def test_what_is_served_of_them_is_inert(uploader: Uploader) -> None:
    served = [(one, {}) for one in HOSTILE[::9]]
    served += [(one, {"type": "subtitle"}) for one in documents()]
    for (name, filename, make, types), sent in served:
        content = make()
        signed = uploader.sign(len(content), filename, **sent)
        put = uploader.put(signed, content, content_type="text/html")
        answer = uploader.confirm(signed) if put.status_code == 200 else put.json()
        got = uploader.web.get(signed["url"])
        if answer["code"] == 0:
            assert got.headers["content-type"].partition(";")[0] in types, name
            assert is_inert(got.headers), name
        else:
            assert answer["code"] == 12751, name
            assert answer["data"]["reason"] in list(UploadFault)
            assert got.status_code == 404


def test_what_is_refused_is_deleted_and_failed(uploader: Uploader) -> None:
    content = b"RIFF\x00\x00\x00\x00WEBP" + bytes(500)
    signed = uploader.sign(len(content), "a.webp")
    assert uploader.put(signed, content).status_code == 200
    for _ in range(2):
        refused = uploader.confirm(signed)
        assert (refused["code"], refused["data"]) == (12751, {"reason": "unreadable"})
    shown = uploader.ask("GET", f"/{signed['id']}")["data"]
    assert (shown["status"], "mimeType" in shown) == ("failed", False)
    assert uploader.put(signed, content).status_code == 404


@pytest.mark.parametrize(
    ("content", "is_text"),
    [
        (SRT, True),
        (b"\xef\xbb\xbfWEBVTT\r\n\r\n", True),
        (b"a\x00b", False),
        (b"\x1b[2J", False),
        ("é".encode("latin-1"), False),
        (b"x" * (10 * 1024 * 1024 + 1), False),
        (b"\xe4\xbd", False),
    ],
)
async def test_text(content: bytes, is_text: bool) -> None:
    if is_text:
        assert (await probed(content, text=True)).mime_type == "text/plain; charset=utf-8"
    for accepts_text in (False,) if is_text else (False, True):
        with pytest.raises(ContentRefused) as refused:
            await probed(content, text=accepts_text)
        assert refused.value.fault is UploadFault.TYPE


HELD = """
import resource, socket, sys
sys.path.insert(0, {source!r})
from openchannels.assets import child_limits, probe_wire
child_limits.limit()
child_limits.open_nothing()
def fails(work):
    try:
        work()
    except (OSError, MemoryError):
        return True
    return False
said = [
    fails(lambda: open("/etc/passwd")),
    fails(lambda: socket.create_connection(("127.0.0.1", 9))),
    fails(lambda: bytearray(probe_wire.MAX_MEMORY)),
    resource.getrlimit(resource.RLIMIT_CPU)[0] == child_limits.CPU_SECONDS,
]
print(said)
"""


async def test_the_child_may_open_nothing(tmp_path: Path) -> None:
    source = str(Path(probe.__file__).parents[2])
    script = tmp_path / "held.py"
    script.write_text(HELD.format(source=source))
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await child.communicate()
    assert said.decode().strip() == "[True, True, True, True]"


@pytest.mark.parametrize("program", ["import os; os.abort()", "print('x' * 99)"])
async def test_a_child_that_goes_wrong_refuses_its_file(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(probe, "CHILD", child)
    with pytest.raises(ContentRefused):
        await probed(HTML)


@pytest.mark.parametrize("program", ["while True: pass", "import signal; signal.pause()"])
async def test_a_child_without_end_is_ended(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(probe, "CHILD", child)
    with pytest.raises(ContentRefused):
        await probed(HTML, seconds=0.1)


async def test_a_child_that_asks_for_too_much_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "import struct, sys\n"
        "sys.stdin.buffer.read(9)\n"
        "while True:\n"
        "    sys.stdout.buffer.write(struct.pack('>QQ', 0, 100)); sys.stdout.flush()\n"
        "    sys.stdin.buffer.read(100)\n"
    )
    monkeypatch.setattr(probe, "CHILD", child)
    monkeypatch.setattr(child_process, "MAX_READ", 1000)
    with pytest.raises(ContentRefused):
        await probed(bytes(100))
