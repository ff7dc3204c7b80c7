"""Canaries: no secret is found outside the sealed columns, whatever goes wrong, at debug level.

Real processes are worked, failed and killed; then `grep` looks for every token, code, cookie,
state, verifier, key and signing secret in answers, pages, webhooks, logs, exported traces, in the
database's and the job store's files as they lie on the disk, and in a dump of all columns that are
not sealed.
"""

import base64
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import asyncpg
from sqlalchemy import LargeBinary, select

from openchannels.app.bootstrap import open_runtime
from openchannels.core.sessions import Binding
from openchannels.service.sealing import session_row
from openchannels.settings import Settings, load_settings
from openchannels.store.tables import auth_sessions, metadata
from tests.harness.collector import collecting
from tests.harness.paths import API
from tests.harness.processes import Process, client
from tests.harness.receiver import receiving
from tests.harness.settings import store_environ
from tests.harness.waiting import until
from tests.soak.canary_flows import PLATFORMS, Scene, kept, one_round, refusing, texts
from tests.soak.program import program

SEALED = {
    *("sealed", "sealed_before", "hash", "state_hash", "browser_hash", "upload_hash"),
    *("request_hash", "request_digest", "token_hash"),
}
"""Columns that may hold what a secret was made into."""
FILES = ("openchannels.db*", "jobs.db*", "stderr*.log")
DATA = ("base", "pg_wal")
"""Where PostgreSQL keeps tables and its write-ahead log."""
LEAST_HOOKS = 8
APPS = ("youtube", "bilibili", "facebook")


async def run(
    folder: Path, database: str | None, rounds: int, platforms: Sequence[str] = PLATFORMS
) -> Mapping[str, Any]:
    """Do all flows so many times and search."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    found = folder / "found"
    environ = {
        **store_environ(database),
        "OPENCHANNELS_SERVER__LOG_LEVEL": "debug",
        "OPENCHANNELS_SERVER__LOG_FORMAT": "json",
        "OPENCHANNELS_SERVER__PORT": "0",
        "OPENCHANNELS_PLATFORMS__WXSPH__LIST_WORKS": "true",
        "OPENCHANNELS_WEBHOOKS__ALLOWED_NETWORKS": "127.0.0.0/8",
        "SOAK_LEASE": "2",
    }
    secrets: set[str] = set()
    async with AsyncExitStack() as stack:
        played = folder / "played"
        played.mkdir()
        sandbox = await stack.enter_async_context(Process(played, "--sandbox", environ={}))
        http = await stack.enter_async_context(client())
        collector = stack.enter_context(collecting())
        # Exported soon: what a killed process holds is lost.
        environ |= {**collector.environ, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        environ["OPENCHANNELS_SANDBOX__URL"] = sandbox.url
        settings = load_settings(data_dir=folder, environ=environ)
        keys = await make_keys(settings)
        service = await stack.enter_async_context(Process(folder, environ=environ))
        scene = Scene(http, service, sandbox.url, keys)
        receiver = stack.enter_context(receiving())
        refusing(receiver)
        await webhooks(scene, f"{receiver.origin}/hook")
        for number in range(rounds):
            await one_round(scene, str(number), platforms)
        # A killed process takes along what it had not exported yet: this connection is not killed.
        await scene.connect("facebook", "undisturbed")
        await until(lambda: len(receiver.messages) >= LEAST_HOOKS)
        await until(lambda: "task webhooks" in {span.name for span in collector.spans})
        secrets = scene.secrets | await verifiers(settings)
        snapshot(folder, found)
        await service.end(signal.SIGTERM)
    secrets |= {key.key for key in keys} | {key.signing_secret for key in keys}
    secrets |= {f"sandbox-{name}-secret" for name in APPS} | issued(played / "sandbox.db")
    secrets |= masters(settings)
    kept(found, "answers", scene.seen)
    hooks = [f"{one.headers} {one.body.decode()}" for one in receiver.messages]
    kept(found, "webhooks", hooks)
    # Protobuf holds texts as they are.
    traces = [f"{one.headers} {one.body.decode(errors='replace')}" for one in collector.messages]
    kept(found, "traces", traces)
    columns = await unsealed(settings)
    kept(found, "columns", columns)
    snapshot(folder, found, "after-")
    places = [found, *([] if database is None else postgres_folders(database))]
    secrets = texts(secrets)
    leaks = search(secrets, *places)
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    return {
        "rounds": rounds,
        "canaries": len(secrets),
        "forms": len(forms(secrets)),
        "answers": len(scene.seen),
        "webhooks": len(hooks),
        "spans": len(collector.spans),
        "rows": len(columns),
        "files": len(files),
        "megabytes": round(sum(path.stat().st_size for path in files) / 1e6),
        "problems": leaks[:10],
        "faults": len(leaks) + sum(not part for part in (scene.seen, hooks, traces, columns)),
    }


async def make_keys(settings: Settings) -> list[Any]:
    """A key for each way of binding, and one that was rotated."""
    runtime = await open_runtime(settings, public_url="http://unused")
    keys = runtime.services.api_keys
    made = [await keys.create("canary", binding=binding) for binding in Binding]
    ordered = {key.binding: key for key in made}
    rotated = await keys.rotate(ordered[Binding.DIRECT].id, 86_400)
    await runtime.close()
    assert rotated is not None
    first = ordered[Binding.DIRECT], ordered[Binding.CONFIRM], ordered[Binding.BOUND]
    return [*first, rotated]


async def webhooks(scene: Scene, url: str) -> None:
    """Two webhooks, one with a changed secret; the answers that show secrets are not kept."""
    for number in range(2):
        body = {"url": f"{url}/{number}"}
        keyed = {"Idempotency-Key": f"hook-{number}"}
        for _ in range(2):
            made = await scene.call("POST", f"{API}/webhooks", keep=False, json=body, headers=keyed)
        scene.secrets.add(made["secret"])
    path = f"{API}/webhooks/{made['id']}/rotate"
    changed = await scene.call("POST", path, keep=False, json={"overlapHours": 24})
    scene.secrets.add(changed["secret"])


async def verifiers(settings: Settings) -> set[str]:
    """PKCE verifiers of sessions that still hold one."""
    runtime = await open_runtime(settings, public_url="http://unused")
    vault = runtime.services.context.vault
    query = select(auth_sessions.c.id, auth_sessions.c.sealed).where(
        auth_sessions.c.stage == "pending", auth_sessions.c.sealed.is_not(None)
    )
    rows = await runtime.db.read(lambda c: c.execute(query).all())
    found = {vault.open(row.sealed, session_row(row.id)).decode() for row in rows}
    await runtime.close()
    assert found
    return found


def issued(state: Path) -> set[str]:
    """Codes and tokens that the sandbox handed out."""
    with closing(sqlite3.connect(state)) as shared_state:
        codes = shared_state.execute("SELECT code FROM codes").fetchall()
        tokens = shared_state.execute("SELECT token FROM tokens").fetchall()
    return {value for (value,) in (*codes, *tokens)}


def masters(settings: Settings) -> set[str]:
    """The master keys, as they stand in the settings or in the keyring's file."""
    keys = settings.vault.master_keys()
    if keys:
        return {base64.b64encode(key).decode() for key in keys.values()}
    text = settings.keyring_path.read_text()
    return {part for part in text.split('"') if len(part) == 44}


