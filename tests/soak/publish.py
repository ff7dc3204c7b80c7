"""Posts on all platforms while the service is killed and answers are lost, then a count.

Nothing is posted twice, nothing told as published is missing, nothing told as failed is
out, and nothing is stuck. What nobody could find out ends `unconfirmed`, counted by platform.
"""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from openchannels.app.bootstrap import open_runtime
from openchannels.settings import load_settings
from tests.assets.files import film, image
from tests.harness.listening import free_port
from tests.harness.paths import API
from tests.harness.processes import Process, client
from tests.harness.settings import UNLIMITED, store_environ
from tests.soak.program import Figures, program

PUBLISH = f"{API}/publish"
PER_KILL = 25
"""Posts between two kills."""
LOST_OF_ALL = 0.1
"""Share of the calls that publish whose answer is cut after the platform acted."""
ENDED = (-1, 1, 8, 9)
PATIENCE = 40 * 60.0
POLL_SECONDS = 2.0
PERSON = "ida"


@dataclass(frozen=True)
class Case:
    """A kind of post on one platform. `commit` is where its call that publishes goes.

    `before` calls of one post go to the same place earlier; `values` are options that are looked
    up.
    """

    platform: str
    kind: str
    commit: tuple[str, str]
    option: dict[str, Any] = field(default_factory=dict)
    method: str = "POST"
    before: int = 0
    values: tuple[str, ...] = ()
    tags: str = ""


X = ("api.x.com", "/2/tweets")
PINTEREST = ("api.pinterest.com", "/v5/pins")
LINKEDIN = ("api.linkedin.com", "/rest/posts")
GOOGLE = ("mybusiness.googleapis.com", "/v4/accounts/*/localPosts")
FEED = ("graph.facebook.com", "/*/feed")
REELS = ("graph.facebook.com", "/*/video_reels")
INSTAGRAM = ("graph.instagram.com", "/*/media_publish")
THREADS = ("graph.threads.net", "/v1.0/me/threads_publish")
TIKTOK = ("open.tiktokapis.com", "/v2/post/publish/content/init/")
BILIBILI = ("member.bilibili.com", "/arcopen/fn/archive/add-by-utoken")
CASES: Sequence[Case] = (
    Case("youtube", "video", ("*", "/upload/youtube/v3/videos"), method="PUT"),
    Case("twitter", "text", X),
    Case("twitter", "image", X),
    Case("twitter", "video", X),
    Case("pinterest", "image", PINTEREST, values=("boardId",)),
    Case("pinterest", "video", PINTEREST, values=("boardId",)),
    Case("linkedin", "text", LINKEDIN),
    Case("linkedin", "image", LINKEDIN),
    Case("linkedin", "video", LINKEDIN),
    Case("google_business", "text", GOOGLE),
    Case("google_business", "image", GOOGLE),
    Case("facebook", "text", FEED),
    Case("facebook", "image", FEED),
    Case("facebook", "video", REELS, {"content_category": "reel"}, before=1),
    Case("instagram", "image", INSTAGRAM),
    Case("instagram", "video", INSTAGRAM),
    Case("threads", "text", THREADS),
    Case("threads", "image", THREADS),
    Case("threads", "video", THREADS),
    Case("tiktok", "image", TIKTOK),
    Case("tiktok", "video", ("*", "/video/*"), method="PUT"),
    Case("bilibili", "video", BILIBILI, {"tid": 21}, tags="#rye"),
    Case("KWAI", "video", ("open.kuaishou.com", "/openapi/photo/publish")),
    Case("wxGzh", "image", ("api.weixin.qq.com", "/cgi-bin/freepublish/submit")),
    Case("douyin", "image", ("open.douyin.com", "/share-id/")),
    Case("douyin", "video", ("open.douyin.com", "/share-id/")),
)


@dataclass
class Post:
    """One post: what was asked for, and what the service says of it in the end."""

    case: Case
    title: str
    flow_id: str
    status: int = 0
    error: str = ""


