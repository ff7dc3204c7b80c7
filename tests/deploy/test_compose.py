"""compose.yaml against the schema of the compose specification, and what production needs."""

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from openchannels.settings import load_settings
from tests.deploy.tools import DEPLOY, ROOT, require, require_module, run


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    require_module("yaml")
    import yaml

    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """What prepare.sh writes for a domain."""
    require("openssl")
    script = shutil.copy(DEPLOY / "compose" / "prepare.sh", tmp_path)
    run(script, "channels.example.com")
    return tmp_path / "private"


def test_valid_by_the_schema() -> None:
    require("check-jsonschema")
    schema = ("--builtin-schema", "vendor.compose-spec")
    assert "ok" in run("check-jsonschema", *schema, ROOT / "compose.yaml")


def test_profiles(compose: dict[str, Any]) -> None:
    profiles = {name: service["profiles"] for name, service in compose["services"].items()}
    assert profiles.pop("trial") == ["trial"]
    assert set(profiles) == {"migration", "server-1", "server-2", "worker", "postgres", "caddy"}
    assert all(names == ["production"] for names in profiles.values())


def test_ports_open_to_others_are_those_of_the_proxy(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    assert set(published) == {"trial", "caddy"}
    assert all(port.startswith("127.0.0.1:") for port in published["trial"])


def test_prepared_settings_are_those_of_the_service(compose: dict[str, Any], private: Path) -> None:
    settings = load_settings(config=private / "openchannels.toml", environ={})
    assert settings.server.public_url == "https://channels.example.com"
    assert not settings.jobs.embedded
    password = (private / "postgres-password").read_text()
    assert settings.database_url == f"postgresql://openchannels:{password}@postgres/openchannels"
    subnet = compose["networks"]["front"]["ipam"]["config"][0]["subnet"]
    assert settings.server.trusted_proxies == (subnet,)
    environ = dict(line.split("=", 1) for line in (private / "caddy.env").read_text().splitlines())
    assert environ["SITE"] == "channels.example.com"
    servers = [address.removesuffix(":8080") for address in environ["SERVERS"].split()]
    assert set(servers) == {name for name in compose["services"] if name.startswith("server-")}


def test_prepared_secrets_are_random_and_for_their_owner(private: Path, tmp_path: Path) -> None:
    assert private.stat().st_mode & 0o777 == 0o700
    first = tomllib.loads((private / "openchannels.toml").read_text())
    with pytest.raises(AssertionError, match="exists"):
        run(tmp_path / "prepare.sh", "channels.example.com")
    shutil.rmtree(private)
    run(tmp_path / "prepare.sh", "channels.example.com")
    second = tomllib.loads((private / "openchannels.toml").read_text())
    assert first["vault"] != second["vault"]
    assert first["database"] != second["database"]
