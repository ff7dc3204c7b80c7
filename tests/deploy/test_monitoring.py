"""The dashboard and the alerts over a Prometheus that watches a short run of the service."""

import json
import math
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from openchannels.testing.person import Person
from tests.assets.files import image
from tests.deploy.tools import require
from tests.harness.paths import ACCOUNTS, API, AUTH, WEBHOOKS, WORKS
from tests.harness.processes import Child
from tests.harness.receiver import Receiver, receiving
from tests.harness.service import Service, running_service
from tests.harness.settings import MASTER_KEY
from tests.harness.stores import sqlite_store
from tests.harness.waiting import PATIENCE, wait_until

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "openchannels.json"
PROMETHEUS = ROOT / "deploy" / "prometheus"
INTERVAL = "$__rate_interval"
HOST = "www.googleapis.com"


def panels() -> dict[str, list[str]]:
    """The queries of each panel, as Prometheus gets them."""
    listed = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    drawn = [panel for panel in listed if panel["type"] != "row"]
    assert drawn
    queries = {
        panel["title"]: [target["expr"].replace(INTERVAL, "2m") for target in panel["targets"]]
        for panel in drawn
    }
    assert len(queries) == len(drawn), "two panels of one title"
    return queries


def test_the_files_are_sound() -> None:
    require("promtool")
    done = subprocess.run(
        ["promtool", "check", "config", "prometheus.yml"],
        cwd=PROMETHEUS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_panel_and_rule_works_on_what_a_service_shows(tmp_path: Path) -> None:
    require("prometheus")
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        store = sqlite_store(tmp_path / "openchannels.db")
        platforms = stack.enter_context(running_service(store, tmp_path))
        url = stack.enter_context(server(tmp_path, platforms, store))
        watch = stack.enter_context(prometheus(tmp_path, url.removeprefix("http://")))
        tool = Tool(url, platforms)
        tool.do_all(receiver)

        def ask(query: str) -> list[float]:
            answer = watch.get("/api/v1/query", params={"query": query}).json()
            assert answer["status"] == "success", (query, answer)
            return [float(series["value"][1]) for series in answer["data"]["result"]]

        def empty() -> list[str]:
            """Panels with a query that gives no number."""
            return [
                title
                for title, queries in panels().items()
                if not all(any(map(math.isfinite, ask(query))) for query in queries)
            ]

        def scraped_at() -> float:
            return max(ask("timestamp(up)"), default=0.0)

        patience = time.monotonic() + PATIENCE
        while (without := empty()) and time.monotonic() < patience:
            # Counters that begin above 0 have no rate yet.
            tool.connect("ida")
            tool.publish()
            seen = scraped_at()
            wait_until(lambda seen=seen: scraped_at() > seen)  # type: ignore[misc]
        assert without == []
        rules = wait_until(lambda: evaluated(watch))
        assert {rule["name"]: rule["lastError"] for rule in rules if rule["health"] != "ok"} == {}


def evaluated(watch: httpx2.Client) -> list[dict[str, Any]] | None:
    """All rules, once each was evaluated."""
    groups = watch.get("/api/v1/rules").json()["data"]["groups"]
    rules = [{"lastError": "", **rule} for group in groups for rule in group["rules"]]
    return rules if rules and all(rule["health"] != "unknown" for rule in rules) else None


@contextmanager
def server(folder: Path, platforms: Service, store: str) -> Iterator[str]:
    """`openchannels serve` with background work, on the platforms of another service's sandbox."""
    child = Child(
        *("openchannels", "serve", "--port", "0", "--json", "--data-dir", folder),
        log=folder / "server.log",
        environ={
            "OPENCHANNELS_DATABASE__URL": store,
            "OPENCHANNELS_VAULT__KEYS__TEST": MASTER_KEY,
            "OPENCHANNELS_SANDBOX__URL": platforms.sandbox_url,
            "OPENCHANNELS_LIMITS__REFUSED_KEYS_PER_MINUTE": "2",
        },
    )
    try:
        yield str(json.loads(child.ready())["url"])
    finally:
        child.end()


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[httpx2.Client]:
    """Prometheus with the shipped files, but for the target, and asking each second."""
    config = (PROMETHEUS / "prometheus.yml").read_text()
    config = config.replace("15s", "1s").replace("127.0.0.1:8080", target)
    assert target in config
    (folder / "prometheus.yml").write_text(config)
    shutil.copy(PROMETHEUS / "rules.yml", folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        with httpx2.Client(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60
        ) as client:
            wait_until(lambda: is_ready(client))
            yield client
    finally:
        process.terminate()
        process.wait(PATIENCE)


def is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/-/ready").status_code == 200
    except httpx2.TransportError:
        return False


class Tool:
    """Uses a service: connects accounts, lists works, publishes, and does what is refused."""

    def __init__(self, url: str, platforms: Service) -> None:
        self._platforms = platforms
        self._origins = [url, platforms.sandbox_url]
        self._client = platforms.client(platforms.key_of().key, base_url=url)
        self._posts: list[tuple[dict[str, Any], list[dict[str, str]]]] = []

    def connect(self, person: str, decision: str = "approve", platform: str = "youtube") -> Any:
        started = self._client.get(f"{AUTH}/{platform}").json()["data"]
        getattr(Person(person, self._origins), decision)(started["url"])
        path = f"{AUTH}/{platform}/status/{started['sessionId']}"
        return self._client.get(path).json()["data"]

    def publish(self) -> None:
        """A picture on one platform, and a text that another one refuses."""
        if not self._posts:
            self._platforms.sandbox.put("/_publishing/twitter", json={"reject": "403"})
            board, refused = (self.connect("ida", platform=p) for p in ("pinterest", "twitter"))
            values = f"{ACCOUNTS}/{board['accountId']}/publish-options/boardId/values"
            option = {"boardId": self._client.get(values).json()["data"]["items"][0]["value"]}
            media = [{"url": self._upload(image("JPEG", 800, 800))}]
            self._posts = [
                (
                    {"platform": "pinterest", "accountId": board["accountId"], "option": option},
                    media,
                ),
                ({"platform": "twitter", "accountId": refused["accountId"]}, []),
            ]
        for item, media in self._posts:
            content = {"title": secrets.token_hex(8), "body": secrets.token_hex(8), "media": media}
            flow = {"content": content, "publishAt": "2020-01-01T00:00:00Z", "items": [item]}
            made = self._client.post(f"{API}/publish/flows", json=flow).json()
            assert made["code"] == 0, made

    def _upload(self, content: bytes) -> str:
        sign = {"filename": "a.jpg", "type": "publishMedia", "size": len(content)}
        signed = self._client.post("/api/assets/uploadSign", json=sign).json()["data"]
        sent = self._platforms.client().put(signed["uploadUrl"], content=content)
        assert sent.status_code == 200, sent.text
        confirmed = self._client.post(f"/api/assets/{signed['id']}/confirm", json={}).json()
        assert confirmed["code"] == 0, confirmed
        return str(signed["url"])

    def works(self, account_id: str) -> int:
        answer = self._client.get(f"{WORKS}/youtube", params={"accountId": account_id})
        return int(answer.json()["code"])

    def do_all(self, receiver: Receiver) -> None:
        """A little of everything: connect, list, refresh, failures, webhooks, keys and limits."""
        client, platforms = self._client, self._platforms
        assert client.post(WEBHOOKS, json={"url": receiver.url}).json()["code"] == 0
        account = self.connect("ida")["accountId"]
        assert self.connect("ben", "deny")["status"] == "failed"
        assert self.works(account) == 0
        # For the platform alone: it refuses the token, and the service refreshes it.
        platforms.clock.advance(7200)
        assert self.works(account) == 0
        platforms.fault(host=HOST, kind="rate_limit", times=1)
        assert [self.works(account), self.works(account)] == [15071, 15071], "the second stays here"
        body = platforms.plugin_body("xhs")
        assert client.post(ACCOUNTS, json=body).json()["code"] == 0
        wrong = {"X-Api-Key": "oc_wrong"}
        refused = [client.get(ACCOUNTS, headers=wrong).json()["code"] for _ in range(3)]
        assert refused == [401, 401, 429]
        receiver.wait(2)
        self.publish()
