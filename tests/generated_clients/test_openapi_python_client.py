"""A Python client that a stranger's generator makes from the document works against the service.

The generator has an environment of its own, which `make test-clients` makes: GENERATOR_PYTHON.
"""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from openchannels.client import Client
from tests.harness.commands import make_key, serving

GENERATOR_PYTHON = os.environ.get("GENERATOR_PYTHON", "")
SEEDS = os.environ.get("OPENCHANNELS_SEEDS", "")
pytestmark = pytest.mark.skipif(not GENERATOR_PYTHON, reason="make test-clients names it")
EXERCISE = Path(__file__).with_name("founding_operations.py")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and key."""
    data_dir = tmp_path_factory.mktemp("service")
    with serving("serve", "--sandbox", "--data-dir", data_dir) as (_, url):
        yield url, make_key(data_dir)["key"]


def test_of_our_document(service: tuple[str, str], tmp_path: Path) -> None:
    file = tmp_path / "openapi.json"
    with urllib.request.urlopen(f"{service[0]}/openapi.json") as answer:
        file.write_bytes(answer.read())
    there, _, listed = exercised(file, service, tmp_path)
    assert listed == there


@pytest.mark.skipif(not SEEDS, reason="OPENCHANNELS_SEEDS does not name the original's document")
def test_of_the_originals_document(service: tuple[str, str], tmp_path: Path) -> None:
    _, first_page, listed = exercised(Path(SEEDS), service, tmp_path)
    assert listed == first_page


def exercised(document: Path, service: tuple[str, str], tmp_path: Path) -> tuple[int, int, int]:
    """Returns how many works there are, on the first page, and in the generated client's list."""
    url, key = service
    made = run(
        "-m", "openapi_python_client", "generate", "--path", str(document), "--meta", "none",
        "--output-path", str(tmp_path / "generated"),
    )  # fmt: skip
    assert "unable to generate" not in made.lower(), made
    found = json.loads(run(str(EXERCISE), str(tmp_path), url, key).splitlines()[-1])
    assert found["states"] == [1, 1]
    assert found["works"] == found["different"]
    with Client(url, key) as client:
        there = sum(1 for _ in client.works.iter("youtube", found["account"]))
        first = len(client.works.list("youtube", found["account"]).items)
    return there, first, found["works"]


def run(*arguments: str) -> str:
    done = subprocess.run(
        [GENERATOR_PYTHON, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
