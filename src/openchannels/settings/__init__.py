"""Reads the settings once into typed, immutable objects.

`load_settings` combines the command line's options, the environment and `openchannels.toml` into
one `Settings`, or raises one `SettingsError` that names every fault. Imports no other room.
"""

from openchannels.settings.catalogue import Setting, catalogue
from openchannels.settings.loading import SettingsError, load_settings
from openchannels.settings.models import Settings
from openchannels.settings.platforms import PLATFORM_NAMES, PlatformSettings, Registration

__all__ = [
    "PLATFORM_NAMES",
    "PlatformSettings",
    "Registration",
    "Setting",
    "Settings",
    "SettingsError",
    "catalogue",
    "load_settings",
]
