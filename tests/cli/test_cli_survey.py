"""demo --platform: every platform connects in its own way, and one row tells what came of it."""

import json
from pathlib import Path
from typing import Any

from openchannels.app.demo import demo_personas
from openchannels.connectors.registry import CONNECTORS
from tests.harness.commands import run

PLATFORMS = set(CONNECTORS)


def test_every_platform_connects_and_lists_or_says_why_not(tmp_path: Path) -> None:
    done = run("demo", "--once", "--platform", "all", "--json", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir())
    shown: list[dict[str, Any]] = json.loads(done.stdout)["platforms"]
    rows = {row["platform"]: row for row in shown}
    assert rows.keys() == PLATFORMS == demo_personas().keys()
    assert len(rows) == 15
    assert all(row["connected"] and row["displayName"] for row in rows.values())
    assert "no public API" in rows.pop("xhs")["notListed"]
    assert all(row["works"] >= 10 and row["upstreamCalls"] >= 1 for row in rows.values())
    assert [name for name, row in rows.items() if not row["metrics"]] == ["google_business"]
    assert "viewCount" in rows["youtube"]["metrics"]
    assert (rows["tiktok"]["works"], rows["tiktok"]["upstreamCalls"]) == (20, 1)
    chosen = {name: row["offered"] for name, row in rows.items() if row["offered"]}
    assert chosen == {"facebook": 3, "linkedin": 4, "google_business": 3}
    assert "organization" in rows["linkedin"]["accountId"]


def test_the_table_fits(tmp_path: Path) -> None:
    done = run("demo", "--once", "--platform", "all", TMPDIR=str(tmp_path), COLUMNS="80")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    assert max(map(len, lines)) <= 80
    assert {line.split()[0] for line in lines} >= PLATFORMS


def test_a_platform_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "openchannels.toml").write_text('[platforms.linkedin]\nversion = "202401"\n')
    done = run("demo", "--once", "--platform", "linkedin", "--data-dir", tmp_path)
    assert done.returncode == 1
    assert "failed" in done.stdout
    assert done.stderr.startswith("linkedin: failed: ")
    assert "LinkedIn has ended this version" in done.stderr


def test_an_unknown_platform_starts_nothing(tmp_path: Path) -> None:
    done = run("demo", "--platform", "myspace", "--data-dir", tmp_path / "new")
    assert done.returncode == 2
    assert "google_business" in done.stderr
    assert not list(tmp_path.iterdir())
