"""The access log: one whole line a request, without secrets, in both forms."""

import json

import pytest

from openchannels.app.access_log import AccessLog
from openchannels.core.request_record import RequestRecord
from tests.harness.waiting import until

ID = "r" * 24


def report(log: AccessLog, path: str, status: int | None = 200, code: int | None = None) -> None:
    record = RequestRecord(ID)
    record.code = code
    log("GET", path, status, "192.0.2.1", 1.26, record)


async def written(log: AccessLog, capsys: pytest.CaptureFixture[str], path: str) -> str:
    """What the log writes of itself, a moment after a request."""
    report(log, path)
    return await until(lambda: capsys.readouterr().err)


async def test_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    line = json.loads(await written(AccessLog("json"), capsys, "/api/v2/x"))
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "method": "GET",
        "path": "/api/v2/x",
        "http_status": 200,
        "client": "192.0.2.1",
        "ms": 1.3,
        "request_id": ID,
        "event": "request",
        "level": "info",
    }


async def test_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    line = await written(AccessLog("console"), capsys, "/api/v2/x")
    assert " [info     ] request  " in line
    assert line.endswith(f" method=GET ms=1.3 path=/api/v2/x request_id={ID}\n")


@pytest.mark.parametrize(
    ("code", "status", "level"),
    [
        (0, 200, "info"),
        (10002, 200, "info"),
        (401, 200, "info"),
        (15094, 200, "warning"),
        (15009, 200, "warning"),
        (500, 200, "error"),
        (503, 503, "error"),
        (None, 404, "info"),
        (None, 500, "error"),
        (None, None, "error"),
    ],
)
async def test_the_level_is_by_outcome(
    code: int | None, status: int | None, level: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for least in ("info", "warning", "error"):
        log = AccessLog("json", least)
        report(log, "/x", status, code)
        log.flush()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["level"] for line in lines} == {level}
    assert len(lines) == ["info", "warning", "error"].index(level) + 1


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_path_cannot_forge_a_line(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = await written(AccessLog(form), capsys, "/a\nforged http_status=500")  # type: ignore[arg-type]
    assert text.count("\n") == 1


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_secret_is_taken_out(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    key = "oc_" + "k" * 43
    log = AccessLog(form)  # type: ignore[arg-type]
    record = RequestRecord(ID)
    record.account_id, record.platform = f"x {key}\nforged", "p" * 1000
    log("GET", f"/api/{key}", 200, "192.0.2.1", 0.0, record)
    log.flush()
    text = capsys.readouterr().err
    assert key not in text
    assert text.count("[redacted]") == 2
    assert text.count("\n") == 1
    assert "p" * 129 not in text


async def test_lines_are_written_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    log = AccessLog("json")
    for number in range(150):
        report(log, f"/{number}")
    log.flush()
    paths = [json.loads(line)["path"] for line in capsys.readouterr().err.splitlines()]
    assert paths == [f"/{number}" for number in range(150)]
