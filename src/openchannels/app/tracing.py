"""Opens the traces of the settings; OpenTelemetry is loaded only where they are enabled."""

from openchannels import __version__
from openchannels.core.exceptions import StartRefused
from openchannels.core.tracing import NO_TRACING, ServiceTracing
from openchannels.settings import Settings

NO_LIBRARY = (
    "tracing.enabled is set, but the library for it is not installed: install openchannels[otel]."
)


def open_tracing(settings: Settings, environment: str) -> ServiceTracing:
    """Returns the traces of this process. Raises StartRefused without their library."""
    if not settings.tracing.enabled:
        return NO_TRACING
    try:
        from openchannels.tracing.export import export_traces
    except ModuleNotFoundError:
        raise StartRefused(NO_LIBRARY) from None
    about = {
        "service.name": "openchannels",
        "service.version": __version__,
        "openchannels.environment": environment,
    }
    return export_traces(
        about, endpoint=settings.tracing.endpoint, sample_ratio=settings.tracing.sample_ratio
    )
