"""The composition root: builds a running service from the settings."""
