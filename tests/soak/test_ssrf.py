"""The reduced size, and that the program would see a connection."""

from pathlib import Path
from unittest import mock

from openchannels.connectors.base import links
from openchannels.core import ssrf as addresses
from openchannels.transport import guarded_sessions
from tests.harness.rig import open_rig
from tests.soak import address_fields, ssrf, watching
from tests.soak.forms import forms


def test_there_are_enough_forms() -> None:
    assert len(forms()) >= 400


async def test_nothing_private_is_called(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        figures = await ssrf.soak(rig, 150)
    assert figures["faults"] == figures["connections"] == 0, figures
    assert figures["redirects_not_followed"] == figures["forms"] >= 150
    assert figures["link_redirects"] > figures["forms"] == figures["address_fields"]
    assert figures["rebindings"] == 30


async def test_an_open_door_is_seen(tmp_path: Path) -> None:
    def open_to_this_machine(address: str, _allowed: object, *, public: bool = True) -> bool:
        return addresses.may_connect(address, ssrf.HERE, public=False)

    async with open_rig(tmp_path) as rig:
        # What has begun to connect is seen at once, however short the time of a post.
        with (
            mock.patch.object(guarded_sessions, "may_connect", open_to_this_machine),
            mock.patch.object(ssrf, "SECONDS", 0.5),
        ):
            figures = await ssrf.soak(rig, 40)
    assert figures["connections"] > 10
    assert figures["faults"] >= figures["connections"]


async def test_a_link_that_is_called_is_seen(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig, watching.listener() as target:
        with (
            mock.patch.object(links.Links, "short_address", lambda _links, text: text or None),
            mock.patch.object(links, "FOLLOW_SECONDS", 0.2),
        ):
            # A page that is gone is not asked for again.
            target.redirect_to(404, "/")
            local = [f"http://127.0.0.{last}:{{port}}/" for last in range(3, 9)]
            filled = await address_fields.fill(rig, target, local, 10_000)
    assert filled.connections >= 2 * len(local)
    assert len(filled.faults) >= filled.connections
