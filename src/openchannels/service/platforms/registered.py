"""What the registered platforms are called and how pages mark them, whatever is configured."""

from collections.abc import Mapping

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import Mark, Platform

PLATFORM_IDS: tuple[Platform, ...] = tuple(CONNECTORS)
"""Ids of the registered platforms, in the registry's order."""

MARKS: Mapping[str, Mark] = {platform: connector.mark for platform, connector in CONNECTORS.items()}
"""The mark of each registered platform."""
