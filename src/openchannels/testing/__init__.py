"""Tests of a tool against a running service: what the fixtures of the pytest plug-in give.

    def test_lists(openchannels_client, openchannels_person):
        connection = openchannels_client.connect("youtube")
        openchannels_person.approve(connection.url)
        ...

The names below are for annotations; the fixtures of `openchannels.testing.plugin` make the objects.
They are imported when they are named first, because pytest loads this package in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openchannels.testing.given import ApiKey, OpenChannels
    from openchannels.testing.person import PageForm, Person, ShownPage
    from openchannels.testing.sandbox import PlatformFaults, SandboxControls
    from openchannels.testing.service_clock import ServiceClock
    from openchannels.testing.webhooks import ReceivedWebhooks

__all__ = [
    "ApiKey",
    "OpenChannels",
    "PageForm",
    "Person",
    "PlatformFaults",
    "ReceivedWebhooks",
    "SandboxControls",
    "ServiceClock",
    "ShownPage",
]

_MODULES = {
    "given": ("ApiKey", "OpenChannels"),
    "person": ("PageForm", "Person", "ShownPage"),
    "sandbox": ("PlatformFaults", "SandboxControls"),
    "service_clock": ("ServiceClock",),
    "webhooks": ("ReceivedWebhooks",),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
