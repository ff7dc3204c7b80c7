"""The control API: JSON below `/_...`, and the home page that lists its calls."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from openchannels.sandbox import consent
from openchannels.sandbox.conduct import Conduct
from openchannels.sandbox.dataset import PERSONS, is_person_name
from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.faults import Faults
from openchannels.sandbox.http import ControlError, Reply, Request, unknown_platform

MOST_WORKS = 1_000
"""Works that one call adds or removes; more would keep all other calls waiting."""

CONTROLS = (
    ("POST /_faults", "add a fault"),
    ("GET /_faults", "list the faults and how often each fired"),
    ("DELETE /_faults, DELETE /_faults/{id}", "remove all faults or one"),
    ("GET /_calls, DELETE /_calls", "count the calls to platforms; reset the counts"),
    ("GET /_clock, POST /_clock", "show the sandbox's time; advance it by {advanceSeconds}"),
    ("POST /_grants/revoke", "revoke all grants and cookies of {platform, person}"),
    ("GET /_world/{platform}/{person}", "show what a person has on a platform"),
    ("POST /_world/{platform}/{person}/works", "publish {add: n} or delete {remove: [ids]}"),
    ("GET /_world/{platform}/{person}/posts", "show what was published by calls"),
    (
        "GET /_publishing/{platform}, PUT /_publishing/{platform}",
        "show or set how publications are treated: {processingSeconds, reviewSeconds, reject,"
        " rejectMedia, dailyCap, audited}",
    ),
    ("PUT /_webhooks", "send the platforms' webhooks to the service at {to}, on this machine"),
    ("GET /_health", "answers while the sandbox runs"),
)

CHINESE = {
    "add a fault": "添加一个故障",
    "list the faults and how often each fired": "列出故障及各自触发的次数",
    "remove all faults or one": "移除全部故障或其中一个",
    "count the calls to platforms; reset the counts": "统计对各平台的调用；清零",
    "show the sandbox's time; advance it by {advanceSeconds}": (
        "显示沙箱的时间；将其拨快 {advanceSeconds} 秒"
    ),
    "revoke all grants and cookies of {platform, person}": (
        "撤销 {platform, person} 的全部授权和 Cookie"
    ),
    "show what a person has on a platform": "显示某人在某平台上拥有的内容",
    "publish {add: n} or delete {remove: [ids]}": "发布 {add: n} 或删除 {remove: [ids]}",
    "show what was published by calls": "查看通过调用发布的内容",
    "show or set how publications are treated: {processingSeconds, reviewSeconds, reject,"
    " rejectMedia, dailyCap, audited}": (
        "查看或设置平台如何处理发布：{processingSeconds, reviewSeconds, reject, rejectMedia,"
        " dailyCap, audited}"
    ),
    "send the platforms' webhooks to the service at {to}, on this machine": (
        "将各平台的推送发送到本机上 {to} 处的服务"
    ),
    "answers while the sandbox runs": "沙箱运行时有响应",
    "push a verify ticket now to the service or to the URL in {to}": (
        "立即向服务或 {to} 中的地址推送验证票据"
    ),
    "open a link of the hand-over as {person}: {schema, publish, times: how often the webhook is"
    " sent, contentAsText, withoutVideoId, to}": (
        "以 {person} 的身份打开移交链接：{schema, publish, times: 回调发送的次数, contentAsText,"
        " withoutVideoId, to}"
    ),
    "scan a mini-app's code: {qr: its image or path, decision: approve or deny, person,"
    " scopes, callback}; approving posts the tickets to the service's callback or to"
    " the given one": (
        "扫描小程序码：{qr: 其图片或路径, decision: approve 或 deny, person, scopes, callback}；"
        "同意后向服务的回调地址或所给地址提交票据"
    ),
    "the person publishes a draft: {person, page, id}, or discards it: {discard: true}": (
        "此人发布草稿：{person, page, id}，或丢弃：{discard: true}"
    ),
    "the creator posts a draft: {id, caption, posts: how often}, or {id, discard: true}": (
        "创作者发布草稿：{id, caption, posts: 次数}，或丢弃：{id, discard: true}"
    ),
}
"""The meaning of each call in Chinese."""


class Advance(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Body of `POST /_clock`."""

    advance_seconds: float


