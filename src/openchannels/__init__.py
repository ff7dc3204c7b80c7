"""openchannels: one HTTP API over social platforms."""

from importlib.metadata import version

__version__ = version("openchannels")
