"""What the metrics of a service say of a long run, scrape by scrape."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import linear_regression

import psutil

from openchannels.metrics import declared
from openchannels.metrics.declared import Metric
from tests.metrics.scraped import Scraped

MB = 1024 * 1024
HOUR = 3600.0
CLIENTS = 64
"""Of the open loop."""
WARM_UP = 6
"""The first of so many parts of a run is not judged: twenty minutes of two hours."""
MOVED_BY_LOAD = {"files": 5, "connections": CLIENTS}
"""By how much these may rise without a leak. Each client has one call to a platform in flight at
most, and what was opened for the most at once is kept open."""

Buckets = Mapping[str, Counter[float]]
"""Answers by operation and upper bound in seconds, each counted in one bucket only."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """One reading of `/metrics`, and of the machine at the same time.

    `at` in seconds of a steady clock, memory in bytes, `idle` and `busy` in seconds of all cores.
    `private` is the memory without what is mapped from files: SQLite maps the store up to 256 MB,
    so that a growing store raises the resident memory.
    """

    at: float
    memory: float
    private: float
    files: float
    connections: int
    cpu: float
    idle: float
    busy: float
    backlog: float
    answers: Counter[str]
    refreshes: Counter[str]
    attempts: Counter[str]
    batches: Counter[str]
    buckets: Buckets


def read(page: str, at: float, process: psutil.Process) -> Scrape:
    """Reads a page of `/metrics`, and of the process what that does not tell."""
    scraped = Scraped(page)
    connections = len(process.net_connections("tcp"))
    memory = process.memory_info()
    plain = {s.name: s.value for s in scraped.samples if not s.labels}
    idle, busy = processor_time()
    return Scrape(
        at=at,
        memory=plain["process_resident_memory_bytes"],
        private=memory.rss - memory.shared,
        files=plain["process_open_fds"] - connections,
        connections=connections,
        cpu=plain["process_cpu_seconds_total"],
        idle=idle,
        busy=busy,
        backlog=scraped.value(declared.PENDING_DELIVERIES),
        answers=_by(scraped, declared.REQUESTS, "code"),
        refreshes=_by(scraped, declared.REFRESHES, "outcome"),
        attempts=_by(scraped, declared.DELIVERIES, "outcome"),
        batches=_by(scraped, declared.BATCHES_DONE, "outcome"),
        buckets=_buckets(scraped),
    )


def _by(scraped: Scraped, metric: Metric, label: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for sample in scraped.samples:
        if sample.name == metric.name:
            found[sample.labels[label]] += int(sample.value)
    return found


def _buckets(scraped: Scraped) -> Buckets:
    upto: dict[str, dict[float, int]] = {}
    for sample in scraped.samples:
        if sample.name == declared.REQUEST_SECONDS.name + "_bucket":
            bounds = upto.setdefault(sample.labels["operation"], {})
            bounds[float(sample.labels["le"])] = int(sample.value)
    found = {}
    for operation, bounds in upto.items():
        steps = pairwise([(0.0, 0), *sorted(bounds.items())])
        found[operation] = Counter({bound: total - before for (_, before), (bound, total) in steps})
    return found


def processor_time() -> tuple[float, float]:
    """Seconds that all cores have been idle and not, since the machine began."""
    words = Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]
    ticks = [int(word) / 100 for word in words]
    idle = ticks[3] + ticks[4]
    return idle, sum(ticks) - idle


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a run, from its first scrape to its last."""

    scrapes: Sequence[Scrape]

    @property
    def spare_percent(self) -> float:
        """Processor time that the machine had to spare, whoever used the rest."""
        first, last = self.scrapes[0], self.scrapes[-1]
        idle, busy = last.idle - first.idle, last.busy - first.busy
        return 100 * idle / (idle + busy)

    @property
    def cpu_ms(self) -> float:
        """Processor time of the service for each answer, background work included."""
        first, last = self.scrapes[0], self.scrapes[-1]
        return 1000 * (last.cpu - first.cpu) / (last.answers - first.answers).total()

    def operations(self) -> list[str]:
        """Those that were asked for, the most frequent first."""
        counts = {name: self._between(name).total() for name in self.scrapes[-1].buckets}
        return sorted((name for name in counts if counts[name]), key=lambda n: -counts[n])

    def p99_ms(self, *operations: str) -> float:
        """The time within which 99 of 100 answers were given; of all operations without any."""
        together: Counter[float] = Counter()
        for name in operations or self.operations():
            together += self._between(name)
        return 1000 * quantile(together, 0.99)

    def _between(self, operation: str) -> Counter[float]:
        none: Counter[float] = Counter()
        first, last = (self.scrapes[at].buckets.get(operation, none) for at in (0, -1))
        return last - first

    def megabytes(self, name: str, at: int) -> float:
        return round(getattr(self.scrapes[at], name) / MB, 1)

    def least(self, name: str) -> int:
        """The floor of a figure, which only a leak raises."""
        return int(min(getattr(one, name) for one in self.scrapes))


def quantile(buckets: Counter[float], share: float) -> float:
    """As Prometheus' histogram_quantile: within a bucket all times are equally likely."""
    wanted, lower = share * buckets.total(), 0.0
    bounds = sorted(declared.REQUEST_SECONDS.buckets)
    for bound in bounds:
        if buckets[bound] >= wanted:
            return lower + (bound - lower) * wanted / max(buckets[bound], 1)
        wanted -= buckets[bound]
        lower = bound
    return lower


def judged(scrapes: Sequence[Scrape]) -> tuple[Part, Part, Part]:
    """What follows the warm-up: all of it, its first quarter and its last."""
    whole = scrapes[len(scrapes) // WARM_UP :]
    quarter = len(whole) // 4
    return Part(whole), Part(whole[:quarter]), Part(whole[-quarter:])


def slope(part: Part, name: str) -> float:
    """Megabytes an hour by which a figure rises, by least squares."""
    hours = [one.at / HOUR for one in part.scrapes]
    return linear_regression(hours, [getattr(one, name) / MB for one in part.scrapes]).slope


def leaked(first: Part, last: Part, name: str) -> int:
    """By how much the floor has risen; 0 for what the load may move."""
    rise = last.least(name) - first.least(name)
    return rise if rise > MOVED_BY_LOAD[name] else 0
