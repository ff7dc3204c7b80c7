"""`openchannels webhooks`, beside no server and against a real receiver."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.commands import make_key, run
from tests.harness.receiver import Receiver, receiving

LOCAL = {"OPENCHANNELS_WEBHOOKS__ALLOWED_NETWORKS": "127.0.0.0/8"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a store."""
    made = tmp_path_factory.mktemp("webhooks")
    make_key(made)
    return made


def told(folder: Path, *words: str, code: int = 0) -> Any:
    ran = run("webhooks", *words, "--user", "acme", "--data-dir", folder, "--json", **LOCAL)
    assert ran.returncode == code, ran.stderr
    return json.loads(ran.stdout)


def test_from_adding_to_removing(folder: Path, receiver: Receiver) -> None:
    made = told(folder, "add", receiver.url, "--type", "account.offline", "--description", "mine")
    assert made["secret"].startswith("whsec_")
    (listed,) = told(folder, "list")
    assert listed == {name: value for name, value in made.items() if name != "secret"}
    assert told(folder, "test", made["id"])["httpStatus"] == 204
    assert receiver.types == ["webhook.test"]
    receiver.answer = 500
    assert told(folder, "test", made["id"], code=1)["accepted"] is False
    new = told(folder, "rotate", made["id"], "--overlap", "1h")
    assert new["secret"] != made["secret"]
    assert "oldSecretUntil" in new
    changed = told(folder, "change", made["id"], "--all-types", "--disable")
    assert (changed["types"], changed["enabled"]) == ([], False)
    assert told(folder, "change", made["id"], "--enable")["enabled"] is True
    assert told(folder, "deliveries", made["id"], "--status", "dead") == []
    assert told(folder, "redeliver", made["id"], "--since", "2020-01-01") == {"queued": 0}
    assert told(folder, "remove", made["id"])["deleted"] is True
    assert told(folder, "list") == []


def test_for_people(folder: Path, receiver: Receiver) -> None:
    words = ("--user", "people", "--data-dir", folder)
    made = run("webhooks", "add", receiver.url, *words, **LOCAL)
    assert "secret  whsec_" in made.stdout
    assert "not shown again" in made.stderr
    listed = run("webhooks", "list", *words, **LOCAL)
    assert "whk_" in listed.stdout
    assert "whsec_" not in listed.stdout
    words = (*words, "--json")
    for option, mistyped in (("--status", "deliverd"), ("--type", "account.eaten")):
        made_id = json.loads(run("webhooks", "list", *words).stdout)[0]["id"]
        refused = run("webhooks", "deliveries", made_id, option, mistyped, *words)
        assert refused.returncode == 2
        assert option in refused.stderr


def test_what_is_refused(folder: Path) -> None:
    words = ("--user", "acme", "--data-dir", folder)
    private = run("webhooks", "add", "https://10.0.0.1/", *words)
    assert private.returncode == 2
    assert "url must be an address" in private.stderr
    assert run("webhooks", "remove", "whk_none", *words).returncode == 2
    assert run("webhooks", "redeliver", "whk_none", *words).returncode == 2
    assert run("webhooks", "change", "whk_none", *words).returncode == 2
    other = run("webhooks", "list", "--user", "acme", "--data-dir", folder / "none")
    assert other.returncode == 2
