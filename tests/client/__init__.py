"""The Python SDK against a real service."""
