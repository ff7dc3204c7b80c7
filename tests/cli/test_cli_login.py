"""login, logout, profiles, and where the data commands find their login."""

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.data import CommandLine, command_line
from tests.harness.commands import make_key, run, serving
from tests.harness.terminal import Terminal

NOBODY = {"OPENCHANNELS_URL": "", "OPENCHANNELS_API_KEY": ""}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    with command_line(tmp_path_factory.mktemp("login"), works=3) as line:
        yield replace(line, environ=NOBODY)


@pytest.fixture
def line(base: CommandLine, tmp_path: Path) -> CommandLine:
    return replace(base, home=tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def log_in(line: CommandLine, *words: str, code: int = 0) -> str:
    url = f"{line.service.url}/api/v2/channels/"
    done = line.run("login", "--url", url, "--key-stdin", *words, stdin=f"{line.key}\n")
    assert done.returncode == code, done.stderr
    return done.stderr


def test_two_logins_in_a_private_file(line: CommandLine) -> None:
    assert f"Logged in to {line.service.url} as the profile default." in log_in(line)
    folder = line.home / "openchannels"
    (file,) = folder.iterdir()
    assert (mode(folder), mode(file)) == (0o700, 0o600)
    globex = replace(line, user="globex")
    log_in(globex, "--profile", "globex")
    assert line.read("profiles", "list") == [
        {"name": "default", "url": line.service.url, "active": False},
        {"name": "globex", "url": line.service.url, "active": True},
    ]
    line.read("groups", "create", "theirs")
    assert [group["name"] for group in line.read("groups", "list")] == ["default", "theirs"]
    assert len(line.read("groups", "list", "--profile", "default")) == 1
    line.read("profiles", "use", "default")
    assert len(line.read("groups", "list")) == 1
    by_environment = replace(line, environ={"OPENCHANNELS_API_KEY": globex.key})
    assert len(by_environment.read("groups", "list")) == 2
    table = line.run("profiles", "list", COLUMNS="80").stdout
    assert "*" in next(row for row in table.splitlines() if "default" in row)
    assert line.run("logout").returncode == 0
    assert line.run("logout").returncode == 3
    assert line.read("profiles", "list") == [
        {"name": "globex", "url": line.service.url, "active": False}
    ]
    assert line.run("profiles", "use", "default").returncode == 3


def test_an_open_file_is_mended_with_a_word(line: CommandLine) -> None:
    log_in(line)
    file = line.home / "openchannels" / "profiles.json"
    file.chmod(0o644)
    listed = line.run("groups", "list")
    assert f"{file} was open to other users" in listed.stderr
    assert mode(file) == 0o600
    file.write_text("{")
    assert line.run("groups", "list").returncode == 2


def test_what_login_refuses(line: CommandLine, tmp_path: Path) -> None:
    nobody_listens = "http://127.0.0.1:1"
    for words, stdin, code in (
        ((), None, 2),
        (("--url", line.service.url), None, 2),
        (("--url", "ftp://example.com", "--key-stdin"), line.key, 2),
        (("--url", line.service.url, "--key-stdin"), "no key", 2),
        (("--url", line.service.url, "--key-stdin"), "", 2),
        (("--url", line.service.url, "--key-stdin"), "oc_wrong", 3),
        (("--url", line.service.url, "--key-file", str(tmp_path / "none")), None, 2),
        (("--url", nobody_listens, "--key-stdin"), line.key, 7),
    ):
        done = line.run("login", *words, stdin=stdin)
        assert done.returncode == code, (words, done.stderr)
        assert done.stderr.strip()
    assert line.read("profiles", "list") == []
    key_file = tmp_path / "key"
    key_file.write_text(f"{line.key}\n")
    kept = line.run("login", "--url", line.service.url, "--key-file", key_file, "--json")
    assert json.loads(kept.stdout) == {"profile": "default", "url": line.service.url}


def test_login_asks_without_showing_the_key(line: CommandLine) -> None:
    with Terminal("login", **line.settings) as terminal:
        terminal.wait_for(r"Address of the service \[http://127.0.0.1:8080\]: ")
        terminal.enter(f"{line.service.url}\n")
        # The space comes once nothing is shown any more; what was typed before is dropped.
        terminal.wait_for(r"API key \(not shown\): ")
        terminal.enter(f"{line.key}\n")
        assert terminal.end() == 0, terminal.text
        assert line.key not in terminal.raw
    assert line.read("groups", "list")


def test_half_a_login_in_the_environment(line: CommandLine) -> None:
    half = replace(line, environ={"OPENCHANNELS_URL": line.service.url, "OPENCHANNELS_API_KEY": ""})
    done = half.run("groups", "list")
    assert (done.returncode, done.stderr) == (2, "OPENCHANNELS_API_KEY is not set\n")


def test_without_a_login_on_the_service_s_machine(tmp_path: Path) -> None:
    """One key is made, kept for its owner and used again; operators' commands work beside it."""
    data_dir, nobody = tmp_path / "data", {"XDG_CONFIG_HOME": str(tmp_path), **NOBODY}
    key = data_dir / "command-line.key"
    data_dir.mkdir()
    with serving("serve", "--sandbox", "--data-dir", data_dir) as (_, url):
        for _ in range(2):
            listed = run("groups", "list", "--json", "--data-dir", data_dir, **nobody)
            assert listed.returncode == 0, listed.stderr
            assert listed.stderr == f"Not logged in: using the service at {url}, over {data_dir}.\n"
            assert json.loads(listed.stdout)["name"] == "default"
        assert mode(key) == 0o600
        made = json.loads(run("keys", "list", "--json", "--data-dir", data_dir).stdout)
        assert [(one["name"], one["user"]) for one in made] == [("command line", "me")]
        assert key.read_text().strip() not in listed.stdout + listed.stderr
        assert run("keys", "revoke", made[0]["id"], "--data-dir", data_dir).returncode == 0
        revoked = run("groups", "list", "--data-dir", data_dir, **nobody)
        assert revoked.returncode == 3
        assert "delete the file" in revoked.stderr
        make_key(data_dir)
        key.unlink()
        two_users = run("groups", "list", "--data-dir", data_dir, **nobody)
        assert two_users.returncode == 3
        assert "acme, me" in two_users.stderr
    gone = run("groups", "list", "--data-dir", data_dir, **nobody)
    assert gone.returncode == 3
    assert "no service is running" in gone.stderr


def test_variables_of_the_sdk_are_no_unknown_settings(line: CommandLine) -> None:
    done = run(
        "doctor", "--data-dir", line.home, OPENCHANNELS_URL="http://x", OPENCHANNELS_API_KEY="k"
    )
    assert "OPENCHANNELS_URL" not in done.stdout + done.stderr
