"""What calls do to the counts of works: comments, answers, likes and quotes, and what ends them."""

from dataclasses import dataclass

from openchannels.sandbox.clock import Clock
from openchannels.sandbox.comments import ANSWERS, COMMENTS, Comment, Comments
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.documents import Documents
from openchannels.sandbox.figures import Growth, Share, Sum, day_of, days_between
from openchannels.sandbox.state import State
from openchannels.sandbox.tallies import Tallies

BEGAN = 1_790_000_000
NOW = BEGAN + 90 * 86_400.0
HIDDEN = "hidden"
TALKED = Share(66, 2, 8, (COMMENTS, ANSWERS))
TOP_LEVEL = Share(66, 2, 8, (COMMENTS,))
NEVER = Share(66, 0, 0, (COMMENTS,))


@dataclass
class World:
    """A state with the works of one account, of which `work` is talked about."""

    state: State

    def __post_init__(self) -> None:
        self.documents, self.tallies = Documents(self.state), Tallies(self.state)
        self.clock = Clock(lambda: NOW, self.state)
        self.comments = Comments(
            self.documents,
            self.clock,
            self.tallies,
            "any",
            lambda number, parent: f"c{number}",
            (HIDDEN,),
        )

    @property
    def series(self) -> Series:
        return Series(self.state, Creator("any", "ida"), 10, BEGAN, NOW)

    @property
    def work(self) -> Work:
        found = self.series.work_at(3)
        assert found is not None
        return found

    def write(self, author: str = "ida", parent: str = "", at: float = NOW) -> Comment:
        return self.comments.add(self.work, "3", author, "Ash", at, parent)

    def more(self, count: Share = TALKED) -> int:
        """By how much a count differs from what strangers made of it."""
        return count.at(self.work, NOW) - count.of(self.work, self.work.views(NOW))


def test_comments_and_answers_count_until_they_are_deleted() -> None:
    world = World(State())
    comment = world.write()
    world.write(parent=comment["id"])
    assert (world.more(), world.more(TOP_LEVEL)) == (2, 1)
    assert Sum((TALKED, TOP_LEVEL)).at(world.work, NOW) == (
        TALKED.at(world.work, NOW) + TOP_LEVEL.at(world.work, NOW)
    )
    world.comments.delete(comment)
    assert (world.more(), world.more(TOP_LEVEL)) == (0, 0)


def test_a_status_that_is_not_counted_takes_the_answers_along() -> None:
    world = World(State())
    comment = world.write()
    answer = world.write(parent=comment["id"])
    world.comments.put({**comment, "status": HIDDEN})
    assert world.more() == 0
    world.comments.put({**answer, "status": HIDDEN})
    world.comments.put(comment)
    assert world.more() == 1


def test_comments_of_strangers_are_counted_from_the_start() -> None:
    world = World(State())
    [stranger, *_] = world.comments.of(world.work, "3")
    assert (world.more(), world.more(NEVER)) == (0, 0)
    world.comments.put({**stranger, "status": HIDDEN})
    assert world.more() == -1
    world.comments.put(stranger)
    assert world.more() == 0
    world.comments.delete(stranger)
    assert (world.more(), world.more(NEVER)) == (-1, 0)
    world.write()
    assert (world.more(), world.more(NEVER)) == (0, 1)


def test_strangers_write_between_the_publication_of_a_work_and_now() -> None:
    world = World(State())
    for _ in range(4):
        (fresh,) = world.series.publish(1, world.clock.now())
        found: list[Comment] = []
        for hours in range(5):
            was, found = found, world.comments.of(fresh, str(fresh.index))
            times = [one["created"] - fresh.created for one in reversed(found)]
            assert times == [3_600 * (n + 1) for n in range(min(hours, len(times)))]
            assert found[len(found) - len(was) :] == was
            world.clock.advance(3_600)
        assert 1 <= len(found) <= 3


def test_days_add_up_to_the_count_and_none_loses_any() -> None:
    world = World(State())
    world.write(at=NOW - 5 * 86_400)
    days = days_between(day_of(world.work.created), day_of(NOW))
    for _ in range(2):
        gains = Growth([world.work], days).gains(TALKED)
        assert sum(gains) == TALKED.at(world.work, days[-1].end)
        assert min(gains) >= 0
        for stranger in world.comments.of(world.work, "3"):
            world.comments.delete(stranger)


def test_a_work_that_is_deleted_takes_along_what_it_counts_at_another() -> None:
    world, quotes = World(State()), Share(84, 0, 4, ("quotes",))
    for _ in range(2):
        world.tallies.add(world.work.place, "quotes", "9", NOW)
    assert world.more(quotes) == 1
    world.series.delete(["9"], int)
    assert world.more(quotes) == 0
