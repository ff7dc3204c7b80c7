"""How the demo connects each platform, and what it publishes."""

from openchannels.assets.samples import sample_picture, sample_video
from openchannels.connectors.registry import CONNECTORS
from openchannels.sandbox.emulator import DemoPersona
from openchannels.sandbox.platforms import EMULATORS

__all__ = ["DemoPersona", "demo_personas", "demo_settings", "sample_picture", "sample_video"]


def demo_personas() -> dict[str, DemoPersona]:
    """The persona of every platform, in the registry's order, as emulators declare them."""
    personas = {emulator.name: emulator.persona for emulator in EMULATORS}
    return {platform: personas[platform] for platform in CONNECTORS}


def demo_settings() -> dict[str, str]:
    """Variables, without our prefix, that switch on every list of works that is off by default."""
    return {
        f"PLATFORMS__{platform}__{connector.works.option}".upper(): "true"
        for platform, connector in CONNECTORS.items()
        if connector.works and connector.works.option
    }
