"""The command line: thin commands over app, client and settings."""

from openchannels.cli.app import app

__all__ = ["app"]
