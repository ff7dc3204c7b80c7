"""Canaries: no secret leaves the sealed columns, whatever goes wrong, at debug level."""

import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import LargeBinary, select
from yarl import URL

from openchannels import main
from openchannels.service.sessions import vault_row
from openchannels.settings import load_settings
from openchannels.store.database import open_database
from openchannels.store.tables import auth_sessions, credentials, metadata
from tests.soak.processes import Process, client
from tests.soak.rig import API, callback_params, store_environ

SEALED = {"sealed", "sealed_before", "hash", "state_hash", "browser_hash"}


class Exchange:
    """Calls a real process and keeps every byte that it answers."""

    def __init__(self, http: Any, url: str, key: str) -> None:
        self.http, self.url, self._key = http, url, key
        self.seen: list[str] = []

    async def call(self, method: str, path: str, **options: Any) -> Any:
        headers = {"X-Api-Key": self._key}
        async with self.http.request(method, self.url + path, headers=headers, **options) as answer:
            self.seen.append(f"{answer.headers} {await answer.text()}")
            return (await answer.json())["data"]

    async def page(self, url: str, cookie: str = "") -> Any:
        headers = {"Cookie": cookie} if cookie else {}
        async with self.http.get(
            URL(url, encoded=True), headers=headers, allow_redirects=False
        ) as page:
            # The proof and the platform's own answers are for this browser; pages are for eyes.
            kept = [f"{name}: {value}" for name, value in page.headers.items()
                    if name.lower() != "set-cookie"]  # fmt: skip
            ours = url.startswith(self.url)
            if ours:
                self.seen.append(" ".join(kept) + await page.text())
            return page


async def test_no_canary_is_found(database: str | None, tmp_path: Path) -> None:
    environ = {**store_environ(database), "OPENCHANNELS_SERVER__LOG_LEVEL": "debug",
               "OPENCHANNELS_SERVER__LOG_FORMAT": "json", "OPENCHANNELS_SERVER__PORT": "0",
               "OPENCHANNELS_PLATFORMS__WXSPH__LIST_WORKS": "true"}  # fmt: skip
    async with Process(tmp_path, "--sandbox", environ={}) as sandbox, client() as http:
        environ["OPENCHANNELS_SANDBOX__URL"] = sandbox.url
        settings = load_settings(data_dir=tmp_path, environ=environ)
        runtime = await main.open_runtime(settings, public_url="http://unused")
        key = await runtime.services.keys.create("canary")
        await runtime.close()
        service = Process(tmp_path, environ=environ)
        async with service:
            exchange = Exchange(http, service.url, key.key)
            secrets = {key.key, key.signing_secret}
            secrets |= {f"sandbox-{one}-secret" for one in ("youtube", "bilibili", "facebook")}
            secrets |= await flows(exchange, sandbox.url)
            secrets |= await verifiers(settings)
            raw = bytes_of(tmp_path)
            await service.end(signal.SIGTERM)
        secrets |= issued(tmp_path / "sandbox.db")
        cookies = {secret for secret in secrets if "sandbox-" in secret}
        assert len(cookies) >= 2
        assert len(secrets) > 40
        stored = await unsealed(settings)
        places = {
            "log": service.log.read_text(),
            "columns": stored,
            "files": (raw + bytes_of(tmp_path)).decode("latin-1"),
        }
    for place, text in places.items():
        assert [secret[:12] for secret in secrets if secret in text] == [], place
    assert leaked_in_answers(exchange.seen, secrets) == []
    # What was searched is what these flows wrote.
    assert "authorization failed" in places["log"]
    assert "account is offline" in places["log"]
    assert "account.connected" in places["columns"]
    assert "youtube_" in places["files"] or database is not None


def leaked_in_answers(seen: list[str], secrets: set[str]) -> list[str]:
    """Secrets in answers other than the state in the address that a start hands out."""
    texts = [re.sub(r'"url":"[^"]+"', "", text) for text in seen]
    return [secret[:12] for secret in secrets if any(secret in text for text in texts)]


