"""What a process says of itself at `/metrics`."""

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from openchannels.metrics.declared import Metric
from tests.harness.service import Service


class Scraped:
    """One answer of `/metrics`."""

    def __init__(self, text: str) -> None:
        self.families = {f.name: f for f in text_string_to_metric_families(text)}
        self.samples = [s for family in self.families.values() for s in family.samples]

    def value(self, metric: Metric, **labels: str) -> float:
        """The sum of the samples with these labels, of a histogram their count; 0 without any."""
        name = metric.name + ("_count" if metric.kind == "histogram" else "")
        found = (s for s in self.samples if s.name == name)
        return sum(s.value for s in found if labels.items() <= s.labels.items())

    def series(self, metric: Metric) -> list[dict[str, str]]:
        name = metric.name + ("_count" if metric.kind == "histogram" else "")
        return [s.labels for s in self.samples if s.name == name]


def scrape(url: str) -> Scraped:
    answer = httpx2.get(f"{url}/metrics", trust_env=False, timeout=60)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Scraped(answer.text)


def scrape_fresh(service: Service) -> Scraped:
    """A scrape that reads the store again."""
    service.services.figures._read_at = float("-inf")
    return scrape(service.url)
