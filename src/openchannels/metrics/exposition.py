"""Renders metrics as Prometheus' text; prometheus_client is loaded at the first scrape."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openchannels.metrics import declared
from openchannels.metrics.cells import Reading
from openchannels.metrics.declared import Metric
from openchannels.metrics.process import ProcessMetrics
from openchannels.metrics.process_figures import SumOfProcesses
from openchannels.metrics.series import buckets

if TYPE_CHECKING:
    from prometheus_client import Metric as Family
    from prometheus_client.registry import CollectorRegistry

Gauges = Mapping[Metric, Reading]


class Exposition:
    """The page of `/metrics`: what was counted, gauges, and figures of the process.

    With `process_ids` they are those of all these processes, without garbage collection.
    """

    def __init__(
        self, metrics: ProcessMetrics, process_ids: Callable[[], Sequence[int]] | None = None
    ) -> None:
        self._metrics = metrics
        self._process_ids = process_ids
        self._gauges: Gauges = {}
        self._registry: CollectorRegistry | None = None

    def render(self, gauges: Gauges) -> bytes:
        """Returns the page."""
        from prometheus_client import generate_latest

        self._gauges = gauges
        if self._registry is None:
            self._registry = self._new_registry()
        return generate_latest(self._registry)

    def _new_registry(self) -> "CollectorRegistry":
        from prometheus_client import (
            CollectorRegistry,
            GCCollector,
            PlatformCollector,
            ProcessCollector,
        )

        registry = CollectorRegistry()
        PlatformCollector(registry=registry)
        if self._process_ids is None:
            ProcessCollector(registry=registry)
            GCCollector(registry=registry)
        else:
            registry.register(SumOfProcesses(self._process_ids, self._metrics.cells))
        registry.register(self)
        return registry

    def describe(self) -> Iterable["Family"]:
        """Returns nothing: the registry would collect at once to learn the names."""
        return ()

    def collect(self) -> Iterator["Family"]:
        """Yields all metrics in the order of their declaration; called by prometheus_client."""
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        totals = self._metrics.cells.totals()
        for metric in declared.METRICS:
            series = totals.get(metric.name, {})
            if metric.kind == "counter":
                counter = CounterMetricFamily(**_head(metric))
                for labels, values in series.items():
                    counter.add_metric(labels, values[0])
                yield counter
            elif metric.kind == "histogram":
                histogram = HistogramMetricFamily(**_head(metric))
                for labels, values in series.items():
                    histogram.add_metric(labels, buckets(metric, values), sum_value=values[-1])
                yield histogram
            else:
                gauge = GaugeMetricFamily(**_head(metric))
                for labels, value in self._gauges.get(metric, {}).items():
                    gauge.add_metric(labels, value)
                yield gauge


def _head(metric: Metric) -> dict[str, Any]:
    return {"name": metric.name, "documentation": metric.help, "labels": metric.labels}
