"""Token answers without a refresh token, with an empty one and with a new one.

Every platform refreshes and connects again under each; what is stored is never replaced by
nothing. A platform without refresh tokens counts with what stands in for one: the access token
that is itself extended, the person's token behind a Page, the cookie.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openchannels.connectors.registry import CONNECTORS, OAuth
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Platform
from openchannels.service.sealing import credential_row
from openchannels.store.queries import credentials
from tests.harness.paths import ACCOUNTS, PLUGINS, WORKS
from tests.harness.service import Service, running_service
from tests.soak.program import Figures, program

ANSWERS = ("without", "empty", "new")
NEW = "a-new-refresh-token"
TOP, REFRESH_TOKEN, ACCESS_TOKEN = (), "refresh_token", "access_token"
WECHAT = "authorizer_refresh_token"
MARGIN = 30.0


@dataclass(frozen=True, slots=True)
class Token:
    """Where a platform answers with tokens, and what in the answer keeps the grant alive.

    `exchange` and `refresh` are host and beginning of a path; `exchange_at` and `refresh_at` name
    the object that holds `name`. With `rotates` a genuine answer brings a new one.
    """

    refresh: tuple[str, str]
    exchange: tuple[str, str]
    name: str = REFRESH_TOKEN
    refresh_at: tuple[str, ...] = TOP
    exchange_at: tuple[str, ...] = TOP
    rotates: bool = False


def one(host: str, path: str, **more: Any) -> Token:
    """A platform with one address for both."""
    return Token((host, path), (host, path), **more)


WEIXIN, GRAPH = "api.weixin.qq.com", "graph.facebook.com"
TOKENS = {
    "douyin": Token(
        ("open.douyin.com", "/oauth/refresh_token/"),
        ("open.douyin.com", "/oauth/access_token/"),
        refresh_at=("data",),
        exchange_at=("data",),
    ),
    "KWAI": Token(
        ("open.kuaishou.com", "/oauth2/refresh_token"),
        ("open.kuaishou.com", "/oauth2/access_token"),
        rotates=True,
    ),
    "youtube": one("oauth2.googleapis.com", "/token"),
    "wxGzh": Token(
        (WEIXIN, "/cgi-bin/component/api_authorizer_token"),
        (WEIXIN, "/cgi-bin/component/api_query_auth"),
        WECHAT,
        exchange_at=("authorization_info",),
    ),
    "bilibili": Token(
        ("api.bilibili.com", "/x/account-oauth2/v1/refresh_token"),
        ("api.bilibili.com", "/x/account-oauth2/v1/token"),
        refresh_at=("data",),
        exchange_at=("data",),
        rotates=True,
    ),
    "twitter": one("api.x.com", "/2/oauth2/token", rotates=True),
    "tiktok": one("open.tiktokapis.com", "/v2/oauth/token/", rotates=True),
    "facebook": Token((GRAPH, "/v26.0/"), (GRAPH, "/v26.0/oauth/access_token"), ACCESS_TOKEN),
    "instagram": one("graph.instagram.com", "/", name=ACCESS_TOKEN, rotates=True),
    "threads": one("graph.threads.net", "/", name=ACCESS_TOKEN, rotates=True),
    "pinterest": one("api.pinterest.com", "/v5/oauth/token", rotates=True),
    "linkedin": one("www.linkedin.com", "/oauth/v2/accessToken"),
    "google_business": one("oauth2.googleapis.com", "/token"),
}


@dataclass
class Run:
    """What was done and what came of it."""

    service: Service
    found: Counter[str] = field(default_factory=lambda: Counter(cases=0, losses=0, faults=0))
    wrong: list[str] = field(default_factory=list)

    def classify(self, case: str, *, kept: bool, took_place: bool) -> None:
        """Count a case: `kept` is the promise, `took_place` that it was put to the test."""
        self.found["cases"] += 1
        self.found["losses"] += not kept
        if not (kept and took_place):
            self.found["faults"] += 1
            self.wrong.append(f"{case}: {'not put to the test' if kept else 'lost'}")


def soak(service: Service) -> Figures:
    """All platforms and answers; returns the counts."""
    run = Run(service)
    for platform in CONNECTORS:
        for answer in ANSWERS:
            if platform in PLUGINS:
                hand_in(run, platform, answer)
                use(run, platform, answer)
            else:
                refresh(run, platform, answer)
                reconnect(run, platform, answer)
    wrong = {"wrong": run.wrong} if run.wrong else {}
    return {"platforms": len(CONNECTORS), **run.found, **wrong}


# OAuth


def refresh(run: Run, platform: Platform, answer: str) -> None:
    """A token that is due is used, and its refresh is answered so."""
    service, shape = run.service, TOKENS[platform]
    account_id = connected(service, platform, f"refresh-{answer}")
    before = stored(service, account_id)
    with answered(service, shape, shape.refresh, shape.refresh_at, answer):
        fired = due(service, platform, account_id, before)
        list_works(service, platform, account_id)
        took_place = fired or patched(service) > 0
    classify(run, f"{platform} refresh {answer}", account_id, before, answer, took_place=took_place)


def due(service: Service, platform: Platform, account_id: str, tokens: Tokens) -> bool:
    """Let a token come near its end; one without an end is refused instead."""
    connector = CONNECTORS[platform]
    assert isinstance(connector.auth, OAuth)
    if tokens.expires_at is None:
        listing = {"host": GRAPH, "path": f"/v26.0/{account_id.partition('_')[2]}/"}
        service.fault(**listing, kind="status", status=401, times=1)
        return True
    ahead = tokens.expires_at - min(connector.auth.config.leeway, MARGIN) - service.clock()
    service.clock.advance(ahead)
    push_ticket(service)
    return False


def reconnect(run: Run, platform: Platform, answer: str) -> None:
    """The person connects again, and the exchange is answered so."""
    service, shape, person = run.service, TOKENS[platform], f"reconnect-{answer}"
    account_id = connected(service, platform, person)
    before = stored(service, account_id)
    with answered(service, shape, shape.exchange, shape.exchange_at, answer):
        service.connect(platform, person)
        took_place = patched(service) > 0
    classify(
        run, f"{platform} reconnect {answer}", account_id, before, answer, took_place=took_place
    )


@contextlib.contextmanager
def answered(
    service: Service, shape: Token, place: tuple[str, str], at: tuple[str, ...], answer: str
) -> Iterator[None]:
    """Token answers spoilt so; a platform that rotates brings a new token by itself."""
    value = {"without": None, "empty": "", "new": NEW}[answer]
    patch: dict[str, Any] = {}
    if answer != "new" or (not shape.rotates and shape.name != ACCESS_TOKEN):
        patch = {shape.name: value}
        for part in reversed(at):
            patch = {part: patch}
    host, path = place
    service.fault(host=host, path=path, kind="patch", patch=patch)
    yield
    service.reset_sandbox()


def patched(service: Service) -> int:
    """How many answers were spoilt."""
    faults = service.sandbox.get("/_faults").json()["faults"]
    return sum(fault["fired"] for fault in faults if fault["kind"] == "patch")


def classify(
    run: Run, case: str, account_id: str, before: Tokens, answer: str, *, took_place: bool
) -> None:
    after = stored(run.service, account_id)
    spare = (after.refresh_token or "", after.extra.get("root_token") or "", after.access_token)
    old = (before.refresh_token or "", before.extra.get("root_token") or "", before.access_token)
    kept = all(new or not gone for new, gone in zip(spare, old, strict=True))
    if before.refresh_token is not None:
        same = after.refresh_token == before.refresh_token
        kept = kept and same is (answer != "new")
        kept = kept and (after.refresh_expires_at is None) is (before.refresh_expires_at is None)
        lately = (before.access_token, before.expires_at)
        took_place = took_place and (after.access_token, after.expires_at) != lately
    kept = kept and (after.scopes is None) is (before.scopes is None)
    run.classify(case, kept=kept, took_place=took_place)


# Cookies


def hand_in(run: Run, platform: Platform, answer: str) -> None:
    """The plug-in hands an account in again without a cookie, with an empty or a new one."""
    service, person = run.service, f"cookie-{answer}"
    account_id = str(service.hand_in(platform, person)["id"])
    before = stored(service, account_id)
    body = service.plugin_body(platform, person)
    cookie = {"without": None, "empty": "", "new": f"{body['loginCookie']}; seen=1"}[answer]
    told = {
        name: part for name, part in {**body, "loginCookie": cookie}.items() if part is not None
    }
    service.client_of().post(ACCOUNTS, json=told)
    after = stored(service, account_id)
    expected = cookie if answer == "new" else before.access_token
    kept = after.access_token == expected
    run.classify(f"{platform} reconnect {answer}", kept=kept, took_place=True)


def use(run: Run, platform: Platform, answer: str) -> None:
    """A cookie has no refresh: it is used, and the site answers so."""
    service = run.service
    account_id = str(service.hand_in(platform, f"use-{answer}")["id"])
    before = stored(service, account_id)
    list_works(service, platform, account_id)
    kept = stored(service, account_id) == before
    run.classify(f"{platform} refresh {answer}", kept=kept, took_place=True)


# What every case does


def connected(service: Service, platform: Platform, person: str) -> str:
    push_ticket(service)
    return service.connect(platform, person).account_id


def list_works(service: Service, platform: Platform, account_id: str) -> None:
    """Whatever comes of it: an account of a LinkedIn member has no works, but a token."""
    service.client_of().get(f"{WORKS}/{platform}", params={"accountId": account_id})


def stored(service: Service, account_id: str) -> Tokens:
    context = service.services.context
    row = service.run(context.db.read(credentials.get, account_id))
    assert row is not None, account_id
    return Tokens.from_json(context.vault.open(row.sealed, credential_row(account_id)))


def push_ticket(service: Service) -> None:
    """What WeChat pushes every ten minutes."""
    hook = f"{service.url}/api/v2/channels/platforms/wxGzh/webhooks"
    answer = service.sandbox.post("/_wxgzh/push_ticket", json={"to": hook})
    assert answer.json().get("status") == 200, answer.text


async def run(folder: Path, database: str | None, _size: int) -> Figures:
    """The whole of it: its size is that of the list of platforms."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    store = database or f"sqlite:///{folder / 'oc.db'}"

    def together() -> Figures:
        with running_service(store, folder, works=30) as service:
            return soak(service)

    return await asyncio.to_thread(together)


if __name__ == "__main__":
    program(__doc__, run, 6 * len(CONNECTORS))
