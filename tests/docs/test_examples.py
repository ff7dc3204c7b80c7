"""The examples of the documentation run as they are printed."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from openchannels.service.authorization.caller_redirect import signature
from openchannels.service.events.delivery import message
from openchannels.service.events.signing import sign
from tests.harness.commands import COMMAND, run, serving
from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

from .pages import ROOT, Fence, page, pages

TOUR = ("README.md", "docs/api.md", "docs/sandbox.md")
"""In this order: the second page uses the account of the first."""

needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq", "make"))),
    reason="needs bash, curl, jq and make",
)


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server answers, and the directory it was started in."""

    url: str
    place: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`openchannels serve --sandbox` in a directory of its own."""
    place = tmp_path_factory.mktemp("docs")
    with serving("serve", "--sandbox", cwd=place) as (_, url):
        yield Served(url, place)


def shell(name: str) -> list[Fence]:
    """The blocks of a page that call the API."""
    return [f for f in page(name).fences if f.language == "sh" and "curl " in f.text]


def spied(log: Path) -> str:
    """A `curl` that also writes every body down, one a line, and our command."""
    return textwrap.dedent(f"""
        set -euo pipefail
        openchannels() {{ {shlex.join(COMMAND)} "$@"; }}
        curl() {{
            local body
            body=$(command curl "$@")
            printf '%s\\n' "$body" | tee -a {log}
        }}
    """)


@needs_tools
def test_the_tour_runs(served: Served, tmp_path: Path) -> None:
    blocks = [fence.text for name in TOUR for fence in shell(name)]
    assert len(blocks) > 5
    log = tmp_path / "bodies"
    script = spied(log) + "\n".join(blocks).replace("http://127.0.0.1:8080", served.url)
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=served.place,
        env=clean_environ({"OPENCHANNELS_SERVER__PORT": "0"}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    bodies = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    enveloped = [body for body in bodies if "requestId" in body]
    assert [body for body in enveloped if body["code"] != 0] == []
    data = [body["data"] for body in enveloped]
    assert any(d.get("status") == "completed" and d.get("accountId") for d in data)
    assert any(d.get("status") == 1 for d in data)
    listed = next(d for d in data if "items" in d)
    assert len(listed["items"]) == 2
    assert listed["items"][0]["metrics"]
    assert any(body.get("revokedGrants") for body in bodies)
    assert [body for body in bodies if "error" in body] == []


@needs_tools
def test_the_tour_says_where_the_server_listens() -> None:
    text = "".join(fence.text for name in TOUR for fence in shell(name))
    assert set(re.findall(r"https?://[\w.:]+", text)) == {"http://127.0.0.1:8080"}


@needs_tools
def test_the_first_steps_answer_as_printed(tmp_path: Path) -> None:
    """All blocks of the page run, and each answer has the members that the page shows."""
    install, start, *steps = page("docs/start.md").fences
    script, printed = [spied(tmp_path / "bodies"), install.text], []
    for fence in steps:
        if fence.language == "sh":
            script.append(f"{{\n{fence.text}}} > answer-{len(printed)}")
        elif fence.language == "json":
            printed.append(fence.text)
        else:
            script.append(f"export KEY\npython <<'PROGRAM'\n{fence.text}PROGRAM")
    installed_clone(tmp_path)
    program, *words = start.text.split()
    assert program == "openchannels"
    with serving(*words, cwd=tmp_path) as (_, url):
        ran = subprocess.run(
            ["bash", "-c", "\n".join(script).replace("http://127.0.0.1:8080", url)],
            cwd=tmp_path,
            env=clean_environ({"OPENCHANNELS_SERVER__PORT": "0"}),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    answers = [(tmp_path / f"answer-{at}").read_text() for at in range(len(printed))]
    assert len(printed) == 4
    assert [*map(members, answers)] == [*map(members, printed)]
    assert ran.stdout.count("North Pier Bakery ") == 2
    ran_blocks = len(steps) + 2 - len(printed)
    print(f"docs/start.md: {ran_blocks} blocks ran, {len(printed)} answers compared")


def installed_clone(place: Path) -> None:
    """The repository as `make install` leaves it, without what a test could spoil."""
    for name in ("Makefile", "pyproject.toml", "requirements"):
        (place / name).symlink_to(ROOT / name)
    (place / ".venv").mkdir()
    (place / ".venv" / "bin").symlink_to(Path(sys.prefix) / "bin")
    (place / ".venv" / ".runtime-installed").touch()


def members(text: str) -> Any:
    """The names in a JSON text, at every depth."""
    return names_of(json.loads(text))


def names_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: names_of(one) for name, one in value.items()}
    return None


@needs_tools
def test_the_script_of_data_commands_runs(served: Served, tmp_path: Path) -> None:
    """Without a login, on the machine of the service."""
    (script,) = (f.text for f in page("docs/command-line.md").fences if f.language == "sh")
    ran = subprocess.run(
        [
            "bash",
            "-c",
            f'set -euo pipefail\nopenchannels() {{ {shlex.join(COMMAND)} "$@"; }}\n{script}',
        ],
        cwd=served.place,
        env=clean_environ({"XDG_CONFIG_HOME": str(tmp_path)}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert "xhs\t川西骑行志" in ran.stdout
    assert "Deleted Travel." in ran.stderr
    assert "exit code" not in ran.stdout


def form(secret: str, **changed: str) -> dict[str, str]:
    """A posted result, signed, then changed."""
    fields = {
        "platform": "youtube",
        "nickname": "窑与土 Kiln & Clay",
        "accounts": '[{"relayAccountRef":"youtube_1","nickname":"窑与土"}]',
        "sessionId": "Zk3v9Qx1LmN0pRsT",
        "status": "completed",
        "timestamp": str(int(time.time())),
    }
    signed = changed.pop("signed_at", None)
    if signed:
        fields["timestamp"] = signed
    fields["signature"] = signature(secret, fields)
    return {**fields, **changed}


SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="


def cases() -> list[tuple[dict[str, str], bool]]:
    """Forms and whether they are good, made now: an old timestamp is refused."""
    return [
        (form(SECRET), True),
        (form(SECRET, accounts="[]"), False),
        (form(SECRET, status="failed"), False),
        (form(SECRET, errorCode="15013"), False),
        (form(SECRET, sessionId="Zk3v9Qx1LmN0pRsU"), False),
        (form(SECRET, timestamp=str(int(time.time()) - 5)), False),
        (form(SECRET, signature="v1,"), False),
        (form(SECRET, signature="é"), False),
        (form(SECRET, signed_at=str(int(time.time()) - 3600)), False),
        (form("whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="), False),
        ({}, False),
    ]


def sample(language: str, name: str) -> str:
    """The block of the API's page that defines a function."""
    found = [
        f for f in page("docs/api.md").fences if f.language == language and f"{name}(" in f.text
    ]
    return found[0].text


