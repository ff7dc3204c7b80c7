"""The control surface: JSON under `/_...`, and the page that explains it."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from openchannels.sandbox import consent
from openchannels.sandbox.clock import Clock
from openchannels.sandbox.dataset import PERSONS, World, is_person_name
from openchannels.sandbox.emulator import Platform
from openchannels.sandbox.faults import Faults, Rule
from openchannels.sandbox.grants import Grants
from openchannels.sandbox.http import BadInput, Reply, Request

MOST_WORKS_ADDED = 10_000

CONTROLS = (
    ("POST /_faults", "add a fault"),
    ("GET /_faults", "list the faults and how often each fired"),
    ("DELETE /_faults, DELETE /_faults/{id}", "remove all faults, or one"),
    ("GET /_calls, DELETE /_calls", "count of upstream calls; start again at zero"),
    ("GET /_clock, POST /_clock", "the sandbox's time; advance it by {advanceSeconds}"),
    ("POST /_grants/revoke", "kill all grants and cookies of {platform, person}"),
    ("GET /_world/{platform}/{person}", "what a person has on a platform"),
    ("POST /_world/{platform}/{person}/works", "publish {add: n} or delete {remove: [ids]}"),
    ("GET /_health", "ok"),
)


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


class Control:
    """Answers every call that is not for a platform's host."""

    def __init__(
        self,
        platforms: Sequence[Platform],
        faults: Faults,
        calls: Counter[str],
        clock: Clock,
        world: World,
        grants: Grants,
    ) -> None:
        self._platforms = {platform.name: platform for platform in platforms}
        self._faults = faults
        self._calls = calls
        self._clock = clock
        self._world = world
        self._grants = grants
        self._calls_of_platforms = [call for one in platforms for call in one.controls()]
        self._table: list[tuple[str, str, Callable[..., Reply | Awaitable[Reply]]]] = [
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
            *((one.method, re.escape(one.path), one.handler) for one in self._calls_of_platforms),
        ]

    async def answer(self, request: Request) -> Reply:
        """The answer to a control call; 400 with a message when it cannot be understood."""
        try:
            for method, pattern, handler in self._table:
                found = re.fullmatch(pattern, request.path)
                if found and method == request.method and not request.host:
                    reply = handler(request, *found.groups())
                    return reply if isinstance(reply, Reply) else await reply
        except (BadInput, msgspec.DecodeError) as problem:
            return Reply.json({"error": str(problem)}, 400)
        what = f"{request.method} {request.host}{request.path}"
        return Reply.json({"error": f"The sandbox does not play {what}; see GET /."}, 404)

    def home(self, request: Request) -> Reply:
        """What this is, the hosts it plays and its control surface."""
        hosts = [
            (name, sorted({route.host for route in platform.routes()}))
            for name, platform in self._platforms.items()
        ]
        more = [(f"{one.method} {one.path}", one.meaning) for one in self._calls_of_platforms]
        return consent.render(
            "home.html", "en", request, platforms=hosts, persons=PERSONS,
            controls=[*CONTROLS, *more],
        )  # fmt: skip

    def health(self, request: Request) -> Reply:
        """Alive."""
        return Reply.json({"status": "ok"})

    def style(self, request: Request) -> Reply:
        """The style sheet of our pages."""
        return Reply(200, consent.STYLE, {"content-type": "text/css; charset=utf-8"})

    def add_fault(self, request: Request) -> Reply:
        """Put a fault in force; answers it with its id."""
        rule = msgspec.json.decode(request.body, type=Rule)
        if min(rule.after, rule.latency_ms, 0 if rule.times is None else rule.times) < 0:
            raise BadInput("after, times and latencyMs must not be negative.")
        if rule.status is not None and not 200 <= rule.status <= 599:
            raise BadInput("status must be between 200 and 599.")
        return Reply.json(self._faults.add(rule).shown(), 201)

    def list_faults(self, request: Request) -> Reply:
        """Every fault and how often it fired."""
        return Reply.json({"faults": [fault.shown() for fault in self._faults.all()]})

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
        """Count from zero."""
        total = self._calls.total()
        self._calls.clear()
        return Reply.json({"removed": total})

    def show_clock(self, request: Request) -> Reply:
        """The sandbox's time in Unix seconds, and by how much it is ahead."""
        return Reply.json({"now": self._clock.now(), "advancedSeconds": self._clock.advanced})

    def advance_clock(self, request: Request) -> Reply:
        """Move the clock forward."""
        seconds = msgspec.json.decode(request.body, type=Advance).advance_seconds
        if seconds < 0:
            raise BadInput("advanceSeconds must not be negative: the clock only goes forward.")
        self._clock.advance(seconds)
        return self.show_clock(request)

    def revoke(self, request: Request) -> Reply:
        """Kill all grants and cookies of a person on a platform."""
        wanted = msgspec.json.decode(request.body, type=Revocation)
        platform = self._platform(wanted.platform, wanted.person)
        ended = self._grants.living(platform.realm, wanted.person)
        grants = self._grants.end(platform.realm, wanted.person)
        platform.taken_back(ended)
        self._world.end_logins(platform.realm, wanted.person)
        return Reply.json({"revokedGrants": grants})

    def show_person(self, request: Request, platform: str, person: str) -> Reply:
        """What a person has on a platform."""
        return Reply.json(self._platform(platform, person).describe(person))

    def change_works(self, request: Request, platform: str, person: str) -> Reply:
        """Publish or delete works; answers the ids."""
        change = msgspec.json.decode(request.body, type=WorksChange)
        emulator = self._platform(platform, person)
        if not 0 <= change.add <= MOST_WORKS_ADDED or bool(change.add) == bool(change.remove):
            raise BadInput(f"Send either add (1 to {MOST_WORKS_ADDED}) or remove (a list of ids).")
        if change.add:
            done = emulator.publish(person, change.account, change.add, request.now)
        else:
            done = emulator.delete(person, change.account, change.remove)
        if done is None:
            raise BadInput(f"{person} has no such account on {platform}.")
        return Reply.json({"added" if change.add else "removed": done})

    def _platform(self, name: str, person: str) -> Platform:
        if name not in self._platforms:
            known = ", ".join(self._platforms)
            raise BadInput(f"Unknown platform {name}; the sandbox plays {known}.")
        if not is_person_name(person):
            raise BadInput("A person's name has 1 to 64 letters, digits, - or _.")
        return self._platforms[name]