async def flows(exchange: Exchange, sandbox: str) -> set[str]:
    """Everything that touches a secret, going well and going wrong; returns states and cookies."""
    secrets: set[str] = set()

    async def fault(kind: str) -> None:
        body = {"host": "*", "kind": kind, "times": 1}
        async with exchange.http.post(f"{sandbox}/_faults", json=body) as answer:
            assert answer.status == 201

    async def heal() -> None:
        async with exchange.http.delete(f"{sandbox}/_faults") as answer:
            assert answer.status == 200

    async def connect(
        platform: str, person: str, decision: str = "approve", wrong: str = ""
    ) -> Any:
        started = await exchange.call("GET", f"{API}/accounts/auth/{platform}")
        decided = f"&sandbox_decision={decision}&sandbox_person={person}"
        callback = (await exchange.page(started["url"] + decided)).headers["location"]
        params = callback_params(callback)
        secrets.add(params["state"])
        if wrong:
            await fault(wrong)
        first = await exchange.page(callback)
        await heal()
        cookie = first.headers.get("set-cookie", "").partition(";")[0]
        secrets.add(cookie.partition("=")[2])
        await exchange.page(f"{exchange.url}/connect/{started['sessionId']}", cookie)
        for again in (callback, callback.replace("/auth/", "/auth/x"), f"{callback}&iss=x"):
            await exchange.page(again)
        path = f"{API}/accounts/auth/{platform}/status/{started['sessionId']}"
        return await exchange.call("GET", path)

    for platform in ("youtube", "bilibili", "facebook"):
        done = await connect(platform, "ida")
        assert done["status"] == "completed", done
        account = f"{API}/accounts/{done['accountId']}/auth-status"
        works = f"{API}/works/{platform}?accountId={done['accountId']}"
        await exchange.call("GET", account)
        for kind in ("dead_grant", "server_error", "html", "rate_limit", "malformed", "drop"):
            await fault(kind)
            await exchange.call("GET", works)
            await heal()
        await exchange.call("GET", account)
        await connect(platform, "ida", "deny")
        for kind in ("server_error", "html", "malformed", "drop", "dead_grant"):
            await connect(platform, f"p-{kind.replace('_', '-')}", wrong=kind)
    await connect("facebook", "mara")
    started = await exchange.call("GET", f"{API}/accounts/auth/youtube")
    secrets.add(callback_params(started["url"])["state"])
    for platform in ("xhs", "wxSph"):
        async with exchange.http.get(f"{sandbox}/_world/{platform}/ida") as answer:
            person = await answer.json()
        body = {"type": platform, "nickname": "n", "loginCookie": person["cookie"]}
        body |= {"uid": person["userId"]} if platform == "xhs" else {}
        secrets.add(person["cookie"])
        secrets |= {part.partition("=")[2] for part in person["cookie"].split("; ")
                    if "sandbox-" in part}  # fmt: skip
        made = await exchange.call("POST", f"{API}/accounts", json=body)
        await exchange.call("POST", f"{API}/accounts", json={**body, "loginCookie": "a=b;;"})
        await fault("server_error")
        await exchange.call("POST", f"{API}/accounts", json=body)
        await heal()
        await exchange.call("GET", f"{API}/works/{platform}?accountId={made['id']}")
    return {secret for secret in secrets if secret}


async def verifiers(settings: Any) -> set[str]:
    """PKCE verifiers of sessions that still hold one."""
    runtime = await main.open_runtime(settings, public_url="http://unused")
    vault = runtime.services.context.vault
    query = select(auth_sessions.c.id, auth_sessions.c.sealed).where(
        auth_sessions.c.stage == "pending", auth_sessions.c.sealed.is_not(None)
    )
    rows = await runtime.db.read(lambda c: c.execute(query).all())
    found = {vault.open(row.sealed, vault_row(row.id)).decode() for row in rows}
    await runtime.close()
    assert found
    return found


def issued(state: Path) -> set[str]:
    """Codes and tokens that the sandbox handed out."""
    with closing(sqlite3.connect(state)) as memory:
        codes = memory.execute("SELECT code FROM codes").fetchall()
        tokens = memory.execute("SELECT token FROM tokens").fetchall()
    return {value for (value,) in (*codes, *tokens)}


async def unsealed(settings: Any) -> str:
    """Every value of every column that is not sealed."""
    db = open_database(settings.database_url)
    texts = []
    for table in metadata.sorted_tables:
        columns = [column for column in table.c if column.name not in SEALED]
        assert not any(isinstance(column.type, LargeBinary) for column in columns), table.name
        query = select(*columns)
        texts += [str(row) for row in await db.read(lambda c, q=query: c.execute(q).all())]
    count = select(credentials.c.account_id)
    assert len(await db.read(lambda c: c.execute(count).all())) >= 5
    await db.close()
    return "\n".join(texts)


def bytes_of(folder: Path) -> bytes:
    """The service's own files as they are, the write-ahead log included."""
    names = ("openchannels.db", "openchannels.db-wal", "openchannels.db-shm")
    found = [path.read_bytes() for name in names if (path := folder / name).exists()]
    return b"".join(found) or b"-"


@pytest.mark.parametrize("place", ["log", "answer"])
def test_the_search_itself_finds_a_canary(place: str) -> None:
    secrets = {"ya29.canary"}
    assert leaked_in_answers([f"{place} ya29.canary"], secrets) == ["ya29.canary"]
    assert leaked_in_answers(['{"url":"https://x/?state=ya29.canary"}'], secrets) == []