def test_the_python_sample_verifies() -> None:
    names: dict[str, object] = {}
    exec(sample("python", "verified"), names)
    verified = names["verified"]
    assert callable(verified)
    made = cases()
    assert [verified(fields, SECRET) for fields, _ in made] == [good for _, good in made]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_the_javascript_sample_verifies(tmp_path: Path) -> None:
    program = tmp_path / "verify.cjs"
    made = cases()
    forms = json.dumps([fields for fields, _ in made])
    program.write_text(
        sample("javascript", "verified")
        + f"\nconsole.log(JSON.stringify({forms}.map((form) => verified(form, {SECRET!r}))));\n"
    )
    ran = subprocess.run(["node", program], capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [good for _, good in made]


def test_the_client_sample_lists(served: Served) -> None:
    names: dict[str, object] = {}
    exec(sample("python", "newest_videos"), names)
    newest_videos = names["newest_videos"]
    assert callable(newest_videos)
    made = subprocess.run(
        [*COMMAND, "keys", "create", "--user", "sample", "--json"],
        cwd=served.place,
        env=clean_environ({"OPENCHANNELS_SERVER__PORT": "0"}),
        capture_output=True,
        text=True,
        check=True,
    )

    def approve(url: str) -> None:
        address = f"{url}&sandbox_decision=approve&sandbox_person=ann"
        with urlopen(address, timeout=PATIENCE) as answer:
            assert answer.status == 200

    listed = newest_videos(served.url, json.loads(made.stdout)["key"], approve)
    assert len(listed) == 10
    assert all(line.endswith(" views") for line in listed)


def test_the_skill_runs_from_top_to_bottom(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What coding agents copy: each block uses those above it."""
    made = run("keys", "create", "--user", "skill", "--json", "--data-dir", served.place / "data")
    monkeypatch.setenv("OPENCHANNELS_URL", served.url)
    monkeypatch.setenv("OPENCHANNELS_API_KEY", json.loads(made.stdout)["key"])
    names: dict[str, Any] = {}
    for fence in page("docs/skills/openchannels/SKILL.md").fences:
        assert fence.language == "python"
        exec(fence.text, names)
    newest, limited = capsys.readouterr().out.splitlines()
    assert newest
    assert limited.startswith("later: in ")
    assert names["receive"](SECRET, {}, b"{}") == 401


def test_json_examples_are_json() -> None:
    examples = [
        fence.text
        for name in (*TOUR, "docs/agents.md", "docs/start.md")
        for fence in page(name).fences
        if fence.language == "json"
    ]
    assert examples
    assert all(isinstance(json.loads(text), dict) for text in examples)


def test_the_receiver_takes_each_event_once_and_keeps_the_latest() -> None:
    names: dict[str, Any] = {}
    exec(sample("python", "verify_webhook"), names)
    receiver = names["Receiver"](SECRET)

    def post(message_id: str, sequence: int, kind: str, secret: str = SECRET) -> int:
        data = {"accountId": "tiktok_1", "sequence": sequence}
        body = message(f"account.{kind}", 1795248000.0, data)
        moment = str(int(time.time()))
        headers = {
            "Webhook-Id": message_id,
            "Webhook-Timestamp": moment,
            "Webhook-Signature": "v1,other " + sign(secret, message_id, moment, body),
        }
        return int(receiver.receive(headers, body))

    assert [post("evt_2", 2, "offline"), post("evt_1", 1, "connected")] == [204, 204]
    assert post("evt_2", 2, "offline") == 204
    assert receiver.latest == {"tiktok_1": (2, "account.offline")}
    assert post("evt_3", 3, "recovered", "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZg==") == 401
    assert len(receiver.seen) == 2


def test_python_examples_compile() -> None:
    examples = [
        (one.name, fence.text)
        for one in pages()
        for fence in one.fences
        if fence.language == "python"
    ]
    assert examples
    for name, program in examples:
        assert compile(textwrap.dedent(program), name, "exec")
