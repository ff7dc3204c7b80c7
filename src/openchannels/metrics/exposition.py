"""Renders metrics as Prometheus' text; prometheus_client is loaded at the first scrape."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from openchannels.metrics import declared
from openchannels.metrics.declared import Metric
from openchannels.metrics.process import ProcessMetrics

if TYPE_CHECKING:
    from prometheus_client import Metric as Family
    from prometheus_client.registry import CollectorRegistry

Reading = Mapping[tuple[str, ...], float]
"""The values of a gauge by the values of its labels."""
Gauges = Mapping[Metric, Reading]


class Exposition:
    """The page of `/metrics`: what a process counted, its gauges, and figures of the process."""

    def __init__(self, metrics: ProcessMetrics) -> None:
        self._metrics = metrics
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
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        registry.register(self)
        return registry

    def describe(self) -> Iterable["Family"]:
        """Returns nothing: the registry would collect at once to learn the names."""
        return ()

    def collect(self) -> Iterator["Family"]:
        """Yields all metrics in the order of their declaration; called by prometheus_client."""
        families = {family.name: family for family in self._families()}
        for metric in declared.METRICS:
            # A counter's family is named without its ending.
            yield families[metric.name.removesuffix("_total")]

    def _families(self) -> Iterator["Family"]:
        from prometheus_client.core import (
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        for counts in self._metrics.counters():
            counter = CounterMetricFamily(**_head(counts.metric))
            for labels, count in counts:
                counter.add_metric(labels, count.total)
            yield counter
        for durations in self._metrics.histograms():
            histogram = HistogramMetricFamily(**_head(durations.metric))
            for labels, one in durations:
                histogram.add_metric(labels, one.buckets(), sum_value=one.seconds)
            yield histogram
        for metric in declared.METRICS:
            if metric.kind == "gauge":
                gauge = GaugeMetricFamily(**_head(metric))
                for labels, value in self._gauges.get(metric, {}).items():
                    gauge.add_metric(labels, value)
                yield gauge


def _head(metric: Metric) -> dict[str, Any]:
    return {"name": metric.name, "documentation": metric.help, "labels": metric.labels}
