"""Spans of what the rooms report, made and exported by OpenTelemetry."""
