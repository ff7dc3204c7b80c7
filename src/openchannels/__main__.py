"""`python -m openchannels`."""

from openchannels.cli import app

app()
