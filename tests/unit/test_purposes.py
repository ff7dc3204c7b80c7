"""Which scopes the operator's apps ask for, by the purposes that the settings allow."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from openchannels.app.platforms import build_apps
from openchannels.core.platforms import Platform
from openchannels.core.purposes import Purpose
from openchannels.settings import load_settings
from openchannels.transport.platform_app import App

READ, PUBLISH, ENGAGE = "pages_read_engagement", "pages_manage_posts", "pages_manage_engagement"


def app_of(folder: Path, **settings: str) -> App:
    """Facebook's app with settings of its own, without a sandbox."""
    given = {"CLIENT_ID": "app", "CLIENT_SECRET": "app-secret", **settings}
    environ = {f"OPENCHANNELS_PLATFORMS__FACEBOOK__{name}": value for name, value in given.items()}
    apps = build_apps(load_settings(data_dir=folder, environ=environ), "https://oc.example")
    return apps[Platform("facebook")]


@pytest.mark.parametrize(
    ("allowed", "asked"),
    [
        ("", {READ}),
        ("read", {READ}),
        ("read publish", {READ, PUBLISH}),
        ("read,engage", {READ, ENGAGE}),
        ("read publish engage", {READ, PUBLISH, ENGAGE}),
    ],
)
def test_an_app_asks_for_what_its_purposes_need(
    tmp_path: Path, allowed: str, asked: set[str]
) -> None:
    app = app_of(tmp_path, **({"PURPOSES": allowed} if allowed else {}))
    assert {READ, PUBLISH, ENGAGE} & set(app.scopes) == asked
    assert [*app.purposes] == (allowed or "read").replace(",", " ").split()


@pytest.mark.parametrize(
    ("purposes", "asked"),
    [
        (["read"], {READ}),
        (["engage"], {READ, ENGAGE}),
        (["publish", "engage"], {READ, PUBLISH, ENGAGE}),
    ],
)
def test_a_start_narrows_them(tmp_path: Path, purposes: Sequence[Purpose], asked: set[str]) -> None:
    app = app_of(tmp_path, PURPOSES="read publish engage").narrowed(purposes)
    assert {READ, PUBLISH, ENGAGE} & set(app.scopes) == asked


def test_scopes_of_the_operators_own_are_kept_but_for_other_purposes(tmp_path: Path) -> None:
    own = f"{READ} {PUBLISH} {ENGAGE} ads_read"
    app = app_of(tmp_path, PURPOSES="read publish engage", SCOPES=own)
    assert app.scopes == (READ, PUBLISH, ENGAGE, "ads_read")
    assert app.narrowed(["engage"]).scopes == (READ, ENGAGE, "ads_read")
