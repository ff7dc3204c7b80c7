"""The access log: one whole line a request, without secrets, in both forms."""

import asyncio
import json

import pytest

from openchannels.app.logging import AccessLog


async def written(log: AccessLog, capsys: pytest.CaptureFixture[str], path: str) -> str:
    log("GET", path, 200, 1.26, "r" * 24)
    await asyncio.sleep(0.1)
    return capsys.readouterr().err


async def test_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    line = json.loads(await written(AccessLog("json"), capsys, "/api/v2/x"))
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "method": "GET",
        "path": "/api/v2/x",
        "http_status": 200,
        "ms": 1.3,
        "request_id": "r" * 24,
        "event": "request",
        "level": "info",
    }


async def test_a_line_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    line = await written(AccessLog("console"), capsys, "/api/v2/x")
    assert " [info     ] request  " in line
    assert line.endswith(f" method=GET ms=1.3 path=/api/v2/x request_id={'r' * 24}\n")


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_path_cannot_forge_a_line(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = await written(AccessLog(form), capsys, "/a\nforged http_status=500")  # type: ignore[arg-type]
    assert text.count("\n") == 1


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_secret_is_taken_out(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    key = "oc_" + "k" * 43
    text = await written(AccessLog(form), capsys, f"/api/{key}")  # type: ignore[arg-type]
    assert key not in text
    assert "[redacted]" in text


async def test_lines_are_written_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    log = AccessLog("json")
    for number in range(150):
        log("GET", f"/{number}", 200, 0.0, "r")
    log.flush()
    paths = [json.loads(line)["path"] for line in capsys.readouterr().err.splitlines()]
    assert paths == [f"/{number}" for number in range(150)]
