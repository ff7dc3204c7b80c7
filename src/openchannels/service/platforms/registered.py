"""What the registered platforms declare, whatever is configured here."""

from collections.abc import Mapping
from difflib import get_close_matches

from openchannels.connectors.registry import CONNECTORS, Plugin
from openchannels.core.platforms import Mark, Platform, Text

PLATFORM_IDS: tuple[Platform, ...] = tuple(CONNECTORS)
"""Ids of the registered platforms, in the registry's order."""

LONGEST_NAME = 64
LOGOS = "/assets/logos"
LOGO_SUFFIX = ".svg"

MARKS: Mapping[str, Mark] = {platform: connector.mark for platform, connector in CONNECTORS.items()}
"""The mark of each registered platform."""

NAMES: Mapping[str, Text] = {platform: connector.name for platform, connector in CONNECTORS.items()}
"""What people call each registered platform."""


def logo_path(platform: str) -> str:
    """Returns the path of a platform's logo on this server."""
    return f"{LOGOS}/{platform}{LOGO_SUFFIX}"


def platform_meant(name: str) -> Platform | None:
    """Returns the platform that a misspelt id or a platform's name means; None if it is unclear."""
    spellings = {
        _letters(spelling): platform
        for platform, connector in CONNECTORS.items()
        for spelling in (connector.name.en, connector.name.zh, platform)
    }
    written = _letters(name[:LONGEST_NAME])
    close = get_close_matches(written, spellings, n=1, cutoff=0.85) if written else []
    return spellings[close[0]] if close else None


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


PLUGIN_FIELDS: Mapping[Platform, tuple[str, ...]] = {
    platform: connector.auth.required_fields
    for platform, connector in CONNECTORS.items()
    if isinstance(connector.auth, Plugin)
}
"""What a browser plug-in must hand in, for each platform that is connected by one."""
