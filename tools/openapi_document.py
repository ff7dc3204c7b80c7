"""Prints the OpenAPI document, the one that a server gives at /openapi.json, without a server.

python tools/openapi_document.py > openapi.json
"""

import sys

import msgspec

from openchannels import __version__
from openchannels.api.app import OPERATIONS
from openchannels.api.openapi import build_document

SERVER = "http://127.0.0.1:8080"
"""Where `openchannels serve` listens if nothing else is set."""

if __name__ == "__main__":
    document = build_document(OPERATIONS, version=__version__, server=SERVER)
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(document)) + b"\n")
