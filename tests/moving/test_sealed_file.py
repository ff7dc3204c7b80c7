"""Sealed files: whole and in order, by the right passphrase, or not at all."""

import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.store.vault import sealed_file
from openchannels.store.vault.sealed_file import (
    CHUNK,
    HIGHEST,
    MAGIC,
    TAG,
    SealedFileError,
    SealedReader,
    SealedWriter,
)

PASSPHRASE = "a long passphrase"
CHEAP = {"n": 2, "r": 1, "p": 1}
LINES = [b"%07d" % number + b"x" * 1016 for number in range(150)]
"""150 KiB: three chunks."""


def sealed(lines: list[bytes]) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, PASSPHRASE, CHEAP)
    for line in lines:
        writer.write(line + b"\n")
    writer.close()
    return file.getvalue()


def opened(content: bytes, passphrase: str = PASSPHRASE) -> list[bytes]:
    return list(SealedReader(io.BytesIO(content), passphrase).lines())


WHOLE = sealed(LINES)
START = len(WHOLE) - len(LINES) * 1024 - 3 * TAG
"""Where the chunks begin."""


def chunks(content: bytes) -> list[bytes]:
    body = content[START:]
    return [body[at : at + CHUNK + TAG] for at in range(0, len(body), CHUNK + TAG)]


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=CHUNK).map(lambda one: one.replace(b"\n", b" ")), max_size=5))
def test_what_is_sealed_opens(lines: list[bytes]) -> None:
    assert opened(sealed(lines)) == lines


@pytest.mark.parametrize("size", [CHUNK - 2, CHUNK - 1, CHUNK, 2 * CHUNK - 1])
def test_a_last_chunk_may_be_full(size: int) -> None:
    assert opened(sealed([b"y" * size])) == [b"y" * size]


def test_nothing_of_the_content_can_be_read() -> None:
    assert all(line[:40] not in WHOLE for line in LINES)
    assert sealed(LINES) != WHOLE


def test_another_passphrase_is_refused() -> None:
    with pytest.raises(SealedFileError, match="passphrase"):
        opened(WHOLE, PASSPHRASE + " ")


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts[:-1],
        lambda parts: parts[1:],
        lambda parts: parts[:0],
        lambda parts: [parts[1], parts[0], *parts[2:]],
        lambda parts: [*parts, parts[-1]],
        lambda parts: [parts[0], parts[0], *parts[1:]],
        lambda parts: [*parts[:-1], parts[-1][:-1]],
        lambda parts: [*parts, b"x"],
        lambda parts: [*parts[:-1], chunks(sealed(LINES))[-1]],
    ],
    ids=["cut", "headless", "empty", "swapped", "twice", "repeated", "short", "longer", "foreign"],
)
def test_chunks_stay_in_place(change: Callable[[list[bytes]], list[bytes]]) -> None:
    changed = WHOLE[:START] + b"".join(change(chunks(WHOLE)))
    with pytest.raises(SealedFileError, match="cut short or changed"):
        opened(changed)


@settings(max_examples=200)
@given(st.data())
def test_no_byte_can_be_changed(data: st.DataObject) -> None:
    content = bytearray(WHOLE)
    place = data.draw(st.integers(0, START + 40) | st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealedFileError):
        opened(bytes(content))


@given(st.integers(0, len(WHOLE) - 1))
def test_no_beginning_opens(length: int) -> None:
    with pytest.raises(SealedFileError):
        opened(WHOLE[:length])


@pytest.mark.parametrize(
    "cost",
    [
        {"n": HIGHEST["n"] * 2},
        {"r": HIGHEST["r"] + 1},
        {"p": HIGHEST["p"] + 1},
        {"n": 3},
        {"n": 0},
        {"salt": "00"},
    ],
)
def test_a_header_cannot_cost_more_than_the_highest(
    cost: dict[str, int | str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed_file, "_derive", lambda *_: pytest.fail("derived a key"))
    at = len(MAGIC) + 2
    header = json.loads(WHOLE[at : START - TAG])
    text = json.dumps({**header, **cost}).encode()
    content = MAGIC + len(text).to_bytes(2, "big") + text + WHOLE[START - TAG :]
    with pytest.raises(SealedFileError, match="header"):
        opened(content)


def test_other_files_are_called_by_their_name() -> None:
    with pytest.raises(SealedFileError, match="no sealed file"):
        opened(b"SQLite format 3\x00")