async def unsealed(settings: Settings) -> list[str]:
    """Every row of every table, our own without the sealed columns; the job store's as it is."""
    for table in metadata.sorted_tables:
        plain = [column for column in table.c if column.name not in SEALED]
        assert not any(isinstance(column.type, LargeBinary) for column in plain), table.name
    if settings.uses_postgresql:
        return await _postgres_rows(settings.database_url)
    files = (settings.database_url.removeprefix("sqlite:///"), settings.jobs_path)
    return [row for path in files for row in _sqlite_rows(path)]


def _sqlite_rows(path: str | Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        found = []
        for (table,) in names:
            heads = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            shown = ", ".join(f'"{head}"' for head in heads if head not in SEALED)
            found += [
                f"{table} {row}" for row in database.execute(f'SELECT {shown} FROM "{table}"')
            ]
    return found


async def _postgres_rows(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    columns = await connection.fetch(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    tables: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in columns:
        if column not in SEALED:
            tables.setdefault((schema, table), []).append(f'"{column}"')
    found = []
    for (schema, table), names in tables.items():
        rows = await connection.fetch(f'SELECT {", ".join(names)} FROM "{schema}"."{table}"')
        found += [f"{table} {tuple(row)}" for row in rows]
    await connection.close()
    return found


def snapshot(folder: Path, into: Path, prefix: str = "running-") -> int:
    """Copy the service's files as they lie there, write-ahead logs included; returns how many."""
    into.mkdir(exist_ok=True)
    found = [path for pattern in FILES for path in folder.glob(pattern)]
    for path in found:
        shutil.copy(path, into / (prefix + path.name))
    return len(found)


def postgres_folders(url: str) -> list[Path]:
    """Where the server of these tests keeps its files."""
    return [Path(parse_qs(urlsplit(url).query)["host"][0]) / name for name in DATA]


def forms(secrets: set[str]) -> set[str]:
    """Secrets as they are, and as addresses, JSON, hexadecimal and base64 would hold them."""
    written = set(secrets)
    for secret in secrets:
        raw = secret.encode()
        written |= {quote(secret, safe=""), raw.hex(), secret.replace("/", "\\/")}
        # The first whole groups stay the same wherever base64 text ends.
        written.add(base64.b64encode(raw[: len(raw) // 3 * 3]).decode())
    return written


def search(secrets: set[str], *places: Path) -> list[str]:
    """Where canaries are, by file; each cut so that it does not leak once more."""
    patterns = places[0].with_name("patterns")
    patterns.write_text("\n".join(sorted(forms(secrets))))
    command = ["grep", "-rFaoH", "-f", str(patterns), *map(str, places)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    where = (line.removeprefix(f"{places[0]}/").partition(":") for line in lines)
    return sorted({f"{name}: {canary[:12]}..." for name, _, canary in where})


if __name__ == "__main__":
    program(__doc__, run, 10)
