"""Chooses the caller's language from the Accept-Language header."""

from functools import lru_cache

from openchannels.core.platforms import Locale

MAX_LENGTH = 256
"""Characters of the header that are read; browsers send less than 100."""
MAX_CACHED = 100


def negotiate(accept_language: str) -> Locale:
    """Returns the best of both languages; English where nothing fits.

    Lenient, as the contract requires: any kind of Chinese is zh-CN, also `zh_CN`, and a quality of
    zero does not exclude a language.
    """
    # Strangers choose the header: of long ones a cache would hold much of what they sent.
    short = len(accept_language) <= MAX_CACHED
    return _best(accept_language) if short else _best.__wrapped__(accept_language)


@lru_cache(maxsize=256)
def _best(accept_language: str) -> Locale:
    ranked = sorted(
        (
            _ranked(index, part)
            for index, part in enumerate(accept_language[:MAX_LENGTH].split(","))
        ),
        key=lambda entry: (-entry[0], entry[1]),
    )
    for _, _, language in ranked:
        if language == "zh":
            return "zh-CN"
        if language == "en":
            return "en-US"
    return "en-US"


def _ranked(index: int, part: str) -> tuple[float, int, str]:
    tag, *options = part.split(";")
    quality = 1.0
    for option in options:
        name, _, value = option.strip().partition("=")
        if name.strip() == "q":
            quality = _quality(value)
    return quality, index, tag.strip().lower().replace("_", "-").split("-")[0]


def _quality(value: str) -> float:
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
