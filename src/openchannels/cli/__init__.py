"""The command line: thin commands over main, client and settings."""

from openchannels.cli.app import app

__all__ = ["app"]
