"""Sealing: bound to its row, one data key per record, and every tampering is noticed."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.store.vault.keyring import Keyring, VaultError, load_keyring
from openchannels.store.vault.vault import Vault

KEYS = {"old": b"\x01" * 32, "new": b"\x02" * 32}
ROW = "credential:youtube_1"
SECRETS = st.binary(max_size=300)
ROWS = st.text(min_size=1, max_size=60)


def vault(active: str = "new", *ids: str) -> Vault:
    return Vault(Keyring({name: KEYS[name] for name in ids or KEYS}, active))


@given(SECRETS, ROWS)
def test_what_is_sealed_opens_in_its_row(secret: bytes, row: str) -> None:
    box = vault()
    sealed = box.seal(secret, row)
    assert box.open(sealed, row) == secret
    assert vault().open(sealed, row) == secret
    assert len(secret) < 8 or secret not in sealed


@given(SECRETS, ROWS, ROWS)
def test_it_opens_in_no_other_row(secret: bytes, row: str, other: str) -> None:
    box = vault()
    sealed = box.seal(secret, row)
    if row != other:
        with pytest.raises(VaultError):
            box.open(sealed, other)


@settings(max_examples=300)
@given(SECRETS, st.data())
def test_every_tampering_is_noticed(secret: bytes, data: st.DataObject) -> None:
    sealed = bytearray(vault().seal(secret, ROW))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(VaultError):
        vault().open(bytes(sealed), ROW)


@given(SECRETS, st.data())
def test_a_piece_of_a_sealed_value_does_not_open(secret: bytes, data: st.DataObject) -> None:
    sealed = vault().seal(secret, ROW)
    length = data.draw(st.integers(0, len(sealed) - 1))
    for piece in (sealed[:length], sealed[length + 1 :], sealed + b"\x00"):
        with pytest.raises(VaultError):
            vault().open(piece, ROW)


@given(st.binary(max_size=200))
def test_random_bytes_do_not_open(noise: bytes) -> None:
    with pytest.raises(VaultError):
        vault().open(noise, ROW)


def test_a_record_keeps_its_data_key() -> None:
    box = vault()
    first = box.seal(b"one", ROW)
    second = box.seal(b"two", ROW, first)
    header = 2 + first[1] + 60
    assert second[:header] == first[:header]
    assert second[header:] != first[header:]
    assert (box.open(first, ROW), box.open(second, ROW)) == (b"one", b"two")
    assert box.seal(b"one", ROW)[:header] != first[:header]


def test_the_same_secret_never_looks_the_same() -> None:
    box = vault()
    first = box.seal(b"secret", ROW)
    assert len({box.seal(b"secret", ROW, first) for _ in range(200)}) == 200


def test_an_old_key_opens_and_the_active_one_seals() -> None:
    sealed = vault("old").seal(b"secret", ROW)
    assert vault("new").open(sealed, ROW) == b"secret"
    assert b"new" in vault("new").seal(b"secret", ROW)
    with pytest.raises(VaultError):
        vault("new", "new").open(sealed, ROW)


def test_a_value_that_no_key_opens_gives_way_to_a_new_one() -> None:
    lost = vault("old").seal(b"old secret", ROW)
    box = vault("new", "new")
    for previous in (lost, b"damaged", b"\x01\x02\xff\xff"):
        sealed = box.seal(b"fresh", ROW, previous)
        assert box.open(sealed, ROW) == b"fresh"


def test_another_key_under_the_same_id_does_not_open() -> None:
    sealed = vault().seal(b"secret", ROW)
    with pytest.raises(VaultError):
        Vault(Keyring({"new": b"\x03" * 32}, "new")).open(sealed, ROW)


@pytest.mark.parametrize(("keys", "active"), [({}, "a"), ({"a": b"x"}, "a"), (KEYS, "a")])
def test_a_bad_keyring_is_refused(keys: dict[str, bytes], active: str) -> None:
    with pytest.raises(VaultError):
        Keyring(keys, active)


def test_derived_keys_differ_by_purpose_and_key() -> None:
    ring = Keyring(KEYS, "new")
    found = {ring.derive(key, purpose) for key in KEYS for purpose in ("cursor", "browser")}
    assert len(found) == 4
    assert not found & set(KEYS.values())


MAKER = """
import pathlib, sys
from openchannels.store.vault.keyring import create_keyring
print("ready", flush=True)
sys.stdin.readline()
ring = create_keyring(pathlib.Path(sys.argv[1]))
print(ring.active, ring.key(ring.active).hex())
"""


def test_eight_processes_make_one_keyring(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keyring.json"
    command = [sys.executable, "-c", MAKER, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    makers = [subprocess.Popen(command, **pipes) for _ in range(8)]
    for maker in makers:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "ready\n"
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write("go\n")
        maker.stdin.flush()
    found = {maker.communicate()[0] for maker in makers}
    assert len(found) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["keyring.json"]
    ring = load_keyring(path)
    assert ring is not None
    assert found == {f"{ring.active} {ring.key(ring.active).hex()}\n"}
