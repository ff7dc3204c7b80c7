"""Changing the master key: nothing is forgotten or lost to a writer, and all stays readable."""

import base64
import json
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, insert, update

from openchannels.core.exceptions import SessionError, ValidationFailed
from openchannels.core.ids import digest
from openchannels.core.platforms import Platform
from openchannels.core.sessions import AuthSession, SessionStage
from openchannels.service.admin.key_rotation import PLACES, Rotation
from openchannels.service.authorization.browser_binding import BrowserBinding
from openchannels.service.cursors import CursorPosition, Cursors
from openchannels.store.database import Database
from openchannels.store.queries import metadata as facts
from openchannels.store.queries import sealed_columns
from openchannels.store.tables import api_keys, metadata, platform_state
from openchannels.store.vault.keyring import Keyring, VaultError, create_keyring, load_keyring
from openchannels.store.vault.vault import Vault, wrapped_by

ROW = "credential:youtube_1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "keys" / "keyring.json"
    create_keyring(file)
    return file


def vault(path: Path) -> Vault:
    """A vault as another process has it."""
    ring = load_keyring(path)
    assert ring is not None
    return Vault(ring)


def rotation(db: Database, box: Vault) -> Rotation:
    return Rotation(db, box, settle_seconds=0)


def state_row(number: int) -> str:
    return f"platform:wxGzh:t{number}"


def secret_of(number: int) -> bytes:
    return f"secret {number}".encode()


async def fill(db: Database, box: Vault, count: int) -> None:
    """A check of the keyring, one API key and so many rows of connectors."""
    check = base64.b64encode(box.seal(b"openchannels", "facts:vault_check")).decode()
    key = {
        "id": "k" * 24, "user_id": "u", "name": "", "hash": b"h" * 32, "origins": [],
        "scopes": [], "binding": "direct",
        "created_at": 1.0, "sealed": box.seal(b"whsec", "api_key:" + "k" * 24),
    }  # fmt: skip
    rows = [
        {"platform": "wxGzh", "name": f"t{number}", "expires_at": 9e9, "version": 1,
         "sealed": box.seal(secret_of(number), state_row(number))}
        for number in range(count)
    ]  # fmt: skip
    await db.write(facts.put_once, facts.VAULT_CHECK, check)
    await db.write(lambda c: c.execute(insert(api_keys), key) and None)
    await db.write(lambda c: c.execute(insert(platform_state), rows) and None)


async def values(db: Database) -> dict[str, bytes]:
    """All sealed values by the names of their rows."""
    found = {}
    for place in PLACES:
        for key, value in await db.read(sealed_columns.next_values, place, None, 10_000):
            found[place.row(*key)] = value
    return found


async def put(db: Database, number: int, value: bytes) -> None:
    where = platform_state.c.name == f"t{number}"
    statement = update(platform_state).where(where).values(sealed=value)
    await db.write(lambda c: c.execute(statement).rowcount)


def test_no_sealed_column_is_forgotten() -> None:
    binary = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and not column.name.endswith(("hash", "digest"))
    }
    named = {(t.name, c.name) for t in metadata.tables.values() for c in t.columns
             if "sealed" in c.name}  # fmt: skip
    declared = {(place.table.name, place.column) for place in PLACES}
    assert binary | named | {("facts", "value")} == declared
    assert len(PLACES) == len(declared)


async def test_every_record_is_wrapped_again_and_opens_as_before(db: Database, path: Path) -> None:
    box = vault(path)
    await fill(db, box, 450)
    before, old = await values(db), box.keyring.active
    done = await rotation(db, box).rotate(new_key=True)
    after, other = await values(db), vault(path)
    assert (done.records, done.rewrapped, done.unreadable) == (452, 452, ())
    assert done.active == other.keyring.active != old
    assert {wrapped_by(value) for value in after.values()} == {done.active}
    assert other.open(after[state_row(7)], state_row(7)) == secret_of(7)
    for row, value in after.items():
        # The secret itself and its nonce are the same bytes.
        start = len(value) - (len(before[row]) - 2 - len(old) - 60)
        assert value[start:] == before[row][2 + len(old) + 60 :]
        assert other.open(value, row) == vault(path).open(before[row], row)


async def test_a_second_rotation_without_a_key_has_nothing_to_do(db: Database, path: Path) -> None:
    box = vault(path)
    await fill(db, box, 5)
    again = await rotation(db, box).rotate(new_key=False)
    assert (again.made, again.records, again.rewrapped) == (False, 7, 0)


async def test_what_broke_off_is_finished(db: Database, path: Path) -> None:
    box = vault(path)
    await fill(db, box, 20)
    box.keyring.add_key()
    half = dict(list((await values(db)).items())[:9])
    for number in range(20):
        if state_row(number) in half:
            await put(db, number, box.rewrap(half[state_row(number)], state_row(number)))
    done = await rotation(db, vault(path)).rotate(new_key=False)
    assert 0 < done.rewrapped < done.records == 22
    assert {wrapped_by(value) for value in (await values(db)).values()} == {box.keyring.active}


