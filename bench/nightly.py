"""The nightly job of `examples/nightly.py` beside the same by plain HTTP, in turns.

`python -m bench.nightly`: 50 accounts of the sandbox, each with 240 works, into a file of JSON
lines. The plain program knows accounts and page lengths, decodes nothing but JSON, and cannot be
resumed.
"""

import argparse
import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.report import Line, median, plain, print_table
from openchannels.client import Client
from tests.harness.commands import make_key, serving

ROOT = Path(__file__).parents[1]
PAGES = {"tiktok": 20, "threads": 100, "KWAI": 200, "instagram": 100, "douyin": 20}
"""Platforms of which an ordinary person has all works of the sandbox, and their longest page."""
IN_FLIGHT = 8


@contextlib.contextmanager
def service(folder: Path, accounts: int, works: int) -> Iterator[tuple[str, str]]:
    """A service over a sandbox, both of their own process, with connected accounts."""
    grants = folder / "sandbox"
    with (
        serving("sandbox", "--data-dir", grants, "--works", str(works)) as (_, sandbox),
        serving("serve", "--data-dir", folder, "--sandbox-url", sandbox) as (_, url),
    ):
        key = make_key(folder)["key"]
        with Client(url, key) as client:
            for number in range(accounts):
                connect(client, [*PAGES][number % len(PAGES)], f"night{number}")
        yield url, key


def connect(client: Client, platform: str, person: str) -> None:
    connection = client.connect(platform)
    address = f"{connection.url}&sandbox_decision=approve&sandbox_person={person}"
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address).close()
    connection.wait(poll=0.02)


def by_sdk(url: str, key: str, file: Path) -> None:
    """Runs the example as a person does, with the start of its process."""
    environ = {**os.environ, "OPENCHANNELS_URL": url, "OPENCHANNELS_API_KEY": key}
    command = [sys.executable, ROOT / "examples/nightly.py", file]
    subprocess.run(command, env=environ, check=True)


def by_plain_http(url: str, key: str, file: Path) -> None:
    command = [sys.executable, "-m", "bench.nightly", "--plain", url, key, file]
    subprocess.run(command, cwd=ROOT, check=True)


def write_plainly(url: str, key: str, file: Path) -> None:
    """Reads the accounts in threads, each its list from page to page over one connection."""
    first = http.client.HTTPConnection(urlsplit(url).netloc)
    accounts = answer(first, key, "/accounts?limit=100")["list"]
    with file.open("wb") as output, ThreadPoolExecutor(IN_FLIGHT) as threads:
        for lines in threads.map(lambda account: list(lines_of(url, key, account)), accounts):
            output.writelines(lines)


def lines_of(url: str, key: str, account: dict[str, Any]) -> Iterator[bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    query = {"accountId": account["id"], "pagination[limit]": PAGES[account["type"]]}
    while True:
        page = answer(connection, key, f"/works/{account['type']}?{urlencode(query)}")
        for work in page["items"]:
            yield json.dumps({"account": account["id"], **work}, ensure_ascii=False).encode()
            yield b"\n"
        if not page["pagination"]["hasNext"]:
            return
        query["pagination[cursor]"] = page["pagination"]["nextCursor"]


def answer(connection: http.client.HTTPConnection, key: str, path: str) -> Any:
    connection.request("GET", f"/api/v2/channels{path}", headers={"X-Api-Key": key})
    envelope = json.loads(connection.getresponse().read())
    assert envelope["code"] == 0, envelope
    return envelope["data"]


def measure(accounts: int, works: int, rounds: int) -> list[Line]:
    took: dict[str, list[float]] = {"sdk": [], "plain": []}
    with (
        tempfile.TemporaryDirectory(prefix="openchannels-nightly-") as place,
        service(Path(place), accounts, works) as (url, key),
    ):
        for turn in range(rounds):
            for name, job in (("sdk", by_sdk), ("plain", by_plain_http)):
                file = Path(place) / f"{name}{turn}.jsonl"
                began = time.perf_counter()
                job(url, key, file)
                took[name].append(time.perf_counter() - began)
                lines = file.read_bytes().count(b"\n")
                assert lines == accounts * works, f"{name} wrote {lines} works"
    sdk, plainly = median(took["sdk"]), median(took["plain"])
    return [
        plain("by the SDK", sdk, " s"),
        plain("by plain HTTP", plainly, " s"),
        plain("ratio", sdk / plainly),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--accounts", type=int, default=50)
    options.add_argument("--works", type=int, default=240, help="of each account")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--plain", nargs=3, metavar=("URL", "KEY", "FILE"), help="for itself")
    given = options.parse_args()
    if given.plain:
        url, key, file = given.plain
        write_plainly(url, key, Path(file))
        return
    lines = measure(given.accounts, given.works, given.rounds)
    print_table(f"{given.accounts} accounts, {given.accounts * given.works:,} works", lines)


if __name__ == "__main__":
    main()
