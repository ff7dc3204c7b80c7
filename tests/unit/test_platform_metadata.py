"""The platforms' metadata without a service: what is not configured, and the data itself."""

from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from openchannels.api.envelope import localised
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import Platform, Text
from openchannels.service.platforms.catalog import Platforms
from openchannels.service.platforms.metadata import Capabilities, metadata
from openchannels.transport.admission import Protection
from tests.connectors.played import PLAYED
from tests.connectors.support import NOW, FakeSend, client_for

ALL = list(CONNECTORS)
UNUSED: Any = None
"""What leads to a platform: nothing here calls one."""


def without_apps() -> Platforms:
    return Platforms(
        connectors=CONNECTORS,
        apps={},
        send=UNUSED,
        address=UNUSED,
        clock=lambda: 0.0,
        usage=UNUSED,
        shared_state=UNUSED,
        protection=Protection(),
    )


def test_what_is_not_configured_can_do_nothing() -> None:
    rows = metadata(without_apps())
    assert [row.id for row in rows] == ALL
    for row in rows:
        assert row.status == "unavailable"
        assert row.capabilities == Capabilities()
        assert row.instructions.en


@pytest.mark.parametrize("platform", ALL)
def test_options_are_written_in_both_languages(platform: str) -> None:
    rules = CONNECTORS[platform].publishing
    schema = localised(rules.options, "en-US")
    Draft202012Validator.check_schema(schema)
    required = set(schema.get("required", ()))
    known = schema["properties"]
    assert required <= known.keys()
    for name, value in rules.default_options().items():
        assert Draft202012Validator(known[name]).is_valid(value), name
    for title in titles(rules.options):
        assert isinstance(title, Text)
        assert title.en.isascii()
        assert any("一" <= letter <= "鿿" for letter in title.zh)
    for source in rules.option_sources:
        assert source.field in known


def titles(schema: Any) -> list[Any]:
    if isinstance(schema, Mapping):
        own = [schema["title"]] if "type" in schema and "title" in schema else []
        return own + [found for part in schema.values() for found in titles(part)]
    return []


@pytest.mark.parametrize("platform", PLAYED)
def test_a_grant_is_revoked_and_access_renewed_where_that_is_said(platform: str) -> None:
    played, auth = PLAYED[platform], CONNECTORS[Platform(platform)].auth
    app = client_for(CONNECTORS[Platform(platform)], FakeSend(), **played.options).app
    assert auth.can_revoke(app) is bool(played.revoke)
    assert auth.renews(app) is auth.refreshable(played.tokens, NOW)