async def test_a_writer_in_between_wins(
    db: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its value was sealed by the old key after the rotation had read the row."""
    box, server = vault(path), vault(path)
    await fill(db, box, 3)
    late = server.seal(b"newer", state_row(1))
    exchange, calls = sealed_columns.replace_values, []

    def interrupted(connection: Any, place: Any, changes: Any) -> int:
        if place.table is platform_state and not calls:
            calls.append(1)
            where = platform_state.c.name == "t1"
            connection.execute(update(platform_state).where(where).values(sealed=late))
        return exchange(connection, place, changes)

    monkeypatch.setattr(sealed_columns, "replace_values", interrupted)
    done = await rotation(db, box).rotate(new_key=True)
    found = (await values(db))[state_row(1)]
    assert calls
    assert wrapped_by(found) == done.active
    assert vault(path).open(found, state_row(1)) == b"newer"


async def test_a_copied_row_is_named_and_left_alone(db: Database, path: Path) -> None:
    box = vault(path)
    await fill(db, box, 3)
    copied = (await values(db))[state_row(0)]
    await put(db, 1, copied)
    old = box.keyring.active
    done = await rotation(db, box).rotate(new_key=True)
    assert done.unreadable == (state_row(1),)
    assert (await values(db))[state_row(1)] == copied
    standing = await rotation(db, box).status()
    assert standing.records == {done.active: 4, old: 1}
    with pytest.raises(VaultError, match="still wraps 1 record"):
        await rotation(db, box).retire(old)
    assert old in vault(path).keyring


async def test_a_key_is_retired_only_when_nothing_needs_it(db: Database, path: Path) -> None:
    box = vault(path)
    await fill(db, box, 3)
    old = box.keyring.active
    with pytest.raises(VaultError, match="is active"):
        await rotation(db, box).retire(old)
    box.keyring.add_key()
    with pytest.raises(VaultError, match="still wraps 5 records"):
        await rotation(db, box).retire(old)
    with pytest.raises(VaultError, match="no master key"):
        await rotation(db, box).retire("mistyped")
    await rotation(db, box).rotate(new_key=False)
    await rotation(db, box).retire(old)
    assert old not in vault(path).keyring
    fresh = vault(path)
    for row, value in (await values(db)).items():
        assert fresh.open(value, row)


async def test_a_record_that_turns_up_late_brings_the_key_back(
    db: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = vault(path)
    await fill(db, box, 2)
    old, late = box.keyring.active, box.seal(b"late", state_row(0))
    await rotation(db, box).rotate(new_key=True)
    count, calls = Rotation._count, []

    async def counted(self: Rotation) -> Any:
        calls.append(1)
        if len(calls) == 2:
            assert old not in vault(path).keyring
            await put(db, 0, late)
        return await count(self)

    monkeypatch.setattr(Rotation, "_count", counted)
    with pytest.raises(VaultError, match="still wraps"):
        await rotation(db, box).retire(old)
    assert vault(path).open(late, state_row(0)) == b"late"


async def test_keys_that_nobody_has_are_counted(db: Database, path: Path) -> None:
    await fill(db, Vault(Keyring({"lost": b"\x07" * 32}, "lost")), 2)
    standing = await rotation(db, vault(path)).status()
    assert standing.unknown == {"lost": 4}
    done = await rotation(db, vault(path)).rotate(new_key=False)
    assert len(done.unreadable) == done.records == 4


async def test_keys_of_the_settings_wrap_by_the_active_one(db: Database) -> None:
    keys = {"k1": b"\x01" * 32, "k2": b"\x02" * 32}
    await fill(db, Vault(Keyring(keys, "k1")), 4)
    box = Vault(Keyring(keys, "k2"))
    with pytest.raises(VaultError, match=r"vault\.keys"):
        await rotation(db, box).rotate(new_key=True)
    done = await rotation(db, box).rotate(new_key=False)
    assert (done.active, done.rewrapped) == ("k2", 6)
    with pytest.raises(VaultError, match=r"vault\.keys"):
        await rotation(db, box).retire("k1")


async def test_ended_sessions_have_nothing_to_wrap(db: Database) -> None:
    place = next(place for place in PLACES if place.table.name == "auth_sessions")
    session = {
        "id": "s" * 16, "state_hash": b"h" * 32, "user_id": "u", "key_id": "k", "group_id": "g",
        "platform": "youtube", "group_given": False, "stage": "completed", "binding": "direct",
        "error_data": {},
        "accounts": [], "offered": [], "created_at": 1.0, "expires_at": 2.0, "ended_at": 2.0,
    }  # fmt: skip
    await db.write(lambda c: c.execute(insert(place.table), session) and None)
    assert await db.read(sealed_columns.next_values, place, None, 10) == []


def test_a_running_server_learns_of_a_key_it_meets(path: Path) -> None:
    server, command = vault(path), vault(path)
    old = server.keyring.active
    held = server.seal(b"secret", ROW)
    command.keyring.add_key()
    rewrapped = command.rewrap(held, ROW)
    assert server.open(rewrapped, ROW) == b"secret"
    assert server.keyring.active == command.keyring.active != old
    assert server.open(held, ROW) == b"secret"


def test_a_new_secret_moves_to_the_active_key_and_keeps_its_data_key(path: Path) -> None:
    server = vault(path)
    held = server.seal(b"one", ROW)
    name = server.keyring.add_key()
    moved = server.seal(b"two", ROW, held)
    assert wrapped_by(moved) == name
    assert server.open(moved, ROW) == b"two"
    data_keys = {server._unwrap(one[: 2 + one[1] + 60], ROW) for one in (held, moved)}
    assert len(data_keys) == 1


def test_a_server_that_lags_behind_never_goes_back_to_the_old_key(path: Path) -> None:
    """Its first sight of the new key is the row that it writes over."""
    server, command = vault(path), vault(path)
    held = server.seal(b"one", ROW)
    name = command.keyring.add_key()
    moved = server.seal(b"two", ROW, command.rewrap(held, ROW))
    assert wrapped_by(moved) == name


def test_unknown_keys_do_not_make_it_read_again_and_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openchannels.store.vault import keyring

    ring, reads, read = load_keyring(path), [], keyring._read
    assert ring is not None
    monkeypatch.setattr(keyring, "_read", lambda file: reads.append(file) or read(file))
    for number in range(50):
        with pytest.raises(VaultError):
            ring.key(f"made up {number}")
    assert reads == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"active": "a", "keys": {}}'])
def test_a_broken_file_changes_nothing(path: Path, text: str) -> None:
    box = vault(path)
    held, whole = box.seal(b"secret", ROW), path.read_text()
    path.write_text(text)
    assert not box.keyring.reload()
    assert vault_opens(box, held)
    path.unlink()
    assert not box.keyring.reload()
    path.write_text(whole)
    assert vault_opens(box, held)


def vault_opens(box: Vault, value: bytes) -> bool:
    return box.open(value, ROW) == b"secret"


def test_another_key_under_a_known_id_is_not_taken(path: Path) -> None:
    box = vault(path)
    held = box.seal(b"secret", ROW)
    other = base64.b64encode(b"\x09" * 32).decode()
    path.write_text(json.dumps({"active": box.keyring.active, "keys": {box.keyring.active: other}}))
    assert not box.keyring.reload()
    assert Vault(box.keyring).open(held, ROW) == b"secret"


def test_keys_made_at_once_are_all_kept(path: Path) -> None:
    rings = [vault(path).keyring for _ in range(12)]
    makers = [threading.Thread(target=ring.add_key) for ring in rings]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(vault(path).keyring.ids) == 13


def test_the_file_stays_private_whole_and_where_it_is(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    path.chmod(0o644)
    ring = vault(link).keyring
    name = ring.add_key()
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(os.listdir(path.parent)) == {"keyring.json", "keyring.json.lock"}
    assert ring.active == name == vault(path).keyring.active


def test_cursors_outlive_a_rotation_but_not_the_key(path: Path) -> None:
    ring = vault(path).keyring
    other = Cursors(vault(path).keyring)
    cursors, old, mine = Cursors(ring), ring.active, ("u", "a", Platform("youtube"))
    first = cursors.make(*mine, CursorPosition("p", "next"))
    ring.add_key()
    second = cursors.make(*mine, CursorPosition("q", "next"))
    assert cursors.read(first, *mine).position == "p"
    assert [other.read(text, *mine).position for text in (first, second)] == ["p", "q"]
    ring.remove_key(old)
    assert cursors.read(second, *mine).position == "q"
    with pytest.raises(ValidationFailed):
        cursors.read(first, *mine)


def test_a_browser_proof_outlives_a_rotation(path: Path) -> None:
    box = vault(path)
    one, other = BrowserBinding(box), BrowserBinding(vault(path))
    before = one.browser_proof("s1")
    vault(path).keyring.add_key()
    assert box.keyring.reload()
    after = one.browser_proof("s1")
    assert after != before
    # The other server has not seen the new key yet.
    assert other.is_proof("s1", after)
    assert other.is_proof("s1", before)
    assert one.is_form_token("s1", other.form_token("s1"))
    assert not other.is_proof("s2", before)
    assert not other.is_form_token("s1", before)


def test_the_proof_made_of_a_code_outlives_a_rotation(path: Path) -> None:
    box = vault(path)
    one, other = BrowserBinding(box), BrowserBinding(vault(path))
    platform = Platform("youtube")
    waits = AuthSession("s1", "u", "k", platform, "g", SessionStage.CONFIRMING, 0.0, 9.0)
    before = one.of_code("s1", "code")
    vault(path).keyring.add_key()
    assert box.keyring.reload()
    after = one.of_code("s1", "code")
    assert after != before
    for proof in (before, after):
        mine = replace(waits, browser_hash=digest(proof))
        for proofs in (other, one):
            assert proofs.verify_return(mine, "code", None) == proof
            assert proofs.verify_return(mine, "another", proof) is None
            for code in ("another", "", "code "):
                with pytest.raises(SessionError):
                    proofs.verify_return(mine, code, one.browser_proof("s1"))
            assert not proofs.holds(mine, one.browser_proof("s1"))
