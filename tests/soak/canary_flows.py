"""Flows that touch secrets, going well and going wrong, against real processes."""

import asyncio
import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from openchannels.service.api_keys import NewKey
from tests.harness.browser import callback_params
from tests.harness.paths import API
from tests.harness.processes import Process
from tests.harness.receiver import Receiver

PLATFORMS = ("youtube", "bilibili", "facebook")
CALL_FAULTS = ("dead_grant", "server_error", "html", "rate_limit", "malformed", "drop")
CALLBACK_FAULTS = ("server_error", "html", "malformed", "drop", "dead_grant")
PAGES = (
    *("/", "/reference", "/reference/operations", "/openapi.json"),
    *("/metrics", "/health", "/ready", "/nothing"),
)
KILL_SECONDS = 0.6
HELD_MILLISECONDS = 4000


@dataclass
class Scene:
    """The processes, what they answered, and the secrets that went in."""

    http: aiohttp.ClientSession
    service: Process
    sandbox: str
    keys: list[NewKey]
    secrets: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)

    async def call(
        self, method: str, path: str, key: NewKey | None = None, *, keep: bool = True, **more: Any
    ) -> Any:
        """Call as a tool builder's back end; without `keep` the answer may show a secret."""
        headers = {"X-Api-Key": (key or self.keys[0]).key, **more.pop("headers", {})}
        url = self.service.url + path
        async with self.http.request(method, url, headers=headers, **more) as answer:
            if keep:
                self.seen.append(f"{answer.headers} {without_start(await answer.text())}")
            return (await answer.json())["data"]

    async def page(self, url: str, cookie: str = "") -> Any:
        """Open a page as a browser; its cookies are its own."""
        headers = {"Cookie": cookie} if cookie else {}
        target = URL(url, encoded=True)
        async with self.http.get(target, headers=headers, allow_redirects=False) as page:
            kept = [f"{n}: {v}" for n, v in page.headers.items() if n.lower() != "set-cookie"]
            text = await page.text()
            if url.startswith(self.service.url):
                self.seen.append(" ".join(kept) + text)
            return page

    async def fault(self, kind: str, **rule: Any) -> None:
        body = {"host": "*", "kind": kind, "times": 1, **rule}
        async with self.http.post(f"{self.sandbox}/_faults", json=body) as answer:
            assert answer.status == 201, await answer.text()

    async def heal(self) -> None:
        async with self.http.delete(f"{self.sandbox}/_faults") as answer:
            assert answer.status == 200

    async def callback(
        self, platform: str, person: str, decision: str = "approve", key: NewKey | None = None
    ) -> tuple[str, str]:
        """Start and decide; returns the session's id and the callback's address."""
        started = await self.call("GET", f"{API}/accounts/auth/{platform}", key)
        decided = f"&sandbox_decision={decision}&sandbox_person={person}"
        callback = (await self.page(started["url"] + decided)).headers["location"]
        self.secrets.add(callback_params(callback)["state"])
        return started["sessionId"], callback

    async def connect(
        self,
        platform: str,
        person: str,
        decision: str = "approve",
        wrong: str = "",
        key: NewKey | None = None,
    ) -> Any:
        session, callback = await self.callback(platform, person, decision, key)
        if wrong:
            await self.fault(wrong)
        first = await self.page(callback)
        await self.heal()
        cookie = first.headers.get("set-cookie", "").partition(";")[0]
        self.secrets.add(cookie.partition("=")[2])
        await self.page(f"{self.service.url}/connect/{session}", cookie)
        for again in (callback, callback.replace("/auth/", "/auth/x"), f"{callback}&iss=x"):
            await self.page(again)
        path = f"{API}/accounts/auth/{platform}/status/{session}"
        return await self.call("GET", path, key)


def without_start(text: str) -> str:
    """An answer without the address that a start hands out: the state in it is for the person."""
    return re.sub(r'"url":"[^"]+"', "", text)


