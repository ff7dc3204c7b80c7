"""Numbers that several processes count, in the memory that they share."""

from openchannels.app.siblings import Siblings
from openchannels.connectors.registry import CONNECTORS
from openchannels.metrics import declared as metric
from openchannels.metrics.cells import Key, SharedCells
from openchannels.metrics.exposition import Exposition
from openchannels.metrics.process import ProcessMetrics
from openchannels.server.board import CELL_BYTES, SILENT_SECONDS, Board, new_board
from tests.metrics.scraped import Scraped


def counting(board: Board, number: int) -> tuple[ProcessMetrics, Siblings]:
    """A process as it begins to count."""
    siblings = Siblings(board, number)
    return ProcessMetrics(CONNECTORS, siblings.cells), siblings


def shown(metrics: ProcessMetrics) -> Scraped:
    return Scraped(Exposition(metrics).render({}).decode())


def test_whoever_is_asked_shows_what_all_count_also_the_dead() -> None:
    with new_board(3) as board:
        (first, _), (second, _) = counting(board, 0), counting(board, 1)
        for metrics in (first, second, second):
            metrics.count_request("list", 0, 0.003)
        second.count_start("youtube", "success")
        # The second dies, and another takes its place.
        replacement, _ = counting(board, 1)
        replacement.count_request("list", 0, 20.0)
        for metrics in (first, replacement):
            seen = shown(metrics)
            assert seen.value(metric.REQUESTS, operation="list", code="0") == 4
            assert seen.value(metric.STARTS, platform="youtube") == 1
            assert seen.value(metric.REQUEST_SECONDS, operation="list") == 4
            sums = [s.value for s in seen.samples if s.name == f"{metric.REQUEST_SECONDS.name}_sum"]
            assert sum(sums) == 0.003 * 3 + 20.0
            quick = [s.value for s in seen.samples
                     if s.name == f"{metric.REQUEST_SECONDS.name}_bucket"
                     and s.labels["le"] == "0.005"]  # fmt: skip
            assert quick == [3]


def test_gauges_are_those_of_processes_that_run() -> None:
    now = 1000.0
    with new_board(3) as made:
        board = Board(made.fd, 3, lambda: now)
        (_, first), (_, second) = counting(board, 0), counting(board, 1)
        for row in board.rows:
            row.beat(None)
        board.rows[1].beat("OperationalError")
        second.cells.set_gauge(metric.UNWRITTEN.name, {(): 2})
        second.cells.set_gauge(metric.OPEN_BREAKERS.name, {("youtube",): 3})
        own = {metric.UNWRITTEN: {(): 1}, metric.OPEN_BREAKERS: {("tiktok",): 1, ("youtube",): 1}}
        assert first.together(own) == {
            metric.UNWRITTEN: {(): 3},
            metric.OPEN_BREAKERS: {("tiktok",): 1, ("youtube",): 3},
        }
        assert first.count == 2
        assert first.problem(None) == "OperationalError"
        second.cells.set_gauge(metric.OPEN_BREAKERS.name, {})
        assert first.together(own)[metric.OPEN_BREAKERS] == {("tiktok",): 1, ("youtube",): 1}
        now += SILENT_SECONDS
        assert first.together(own) == own
        assert first.count == 1
        assert first.problem(None) is None


def test_full_memory_loses_series_and_nothing_else() -> None:
    with new_board(1) as board:
        cells = SharedCells(board.rows[0].cells, [])
        size = CELL_BYTES // 8 - 100
        cells.new(Key("large", ()), size)
        kept, lost = cells.new(Key("kept", ()), 1), cells.new(Key("lost", ()), 200)
        kept[0] += 1
        lost[0] += 1
        assert cells.totals()["kept"] == {(): [1.0]}
        assert "lost" not in cells.totals()
