"""The version is the same wherever it is written."""

import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date

import pytest

from tests.docs.pages import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
PATTERNS = {
    "Dockerfile": r"^ARG VERSION=(.+)$",
    "compose.yaml": r"image: openchannels:(.+)$",
    "docs/deployment.md": r"openchannels:(\d[^ `]*)",
    "clients/n8n/README.md": r"n8n-nodes-openchannels-(.+)\.tgz",
    "deploy/helm/openchannels/Chart.yaml": r"^(?:version|appVersion): (.+)$",
}
PACKAGES = ("clients/typescript", "clients/n8n")
RELEASE = re.compile(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", re.MULTILINE)


def written() -> Iterator[tuple[str, list[str]]]:
    """Each file with the versions of this project in it."""
    for name, pattern in PATTERNS.items():
        yield name, re.findall(pattern, (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    for folder in PACKAGES:
        package = json.loads((ROOT / folder / "package.json").read_text())
        lock = json.loads((ROOT / folder / "package-lock.json").read_text())
        yield folder, [package["version"], lock["version"], lock["packages"][""]["version"]]


@pytest.mark.parametrize(("name", "versions"), [pytest.param(*one, id=one[0]) for one in written()])
def test_the_version_is_the_projects(name: str, versions: list[str]) -> None:
    assert set(versions) == {VERSION}, name


def test_the_changelog_has_this_version_below_what_is_unreleased() -> None:
    sections = RELEASE.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert [name for name, _ in sections][:2] == ["Unreleased", VERSION]
    days = [date.fromisoformat(day) for _, day in sections[1:]]
    assert days == sorted(days, reverse=True)
