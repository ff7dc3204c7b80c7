"""The Python SDK, against the real service and against servers that are not."""
