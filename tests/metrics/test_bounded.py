"""Whatever callers send, a metric has few series, and none that names a tenant."""

import random
import string

from openchannels.connectors.registry import CONNECTORS
from openchannels.metrics import declared as metric
from openchannels.metrics.declared import METRICS
from openchannels.metrics.exposition import Exposition
from openchannels.metrics.labels import MOST_NAMES, UNKNOWN
from openchannels.metrics.process import ProcessMetrics
from openchannels.metrics.series import Series
from tests.docs.pages import ROOT
from tests.harness.paths import ACCOUNTS, AUTH, WORKS
from tests.harness.service import Service
from tests.metrics.scraped import Scraped, scrape_fresh

STRANGE = 10_000


def test_ten_thousand_values_of_each_label() -> None:
    metrics = ProcessMetrics(CONNECTORS)
    for number in range(STRANGE):
        name = f"n{number}"
        metrics.count_request(name, 20_000 + number, 0.1)
        metrics.count_request("list", 20_000 + number, 0.1)
        metrics.count_limited_request(name)
        metrics.count_call(name, name, name, 0.1)
        metrics.count_withheld_call(name, name)
        for count in (
            metrics.count_start,
            metrics.count_callback,
            metrics.count_connection,
            metrics.count_refresh,
        ):
            count(name, name)
        metrics.count_delivery(name, 0.1)
        metrics.count_publication(name, name)
        metrics.count_publication_bytes(name, 1)
        metrics.count_batch(name, name, 0.1)
    metrics.count_start("youtube", "success")
    seen = Scraped(Exposition(metrics).render({}).decode())
    for one in METRICS:
        assert len(seen.series(one)) <= MOST_NAMES + 1, one.name
    assert seen.value(metric.STARTS) == STRANGE + 1
    assert seen.value(metric.STARTS, platform=UNKNOWN, outcome=UNKNOWN) == STRANGE
    assert seen.value(metric.REQUESTS, operation=UNKNOWN, code=UNKNOWN) == STRANGE - MOST_NAMES + 1
    assert seen.value(metric.REQUEST_SECONDS) == 2 * STRANGE
    series = [one for one in vars(metrics).values() if isinstance(one, Series)]
    kept = [len(one._found) for one in series]
    assert max(kept) <= MOST_NAMES, "what was replaced is not remembered"


def test_strange_requests(service: Service) -> None:
    """Paths, platforms, methods and keys that nobody knows; nothing of them is a label."""
    account = service.connect("youtube").account_id
    client, stranger = service.client_of(), service.browser()
    words = ["".join(random.choices(string.ascii_lowercase, k=12)) for _ in range(60)]
    for word in words:
        client.get(f"{AUTH}/{word}")
        client.get(f"{WORKS}/{word}", params={"accountId": word})
        client.get(f"{ACCOUNTS}/{word}/auth-status")
        stranger.get(f"{AUTH}/{word}/callback?state={word}&code={word}")
        stranger.request(word.upper(), f"/{word}")
    seen = scrape_fresh(service)
    operations = {labels["operation"] for labels in seen.series(metric.REQUEST_SECONDS)}
    assert len(operations) < 15, operations
    platforms = {labels["platform"] for s in (metric.STARTS, metric.CALLBACKS)
                 for labels in seen.series(s)}  # fmt: skip
    assert platforms == {"youtube", UNKNOWN}
    values = {value for sample in seen.samples for value in sample.labels.values()}
    hidden = {"acme", account, service.key_of().id, *words}
    assert not values & hidden


def test_all_that_is_shown_is_declared_and_documented(service: Service) -> None:
    seen = scrape_fresh(service)
    ours = {name for name in seen.families if name.startswith("openchannels_")}
    assert ours == {one.name.removesuffix("_total") for one in METRICS}
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    for one in METRICS:
        assert f"| `{one.name}` | {one.kind} |" in page
        assert one.name.endswith("_total") == (one.kind == "counter")
        assert one.name.endswith("_seconds") == bool(one.buckets) or one.kind == "gauge"
