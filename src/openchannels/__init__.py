"""openchannels: one HTTP API over fifteen social platforms."""

from importlib.metadata import version

__version__ = version("openchannels")
