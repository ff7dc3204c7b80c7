"""Who counts as dead, and who takes over."""

import asyncio

from openchannels.service.tasks.heartbeats import Heartbeats
from openchannels.store.database import Database
from openchannels.store.queries import workers as store

SILENCE = 10.0


class Steady:
    """A steady clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def watcher(db: Database, name: str, steady: Steady, ahead: float = 0.0) -> Heartbeats:
    return Heartbeats(
        db, name, "test", SILENCE, clock=lambda: 1e9 + ahead + steady(), steady=steady
    )


async def test_silence_is_judged_by_the_watcher_alone(db: Database) -> None:
    """A machine whose clock is a day behind lives as long as it changes its row."""
    steady = Steady()
    late, watching = watcher(db, "late", steady, ahead=-86_400), watcher(db, "watching", steady)
    for _ in range(5):
        await late.heartbeat()
        await watching.heartbeat()
        assert await watching.claim_dead() == []
        steady.now += SILENCE - 1
    steady.now += 1
    assert await watching.claim_dead() == ["late"]


async def test_one_of_many_takes_over(db: Database) -> None:
    steady = Steady()
    await watcher(db, "dead", steady).heartbeat()
    watching = [watcher(db, f"watcher-{number}", steady) for number in range(8)]
    for one in watching:
        await one.heartbeat()
        await one.claim_dead()
    steady.now += SILENCE
    for one in watching:
        await one.heartbeat()
    claims = await asyncio.gather(*(one.claim_dead() for one in watching))
    assert sorted(map(len, claims)) == [0] * 7 + [1]


async def test_a_claim_whose_holder_dies_is_claimed_again(db: Database) -> None:
    steady = Steady()
    await watcher(db, "dead", steady).heartbeat()
    first, second = watcher(db, "first", steady), watcher(db, "second", steady)
    for one in (first, second):
        await one.claim_dead()
    steady.now += SILENCE
    assert await first.claim_dead() == ["dead"]
    assert await second.claim_dead() == []
    steady.now += SILENCE
    assert await second.claim_dead() == ["dead"]
    await second.remove_worker("dead")
    steady.now += SILENCE
    assert await second.claim_dead() == []


async def test_who_leaves_work_behind_counts_as_dead_at_once(db: Database) -> None:
    steady = Steady()
    gone, done = watcher(db, "gone", steady), watcher(db, "done", steady)
    for one in (gone, done):
        await one.heartbeat()
    await gone.leave(finished=False)
    await done.leave(finished=True)
    assert await watcher(db, "watching", steady).claim_dead() == ["gone"]


async def test_work_of_nobody_known_has_one_taker(db: Database) -> None:
    steady = Steady()
    known = watcher(db, "known", steady)
    await known.heartbeat()
    first, second = watcher(db, "first", steady), watcher(db, "second", steady)
    owners = ["known", "stranger"]
    assert await first.claim_unregistered(owners) == ["stranger"]
    assert await second.claim_unregistered(owners) == []


async def test_who_was_struck_off_and_lives_is_entered_again(db: Database) -> None:
    steady = Steady()
    paused, watching = watcher(db, "paused", steady), watcher(db, "watching", steady)
    await paused.heartbeat()
    await watching.remove_worker("paused")
    await paused.heartbeat()
    assert [name for name, _ in await db.read(store.heartbeats)] == ["paused"]
