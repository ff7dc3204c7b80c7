"""What the registered platforms declare, whatever is configured here."""

from collections.abc import Mapping

from openchannels.connectors.registry import CONNECTORS, Plugin
from openchannels.core.platforms import Mark, Platform

PLATFORM_IDS: tuple[Platform, ...] = tuple(CONNECTORS)
"""Ids of the registered platforms, in the registry's order."""

MARKS: Mapping[str, Mark] = {platform: connector.mark for platform, connector in CONNECTORS.items()}
"""The mark of each registered platform."""

PLUGIN_FIELDS: Mapping[Platform, tuple[str, ...]] = {
    platform: connector.auth.required_fields
    for platform, connector in CONNECTORS.items()
    if isinstance(connector.auth, Plugin)
}
"""What a browser plug-in must hand in, for each platform that is connected by one."""
