"""Reads JSON columns, on both engines."""

import json
from typing import Any

import msgspec


def read_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        # Only the json module reads lone surrogates, which platforms may send.
        return json.loads(text)
