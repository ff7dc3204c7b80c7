"""What traces cost in processor time: one span of a request, and an answer to auth-status.

Servers with tracing off, on without recording, and on take turns; ratios are of one round.
"""

import argparse
import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

from bench.data import Filled, filled
from bench.load import Load, Loader, loader
from bench.processes import Served, cpu_seconds
from bench.report import Line, median, plain, print_table
from bench.serve import serving
from openchannels.core.request_record import RequestRecord
from openchannels.core.tracing import NO_TRACING, ServiceTracing
from openchannels.testing.receiver import Receiver
from openchannels.tracing.process import ProcessTracing

RATIOS = {"off": None, "not recorded": 0.0, "recorded": 1.0}
"""Share of traces that a server records, by what the server is called here."""
REQUESTS = 10_000
HEADERS = [(b"host", b"localhost"), (b"x-api-key", b"key"), (b"accept", b"*/*")]


class _Discarding(SpanExporter):
    def export(self, spans: object) -> SpanExportResult:
        return SpanExportResult.SUCCESS


def _tracing(name: str) -> ServiceTracing:
    if name == "off":
        return NO_TRACING
    sampler = ALWAYS_ON if name == "recorded" else ALWAYS_OFF
    provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(_Discarding()))
    return ProcessTracing(provider)


def span_microseconds(name: str) -> float:
    """Processor time of one request's span in the thread of the event loop."""
    tracing, record = _tracing(name), RequestRecord("a" * 24)
    record.operation, record.code = "AccountsController_getAuthStatus_v2", 0
    record.user_id, record.key_id = "acme", "b" * 24
    record.account_id = "youtube_1048576_UC0000000000"
    began = time.thread_time()
    for _ in range(REQUESTS):
        tracing.begin_request("GET", "/api/v2", HEADERS).end(record, 200)
    return (time.thread_time() - began) / REQUESTS * 1e6


@contextlib.contextmanager
def servers(data: Filled) -> Iterator[dict[str, Served]]:
    """A server of each kind, over copies of one data directory."""
    collector = Receiver()
    collector.start()
    with contextlib.ExitStack() as stack:
        stack.callback(collector.stop)
        found = {}
        for name, ratio in RATIOS.items():
            folder = Path(data.path).with_name(f"tracing-{name.replace(' ', '-')}")
            shutil.copytree(data.path, folder, dirs_exist_ok=True)
            if ratio is not None:
                with (folder / "openchannels.toml").open("a") as file:
                    file.write(f'[tracing]\nenabled = true\nendpoint = "{collector.origin}"\n')
                    file.write(f"sample_ratio = {ratio}\n")
            found[name] = stack.enter_context(serving(str(folder)))
        yield found


def measure(data: Filled, load: Loader, *, rounds: int, seconds: float) -> list[Line]:
    spans = {name: median(span_microseconds(name) for _ in range(rounds)) for name in RATIOS}
    spent: dict[str, list[float]] = {name: [] for name in RATIOS}
    with servers(data) as found:
        for _ in range(rounds):
            for name, server in found.items():
                spent[name].append(_cpu(load, server, data, seconds))
    return [
        *(plain(f"span of a request, {name}", took, " us") for name, took in spans.items()),
        *(plain(f"auth-status, {name}", median(took), " us") for name, took in spent.items()),
        *(
            plain(
                f"auth-status, {name}: ratio to off",
                median(a / b for a, b in zip(spent[name], spent["off"], strict=True)),
            )
            for name in ("not recorded", "recorded")
        ),
    ]


def _cpu(load: Loader, server: Served, data: Filled, seconds: float) -> float:
    """Processor time of a server for each answer, in microseconds."""
    before = cpu_seconds(server.pid)
    what = Load(server.port, data.auth_status_paths(), data.headers, seconds=seconds)
    answers = load.run(replace(what, expect='"code":0')).answers
    return (cpu_seconds(server.pid) - before) / answers * 1e6


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=1_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.5)
    given = options.parse_args()
    with filled(given.accounts) as data, loader() as load:
        lines = measure(data, load, rounds=given.rounds, seconds=given.seconds)
    print_table("Cost of traces, processor time", lines)


if __name__ == "__main__":
    main()