async def one_round(scene: Scene, tag: str, platforms: Iterable[str]) -> None:
    """All flows once, by people of this round."""
    for platform in platforms:
        await platform_round(scene, platform, tag)
    await scene.connect("facebook", f"mara-{tag}")
    await bindings(scene, tag)
    await plugins(scene, f"ida-{tag}")
    await killed(scene, tag)
    for path in PAGES:
        await scene.page(scene.service.url + path)
    await scene.page(f"{scene.service.url}{API}/accounts?X-Api-Key={scene.keys[0].key}")
    await scene.call("GET", f"{API}/audit")
    await scene.call("GET", f"{API}/events")
    await scene.call("GET", f"{API}/auth-sessions")
    keyed = {"Idempotency-Key": f"start-{tag}"}
    started = await scene.call("GET", f"{API}/accounts/auth/youtube", headers=keyed)
    scene.secrets.add(callback_params(started["url"])["state"])


async def platform_round(scene: Scene, platform: str, tag: str) -> None:
    done = await scene.connect(platform, f"ida-{tag}")
    assert done["status"] == "completed", done
    account, works = f"{API}/accounts/{done['accountId']}", f"{API}/works/{platform}"
    for kind in CALL_FAULTS:
        await scene.fault(kind)
        await scene.call("GET", works, params={"accountId": done["accountId"]})
        await scene.heal()
    await scene.call("GET", f"{account}/auth-status")
    await scene.connect(platform, f"ida-{tag}", "deny")
    for kind in CALLBACK_FAULTS:
        await scene.connect(platform, f"p-{kind.replace('_', '-')}-{tag}", wrong=kind)
    done = await scene.connect(platform, f"leaving-{tag}")
    gone = f"{API}/accounts/{done['accountId']}"
    await scene.call("POST", f"{gone}/revoke")
    await scene.call("DELETE", gone)


async def bindings(scene: Scene, tag: str) -> None:
    """Sessions that only one browser may finish, and one that waits for a yes."""
    confirming, bound = scene.keys[1:3]
    await scene.connect("youtube", f"asked-{tag}", key=confirming)
    started = await scene.call("GET", f"{API}/accounts/auth/youtube", bound)
    page = await scene.page(started["url"] + "&sandbox_decision=approve&sandbox_person=bound")
    cookie = page.headers.get("set-cookie", "").partition(";")[0]
    scene.secrets.add(cookie.partition("=")[2])


async def plugins(scene: Scene, person: str) -> None:
    for platform in ("xhs", "wxSph"):
        async with scene.http.get(f"{scene.sandbox}/_world/{platform}/{person}") as answer:
            world = await answer.json()
        body = {"type": platform, "nickname": "n", "loginCookie": world["cookie"]}
        body |= {"uid": world["userId"]} if platform == "xhs" else {}
        parts = (part.partition("=")[2] for part in world["cookie"].split("; "))
        scene.secrets |= {world["cookie"], *(part for part in parts if "sandbox-" in part)}
        made = await scene.call("POST", f"{API}/accounts", json=body)
        await scene.call("POST", f"{API}/accounts", json={**body, "loginCookie": "a=b;;"})
        await scene.fault("server_error")
        await scene.call("POST", f"{API}/accounts", json=body)
        await scene.heal()
        await scene.call("GET", f"{API}/works/{platform}", params={"accountId": made["id"]})


async def killed(scene: Scene, tag: str) -> None:
    """Kill the service with -9 in the middle of a callback and of a refresh, and start it again."""
    session, callback = await scene.callback("youtube", f"killed-{tag}")
    await scene.fault("latency", latencyMs=HELD_MILLISECONDS)
    waiting = asyncio.create_task(scene.page(callback))
    await asyncio.sleep(KILL_SECONDS)
    await scene.service.end()
    with contextlib.suppress(aiohttp.ClientError):
        await waiting
    await scene.heal()
    await scene.service.start()
    await scene.call("GET", f"{API}/accounts/auth/youtube/status/{session}")


def refusing(receiver: Receiver) -> None:
    """Refuse one webhook in three."""
    receiver.answer = lambda _: 500 if len(receiver.messages) % 3 == 0 else 204


def texts(values: Iterable[str | None]) -> set[str]:
    """Secrets long enough not to occur by chance."""
    return {value for value in values if value and len(value) >= 8}


def kept(folder: Path, name: str, lines: Iterable[str]) -> None:
    """Put what was seen where the search looks."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(lines), "utf-8")