class Revocation(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /_grants/revoke`."""

    platform: str
    person: str


class WorksChange(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /_world/{platform}/{person}/works`; `account` where a person has several."""

    add: int = 0
    remove: list[str] = []
    account: str = ""


class Receiver(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `PUT /_webhooks`."""

    to: str


class Control:
    """Answers every call whose host has no emulator."""

    def __init__(
        self,
        emulators: Sequence[Emulator],
        context: Context,
        faults: Faults,
        calls: Counter[str],
    ) -> None:
        self._emulators = {emulator.name: emulator for emulator in emulators}
        self._clock = context.clock
        self._dataset = context.dataset
        self._grants = context.grants
        self._logins = context.logins
        self._conducts = context.conducts
        self._webhooks = context.webhooks
        self._faults = faults
        self._calls = calls
        self._platform_calls = [call for one in emulators for call in one.control_calls()]
        self._routes: list[tuple[str, str, Callable[..., Reply | Awaitable[Reply]]]] = [
            ("GET", r"/", self.home),
            ("GET", r"/_health", self.health),
            ("GET", r"/_assets/sandbox\.css", self.style),
            ("POST", r"/_faults", self.add_fault),
            ("GET", r"/_faults", self.list_faults),
            ("DELETE", r"/_faults(?:/([\w-]+))?", self.remove_faults),
            ("GET", r"/_calls", self.list_calls),
            ("DELETE", r"/_calls", self.reset_calls),
            ("GET", r"/_clock", self.show_clock),
            ("POST", r"/_clock", self.advance_clock),
            ("POST", r"/_grants/revoke", self.revoke),
            ("GET", r"/_world/(\w+)/([\w-]+)", self.show_person),
            ("POST", r"/_world/(\w+)/([\w-]+)/works", self.change_works),
            ("GET", r"/_world/(\w+)/([\w-]+)/posts", self.show_posts),
            ("GET", r"/_publishing/(\w+)", self.show_conduct),
            ("PUT", r"/_publishing/(\w+)", self.set_conduct),
            ("PUT", r"/_webhooks", self.set_receiver),
            *((one.method, re.escape(one.path), one.handler) for one in self._platform_calls),
        ]

    async def answer(self, request: Request) -> Reply:
        """Answer a control call; with a message and 400, 403 or 415 if it is refused."""
        refused = None if request.host else _refused(request)
        if refused is not None:
            return refused
        try:
            for method, pattern, handler in self._routes:
                found = re.fullmatch(pattern, request.path)
                if found and method == request.method and not request.host:
                    reply = handler(request, *found.groups())
                    return reply if isinstance(reply, Reply) else await reply
        except (ControlError, msgspec.DecodeError) as problem:
            return Reply.json({"error": str(problem)}, 400)
        call = f"{request.method} {request.host}{request.path}"
        return Reply.json({"error": f"The sandbox has no {call}; see GET /."}, 404)

    def home(self, request: Request) -> Reply:
        """The home page: hosts, persons and control calls."""
        hosts = [
            (name, sorted({route.host for route in emulator.routes()}))
            for name, emulator in self._emulators.items()
        ]
        more = [(f"{one.method} {one.path}", one.meaning) for one in self._platform_calls]
        language = request.language()
        meanings = CHINESE if language == "zh" else {}
        controls = [(call, meanings.get(means, means)) for call, means in (*CONTROLS, *more)]
        return consent.render(
            "home.html", language, request, t=consent.TEXTS[language], platforms=hosts,
            persons=PERSONS, controls=controls,
        )  # fmt: skip

    def health(self, request: Request) -> Reply:
        """Report that the sandbox runs."""
        return Reply.json({"status": "ok"})

    def style(self, request: Request) -> Reply:
        """The style sheet of the sandbox's pages."""
        return Reply(200, consent.STYLE, {"content-type": "text/css; charset=utf-8"})

    def add_fault(self, request: Request) -> Reply:
        """Add a fault; answers it with its id."""
        return Reply.json(self._faults.add(request.body).listing(), 201)

    def list_faults(self, request: Request) -> Reply:
        """All faults and how often each fired."""
        return Reply.json({"faults": [fault.listing() for fault in self._faults.all()]})

    def remove_faults(self, request: Request, fault_id: str | None = None) -> Reply:
        """Remove one fault, or all."""
        removed = self._faults.remove(fault_id)
        if fault_id is not None and not removed:
            return Reply.json({"error": f"There is no fault {fault_id}."}, 404)
        return Reply.json({"removed": removed})

    def list_calls(self, request: Request) -> Reply:
        """How often each address was called."""
        return Reply.json({"total": self._calls.total(), "calls": dict(self._calls)})

    def reset_calls(self, request: Request) -> Reply:
        """Reset the counts; answers the total before."""
        total = self._calls.total()
        self._calls.clear()
        return Reply.json({"removed": total})

    def show_clock(self, request: Request) -> Reply:
        """The sandbox's time in Unix seconds, and by how much it was advanced."""
        return Reply.json({"now": self._clock.now(), "advancedSeconds": self._clock.advanced})

    def advance_clock(self, request: Request) -> Reply:
        """Move the clock forward."""
        seconds = msgspec.json.decode(request.body, type=Advance).advance_seconds
        if seconds < 0:
            raise ControlError("advanceSeconds must not be negative.")
        self._clock.advance(seconds)
        return self.show_clock(request)

    def show_conduct(self, request: Request, platform: str) -> Reply:
        """How a platform treats publications."""
        self._named(platform)
        return Reply.json(msgspec.to_builtins(self._conducts.of(platform)))

    def set_conduct(self, request: Request, platform: str) -> Reply:
        """Set how a platform treats publications; what is not named is as usual."""
        self._named(platform)
        self._conducts.set(platform, msgspec.json.decode(request.body, type=Conduct))
        return self.show_conduct(request, platform)

    def set_receiver(self, request: Request) -> Reply:
        """Set where the platforms' webhooks go."""
        to = msgspec.json.decode(request.body, type=Receiver).to
        if not self._webhooks.is_allowed(to):
            raise ControlError("Set `to` to a URL on this machine.")
        self._webhooks.send_to(to)
        return Reply.json({"to": to})

    def revoke(self, request: Request) -> Reply:
        """Revoke all grants and cookies of a person on a platform."""
        body = msgspec.json.decode(request.body, type=Revocation)
        emulator = self._emulator(body.platform, body.person)
        revoked = self._grants.live_grants(emulator.realm, body.person)
        count = self._grants.revoke(emulator.realm, body.person)
        emulator.on_revoked(revoked)
        self._logins.end_logins(emulator.realm, body.person)
        return Reply.json({"revokedGrants": count})

    def show_person(self, request: Request, platform: str, person: str) -> Reply:
        """What a person has on a platform."""
        return Reply.json(self._emulator(platform, person).describe(person))

    def show_posts(self, request: Request, platform: str, person: str) -> Reply:
        """What was published by calls on a person's accounts, oldest first."""
        self._emulator(platform, person)
        return Reply.json({"posts": self._dataset.posts(platform, person)})

    def change_works(self, request: Request, platform: str, person: str) -> Reply:
        """Publish or delete works; answers their ids."""
        change = msgspec.json.decode(request.body, type=WorksChange)
        emulator = self._emulator(platform, person)
        changed = change.add or len(change.remove)
        if not 1 <= changed <= MOST_WORKS or bool(change.add) == bool(change.remove):
            raise ControlError(
                f"Send either add (1 to {MOST_WORKS}) or remove (a list of as many ids)."
            )
        if change.add:
            done = emulator.publish(person, change.account, change.add, request.now)
        else:
            done = emulator.delete(person, change.account, change.remove)
        if done is None:
            raise ControlError(f"{person} has no such account on {platform}.")
        return Reply.json({"added" if change.add else "removed": done})

    def _named(self, name: str) -> None:
        """Raises ControlError for a platform that is not emulated."""
        if name not in self._emulators:
            raise unknown_platform(name, self._emulators)

    def _emulator(self, name: str, person: str) -> Emulator:
        self._named(name)
        if not is_person_name(person):
            raise ControlError("A person's name has 1 to 64 letters, digits, - or _.")
        return self._emulators[name]


def _refused(request: Request) -> Reply | None:
    """Refuses a change that another site's page may have sent; browsers send no such JSON."""
    if request.method in ("GET", "HEAD"):
        return None
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return Reply.json({"error": "Control calls from other sites' pages are refused."}, 403)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method != "DELETE" and media_type != "application/json":
        return Reply.json({"error": "Send JSON, with Content-Type: application/json."}, 415)
    return None
