"""Where spans are sent: to a collector, by OTLP over HTTP.

OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_*`, `OTEL_BSP_*`, `OTEL_TRACES_SAMPLER`,
`OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`) hold wherever an argument is None.
"""

from collections.abc import Mapping

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from openchannels.tracing.process import ProcessTracing

TRACES = "/v1/traces"


def export_traces(
    about: Mapping[str, str], *, endpoint: str | None, sample_ratio: float | None
) -> ProcessTracing:
    """Returns the traces of this process, which a thread of its own sends in batches.

    `about` describes the process in OpenTelemetry's resource attributes. `endpoint` is the base
    address of a collector, `sample_ratio` the share of traces that are recorded, from 0 to 1; a
    trace that a caller began is recorded if the caller says so.
    """
    named = OTELResourceDetector().detect().attributes
    provider = TracerProvider(
        sampler=None if sample_ratio is None else ParentBased(TraceIdRatioBased(sample_ratio)),
        resource=Resource.create({**about, **named}),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(None if endpoint is None else endpoint + TRACES)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return ProcessTracing(provider)
