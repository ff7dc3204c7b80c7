"""The image: built, started with a read-only root, used, and started again over its volume."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openchannels.client import Client
from openchannels.testing.person import Person
from tests.deploy.image import IMAGE, Image, build, buildah, layers, new_volume
from tests.deploy.tools import DEPLOY, ROOT, require, require_root, run
from tests.harness.listening import free_port
from tests.harness.waiting import PATIENCE

MOST_BYTES = 150_000_000
AGAIN = "localhost/openchannels-test-again"
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    require("buildah", "debootstrap", "unshare", "chroot")
    require_root()
    build()
    built = Image()
    yield built
    built.remove()


def test_dockerfile_has_no_findings() -> None:
    require("hadolint")
    assert run("hadolint", ROOT / "Dockerfile") == ""


def test_configuration(image: Image) -> None:
    assert image.config["User"] == "10001:10001"
    assert list(image.config["Volumes"]) == ["/data"]
    assert image.config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_size_beyond_the_base(image: Image, figure: Callable[[str], None]) -> None:
    added = image.added_bytes()
    figure(f"the image adds {added / 1e6:.1f} MB, compressed, to its base")
    assert added < MOST_BYTES


def test_all_extras_are_inside(image: Image, tmp_path: Path) -> None:
    with image.start(new_volume(tmp_path), "--version") as container:
        program = "import asyncpg, mcp, obstore, opentelemetry.sdk; print('imported')"
        assert container.run("python3", "-c", program) == "imported\n"


def test_a_second_build_is_the_same(image: Image) -> None:
    try:
        build(AGAIN)
        assert layers(AGAIN) == layers(IMAGE)
    finally:
        buildah("rmi", AGAIN)


def test_the_bill_of_materials_lists_what_is_inside(image: Image, tmp_path: Path) -> None:
    file = tmp_path / "bill.json"
    run(DEPLOY / "sbom.sh", file)
    listed = {one["name"] for one in json.loads(file.read_text())["components"]}
    # "name-version.dist-info"; a bill has the names as an index writes them.
    inside = {
        folder.name.partition("-")[0].replace("_", "-").replace(".", "-").lower()
        for folder in (image.root / "opt" / "openchannels" / "lib").glob("*/*/*.dist-info")
    }
    assert "openchannels" in inside
    assert inside - {"openchannels"} <= {name.replace("_", "-").lower() for name in listed}


def test_accounts_survive_a_new_container(image: Image, tmp_path: Path) -> None:
    volume, port = new_volume(tmp_path), free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"OPENCHANNELS_SERVER__PORT": str(port)}

    with image.start(volume, "serve", "--sandbox", **settings) as first:
        first.wait_healthy()
        key = json.loads(first.run("openchannels", "keys", "create", "--user", "me", "--json"))
        with Client(url, key["key"]) as client:
            started = client.auth.start("youtube")
            Person("ida", [url]).approve(started.url)
            account = client.auth.session("youtube", started.session_id).account_id
            assert account is not None
        with pytest.raises(AssertionError, match="Read-only file system"):
            first.run("touch", "/opt/openchannels/new")
        assert first.stop() == 0

    with image.start(volume, "serve", "--sandbox", **settings) as second:
        second.wait_healthy()
        with Client(url, key["key"], timeout=PATIENCE) as client:
            assert client.accounts.status(account).status == 1
            assert client.works.list("youtube", account).items
        assert second.stop() == 0
