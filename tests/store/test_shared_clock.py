"""All processes over one database go by its clock, whatever their machines' clocks say."""

from pathlib import Path
from typing import cast

from openchannels.app.bootstrap import open_runtime
from openchannels.service.shared_clock import SharedClock
from openchannels.settings import load_settings
from openchannels.store.database import Database
from openchannels.store.queries.clock import read_clock
from tests.harness.settings import COMMON, store_environ


async def test_it_says_what_the_database_says_and_goes_on_by_itself(db: Database) -> None:
    passing = [1_000.0]
    clock = SharedClock(db, lambda: passing[0])
    before = await db.read(read_clock)
    await clock.ask()
    said = clock()
    assert before <= said <= await db.read(read_clock)
    passing[0] += 300.0
    assert clock() == said + 300.0
    # The answer proves that it is wrong by far more than the way to the database takes.
    before = await db.read(read_clock)
    await clock.ask()
    assert before <= clock() <= await db.read(read_clock)


class Scripted:
    """A database whose clock says what it is told, and whose answers take their time."""

    def __init__(self, *answers: tuple[float, float, float]) -> None:
        self._moments = [moment for before, _, after in answers for moment in (before, after)]
        self._told = [told for _, told, _ in answers]

    async def read(self, _query: object) -> float:
        return self._told.pop(0)

    def passing(self) -> float:
        return self._moments.pop(0) if self._moments else 0.0


async def test_a_slow_answer_does_not_replace_a_better_one() -> None:
    """Each answer: what had passed before, what was said, what had passed after."""
    database = Scripted((0.0, 1_000.0, 0.0), (10.0, 1_012.0, 20.0), (30.0, 1_090.0, 32.0))
    clock = SharedClock(cast("Database", database), database.passing)
    await clock.ask()
    await clock.ask()
    assert clock._began == 1_000.0
    await clock.ask()
    assert clock._began == 1_059.0


async def test_machines_over_postgresql_take_it_for_their_own(store: str, tmp_path: Path) -> None:
    database = None if store.startswith("sqlite") else store
    settings = load_settings(data_dir=tmp_path, environ={**COMMON, **store_environ(database)})
    runtime = await open_runtime(settings, public_url="http://unused")
    shared = isinstance(runtime.services.context.clock, SharedClock)
    await runtime.close()
    assert shared == (database is not None)
