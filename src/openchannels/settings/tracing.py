"""Settings of traces."""

from pydantic import Field

from openchannels.settings.checks import BaseUrl, Share
from openchannels.settings.platforms import SettingsGroup


class TracingSettings(SettingsGroup):
    """Traces, sent by OTLP over HTTP; needs the extra `otel`."""

    enabled: bool = Field(default=False, description="Record traces and send them to a collector.")
    endpoint: BaseUrl | None = Field(
        default=None,
        description="Address of the collector, without `/v1/traces`; absent:"
        " `OTEL_EXPORTER_OTLP_ENDPOINT`, or `http://localhost:4318`.",
    )
    sample_ratio: Share | None = Field(
        default=None,
        description="Share of traces that is recorded, of those that no caller began; absent:"
        " `OTEL_TRACES_SAMPLER`, or all.",
    )
