"""Reduced sizes of the soak programs."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.harness.builds import NoHistory
from tests.harness.rig import open_rig
from tests.soak import (
    backup,
    guesses,
    kill,
    long_upload,
    moving,
    own_lists,
    publish,
    rotate,
    same_callback,
    schedule,
    serving,
    upgrade,
    uploads,
    walk,
    walk_own,
)


async def test_fifty_callbacks_redeem_one_code(database: str | None, tmp_path: Path) -> None:
    async with open_rig(tmp_path, database=database) as rig:
        figures = await same_callback.soak(rig, 8)
    assert figures["faults"] == 0, figures
    assert figures["codes_redeemed"] == figures["accounts"] == figures["sessions"] == 8
    assert figures["answers"] == 8 * same_callback.AT_ONCE


async def test_no_guessed_state_is_accepted(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        figures = await guesses.soak(rig, 2000)
    assert figures["faults"] == 0, figures
    assert figures["accepted"] == 0


async def test_a_long_list_is_walked_whole(tmp_path: Path) -> None:
    async with open_rig(tmp_path, works=600) as rig:
        figures = await walk.soak(rig, 600)
    assert figures["faults"] == 0, figures


async def test_own_lists_are_walked_whole(database: str | None, tmp_path: Path) -> None:
    """On both stores, because each orders and compares in its own way."""
    async with open_rig(tmp_path, database=database) as rig:
        faults = await walk_own.walk_all(rig, 60)
    assert not any(faults.values()), faults


async def test_a_list_that_shifts_would_be_seen(tmp_path: Path) -> None:
    """Pages by number skip entries where others go before the reader's place."""
    async with open_rig(tmp_path) as rig:
        tool, one = await walk_own.filled(rig, own_lists.accounts_by_number, 60)
        unaware = replace(one, following=lambda *page: own_lists.by_number(*page))
        assert await walk_own.walk(rig, tool, unaware, 60, changing=True) > 0


async def test_kills_lose_nothing_that_was_committed(database: str | None, tmp_path: Path) -> None:
    figures = await kill.run(tmp_path, database, 100, lease=2.0)
    assert figures["faults"] == 0, figures
    assert figures["kills"] == 2
    assert figures["completed"] + figures["interrupted"] == figures["callbacks"] == 100


async def test_the_master_key_is_rotated_under_load(database: str | None, tmp_path: Path) -> None:
    figures = await rotate.run(tmp_path, database, 150, per_second=50)
    assert figures["failures"] == []
    assert figures["faults"] == 0, figures
    assert figures["requests"] > 100
    assert figures["rewrapped_percent"] == 100.0


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_store_moves_under_load(database: str, tmp_path: Path) -> None:
    """From SQLite to PostgreSQL, and from there to SQLite."""
    figures = await moving.run(tmp_path, database, 12)
    assert (figures["broken"], figures["differences"]) == ({}, {})
    assert figures["faults"] == 0, figures
    assert figures["accounts"] == 12
    assert figures["created"] > 0


async def test_uploads_go_on_after_cuts_and_take_no_memory(tmp_path: Path) -> None:
    figures = await uploads.run(tmp_path, None, 40, largest=3_000_000)
    assert figures["faults"] == 0, figures
    assert figures["directory_files"] == figures["s3_files"] == 20
    assert figures["directory_cut"] > 0
    assert figures["s3_cut"] > 0


async def test_a_store_is_migrated_under_the_version_before(
    database: str | None, tmp_path: Path
) -> None:
    try:
        figures = await upgrade.run(tmp_path / "data", database, 20, versions=1)
    except NoHistory as missing:
        pytest.skip(str(missing))
    assert figures["faults"] == 0, figures
    assert figures["accounts"] > 20


async def test_a_backup_is_whole_and_an_erased_user_is_nowhere(
    database: str | None, tmp_path: Path
) -> None:
    figures = await backup.run(tmp_path / "soak", database, 20)
    assert figures["faults"] == 0, figures
    assert figures["marks_before"] > 10


async def test_a_killed_process_loses_only_its_own(database: str | None, tmp_path: Path) -> None:
    figures = await serving.run(tmp_path, database, serving.PER_KILL)
    assert figures["faults"] == 0, figures
    assert figures["kills"] == 1


async def test_scheduled_posts_go_out_once_and_at_their_time(
    database: str | None, tmp_path: Path
) -> None:
    figures = await schedule.run(tmp_path, database, 60)
    assert figures["faults"] == 0, figures
    assert figures["late_seconds_p99"] < 1


async def test_posts_survive_kills_and_lost_answers(database: str | None, tmp_path: Path) -> None:
    figures = await publish.run(tmp_path / "data", database, len(publish.CASES))
    assert figures["faults"] == 0, figures
    assert figures["kills"] >= 1
    assert figures["published"] + figures["unconfirmed"] == len(publish.CASES)


async def test_a_long_upload_goes_on_after_cuts(tmp_path: Path) -> None:
    figures = await long_upload.run(tmp_path / "data", None, 200)
    assert figures["faults"] == 0, figures