class Storm:
    """One run: a service that is killed while it publishes."""

    def __init__(self, folder: Path, database: str | None) -> None:
        self.folder = folder
        self.environ = {
            **store_environ(database),
            **UNLIMITED,
            "OPENCHANNELS_SERVER__PORT": str(free_port()),
            "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
        }
        self.posts: list[Post] = []
        self.accounts: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.kills = 0

    async def run(self, size: int) -> Figures:
        self.folder.mkdir(parents=True, exist_ok=True)
        async with Process(self.folder, "--sandbox", environ={}) as sandbox, client() as http:
            self.environ["OPENCHANNELS_SANDBOX__URL"] = sandbox.url
            self.http, self.sandbox = http, sandbox.url
            self.service = Process(self.folder, environ=self.environ)
            await self._make_key()
            await self.service.start()
            try:
                await self._prepare()
                await self._publish(size)
                await self._wait()
                return await self._count()
            finally:
                await self.service.end()

    async def _make_key(self) -> None:
        ours = {name: v for name, v in self.environ.items() if name.startswith("OPENCHANNELS_")}
        settings = load_settings(data_dir=self.folder, environ=ours)
        runtime = await open_runtime(settings, public_url="http://unused")
        self.key = (await runtime.services.api_keys.create("soak")).key
        await runtime.close()

    async def _prepare(self) -> None:
        for platform in dict.fromkeys(case.platform for case in CASES):
            self.accounts[platform] = await self._connect(platform)
        self.files = {
            "image": await self._upload(image("JPEG", 1080, 1080), "a.jpg"),
            "video": await self._upload(film(), "a.mp4"),
        }
        for case in CASES:
            for name in case.values:
                case.option[name] = await self._value(self.accounts[case.platform], name)

    async def _value(self, account: str, name: str) -> Any:
        """The first value that the platform offers for an option."""
        path = f"{API}/accounts/{account}/publish-options/{name}/values"
        return (await self._api("GET", path))["items"][0]["value"]

    async def _connect(self, platform: str) -> str:
        if platform == "wxGzh":
            # Without a ticket, which WeChat pushes every ten minutes, nobody can connect there.
            hook = {"to": f"{self.service.url}{API}/platforms/wxGzh/webhooks"}
            async with self.http.post(f"{self.sandbox}/_wxgzh/push_ticket", json=hook) as pushed:
                assert pushed.status == 200, await pushed.text()
        started = await self._api("GET", f"{API}/accounts/auth/{platform}")
        decided = f"&sandbox_decision=approve&sandbox_person={PERSON}"
        address = URL(started["url"] + decided, encoded=True)
        async with self.http.get(address, allow_redirects=False) as consent:
            callback = consent.headers["location"]
        async with self.http.get(URL(callback, encoded=True), allow_redirects=False):
            pass
        path = f"{API}/accounts/auth/{platform}/status/{started['sessionId']}"
        status = await self._api("GET", path)
        if status["requiresSelection"]:
            status = await self._choose(started["sessionId"], status["selectableAccounts"][0])
        assert status["status"] == "completed", status
        return str(status["accountId"])

    async def _choose(self, session_id: str, account: Any) -> Any:
        picked = {name: account[name] for name in ("platformUid",)}
        body = {"sessionId": session_id, "accounts": [picked]}
        return await self._api("POST", f"{API}/accounts/auth/selections", body)

    async def _upload(self, content: bytes, name: str) -> str:
        sign = {"filename": name, "type": "publishMedia", "size": len(content)}
        signed = await self._api("POST", "/api/assets/uploadSign", sign)
        async with self.http.put(URL(signed["uploadUrl"], encoded=True), data=content) as answer:
            assert answer.status == 200, await answer.text()
        await self._api("POST", f"/api/assets/{signed['id']}/confirm", {})
        return str(signed["url"])

    async def _publish(self, size: int) -> None:
        for number in range(size):
            case = CASES[number % len(CASES)]
            post = Post(case, f"post {number:05} of the storm", f"storm-{number}")
            self.posts.append(post)
            if random.random() < LOST_OF_ALL:
                await self._lose_next(case)
            await self._create(post)
            if number % PER_KILL == PER_KILL - 1:
                await asyncio.sleep(random.uniform(0, 3))
                await self._kill()

    async def _lose_next(self, case: Case) -> None:
        """Let the platform act at its next call that publishes, and its answer be lost."""
        host, path = case.commit
        rule = {
            "host": host,
            "path": path,
            "method": case.method,
            "after": case.before,
            "kind": "drop",
            "acted": True,
            "times": 1,
        }
        async with self.http.post(f"{self.sandbox}/_faults", json=rule) as answer:
            assert answer.status == 201, await answer.text()

    async def _kill(self) -> None:
        await self.service.end()
        self.kills += 1
        await self.service.start()

    async def _create(self, post: Post) -> None:
        """Ask for a post until the answer has come; the same request each time."""
        case = post.case
        media = [{"url": self.files[case.kind]}] if case.kind in self.files else []
        item = {"platform": case.platform, "accountId": self.accounts[case.platform]}
        body = {
            "flowId": post.flow_id,
            "content": {
                "title": post.title,
                "body": f"{post.title} {case.tags}".strip(),
                "media": media,
            },
            "publishAt": "2020-01-01T00:00:00Z",
            "items": [{**item, "option": case.option}],
        }
        made = await self._api("POST", f"{PUBLISH}/flows", body)
        assert len(made["tasks"]) == 1, made

    async def _wait(self) -> None:
        """Until each post has ended, with kills now and then."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            await self._look()
            if all(post.status in ENDED for post in self.posts):
                return
            await asyncio.sleep(POLL_SECONDS)

    async def _look(self) -> None:
        records = await self._api("GET", f"{PUBLISH}/records")
        by_flow = {record["flowId"]: record for record in records}
        for post in self.posts:
            record = by_flow.get(post.flow_id)
            if record is None:
                found = await self._api("GET", f"{PUBLISH}/flows/{post.flow_id}")
                record = found["tasks"][0]
            post.status = record["status"]
            post.error = (record.get("errorData") or {}).get("type", "")

    async def _count(self) -> Figures:
        out: Counter[tuple[str, str]] = Counter()
        for platform in self.accounts:
            async with self.http.get(f"{self.sandbox}/_world/{platform}/{PERSON}/posts") as answer:
                shown = (await answer.json())["posts"]
            texts = [json.dumps(post, ensure_ascii=False) for post in shown]
            for post in self.posts:
                if post.case.platform == platform:
                    out[platform, post.title] = sum(post.title in text for text in texts)
        there = [out[post.case.platform, post.title] for post in self.posts]
        pairs = list(zip(self.posts, there, strict=True))
        twice = sum(number > 1 for number in there)
        missing = sum(post.status == 1 and not number for post, number in pairs)
        false = [p for p, n in pairs if p.status == -1 and p.error != "unconfirmed" and n]
        stuck = sum(post.status not in ENDED for post in self.posts)
        unconfirmed = [post for post in self.posts if post.error == "unconfirmed"]
        failed = [p for p in self.posts if p.status == -1 and p.error != "unconfirmed"]
        return {
            "posts": len(self.posts),
            "platforms": len(self.accounts),
            "kills": self.kills,
            "published": sum(post.status == 1 for post in self.posts),
            "waiting_for_a_person": sum(post.status == 8 for post in self.posts),
            "unconfirmed": len(unconfirmed),
            "unconfirmed_where": _by_platform(unconfirmed),
            "failed": len(failed),
            "failed_where": _by_platform(failed),
            "posted_twice": twice,
            "published_but_missing": missing,
            "failed_but_out": len(false),
            "stuck": stuck,
            "faults": twice + missing + len(false) + stuck,
        }

    async def _api(self, method: str, path: str, body: Any = None) -> Any:
        """The data of an operation, asked for until the service answers."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                headers = {"X-Api-Key": self.key}
                async with self.http.request(
                    method, self.service.url + path, headers=headers, json=body
                ) as answer:
                    envelope = await answer.json()
                if envelope["code"] == 0:
                    return envelope["data"]
                assert envelope["code"] in (503, 15206), envelope
            await asyncio.sleep(0.2)


def _by_platform(posts: Sequence[Post]) -> dict[str, int]:
    return dict(Counter(post.case.platform for post in posts))


async def run(folder: Path, database: str | None, size: int) -> Figures:
    """Publish `size` posts, with a kill for each 25 of them."""
    return await Storm(folder, database).run(size)


if __name__ == "__main__":
    program(__doc__, run, 1_000)
