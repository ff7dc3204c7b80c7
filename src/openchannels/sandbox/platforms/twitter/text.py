"""The text of a post: how X counts it, and how X shows it.

https://docs.x.com/fundamentals/counting-characters
"""

import html
import re
import unicodedata
from typing import Any

from openchannels.sandbox.ids import letters

MOST_WEIGHT, MOST_OF_PREMIUM = 280, 25_000
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_URL_WEIGHT, _EMOJI_WEIGHT = 23, 2
_URL = re.compile(r"https?://[^\s<>\"]+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|example)\b[^\s<>\"]*")
_SIGN = "[\u00a9\u00ae\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_TONE = "[\ufe0f\U0001f3fb-\U0001f3ff]*"
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|" + f"{_SIGN}{_TONE}(?:\u200d{_SIGN}{_TONE})*"
)
_CASHTAG = re.compile(r"(?<!\w)\$[A-Za-z]{1,6}(?!\w)")


def weight(text: str) -> int:
    """How much of a post a text takes."""
    rest, links = _URL.subn("", unicodedata.normalize("NFC", text))
    rest, signs = _EMOJI.subn("", rest)
    plain = sum(1 if any(a <= ord(c) <= b for a, b in _LIGHT) else 2 for c in rest)
    return plain + links * _URL_WEIGHT + signs * _EMOJI_WEIGHT


def cashtags(text: str) -> int:
    """How many cashtags a text has."""
    return len(_CASHTAG.findall(text))


def shown(text: str, media: list[dict[str, Any]]) -> str:
    """The text as X shows it: links shortened, one for the media at the end, escaped."""
    short = _URL.sub(lambda link: _short(link[0]), text)
    attached = [_short(media[0]["id"])] if media else []
    return html.escape(" ".join([short, *attached] if short else attached), quote=False)


def _short(address: str) -> str:
    return f"https://t.co/{letters(10, 't.co', address)}"
