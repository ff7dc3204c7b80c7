"""Addresses that users give never make the service connect to what is not public.

Over four hundred forms are posted to by the client of webhooks, first as they are and then past
the check of their form, so that each layer is seen to hold alone. Names resolve here, to other
addresses at each look where they rebind, and one network stands for the Internet. A listener on
all addresses of this machine counts who gets through, and the interpreter tells of every attempt.
Sessions with such return addresses are finished, and the forms are filled into the fields of the
API that take an address. A control with the door open shows that the
forms do lead to the listener.
"""

import asyncio
import itertools
import socket
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from unittest import mock

from openchannels.core.webhooks import WebhookTransportError
from openchannels.transport import webhook_client
from openchannels.transport.webhook_client import WebhookClient
from tests.harness.paths import API
from tests.harness.rig import Rig
from tests.soak import address_fields
from tests.soak.forms import PUBLIC, TARGETS, forms, names
from tests.soak.program import over_rig, program
from tests.soak.watching import RECEIVER, Attempts, Listener, listener

INTERNET = (ip_network(f"{RECEIVER}/32"),)
HERE = tuple(map(ip_network, ("127.0.0.0/8", "0.0.0.0/32", "::1/128", "::/128", "::ffff:0:0/96")))
"""What leads to this machine: never farther, not even in the control."""
REDIRECTS = (301, 302, 303, 307, 308)
SECONDS = 5.0
"""Time of one post. An address that leads nowhere takes all of it, once a connection is begun."""


class Names:
    """A resolver under an attacker's control; what it does not know it reads as a number."""

    def __init__(self) -> None:
        self.table = {**names(), PUBLIC: [RECEIVER]}
        self.turns: dict[str, Iterator[list[str]]] = {}

    def rebind(self, name: str, *answers: list[str]) -> None:
        self.turns[name] = itertools.chain(answers, itertools.repeat(answers[-1]))

    def __call__(self, host: str, port: int, family: int) -> list[tuple[int, str]]:
        known = next(self.turns[host]) if host in self.turns else self.table.get(host)
        if known is None:
            numeric = socket.AI_NUMERICHOST
            found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=numeric)
            known = [str(address[0]) for *_, address in found]
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, one) for one in known]


class Trial:
    """Posts to addresses and counts what came of it."""

    def __init__(self, target: Listener, attempts: list[str]) -> None:
        self.target = target
        self.attempts = attempts
        self.names = Names()
        self.client = WebhookClient(INTERNET, self.names)
        self.faults: list[str] = []

    async def post(self, url: str, client: WebhookClient | None = None) -> str:
        """The category of the failure, or the status."""
        address = url.replace("{port}", str(self.target.port))
        try:
            return str(await (client or self.client).post(address, {}, b"{}", SECONDS))
        except WebhookTransportError as error:
            return error.category

    async def hostile(self, urls: list[str]) -> Counter[str]:
        """None of them may be connected to, unless it names the receiver."""
        found: Counter[str] = Counter()
        for url in urls:
            outcome = await self.post(url)
            found[outcome] += 1
            self.settle(f"{url!r}: {outcome}")
        return found

    def settle(self, what: str) -> None:
        """Note a fault if a connection was made, or begun, that must not be."""
        began = [one for one in self.attempts if one != RECEIVER]
        if began or self.target.refused:
            self.faults.append(f"{what}: {began} {dict(self.target.came)}")
        self.attempts.clear()
        self.target.forget_refused()


def past_the_form() -> Any:
    """As if the check of the form had let everything through."""
    return mock.patch.object(webhook_client, "check_url", return_value=None)


async def rebinding(trial: Trial) -> int:
    """Names that answer differently each time; returns the posts that did reach the receiver."""
    good = 0
    for number, target in enumerate((*TARGETS, "::1", "::ffff:127.0.0.1", "fe80::1")):
        name = f"rebind-{number}.test"
        for answers in (
            ([RECEIVER], [target]),
            ([RECEIVER], [target, RECEIVER]),
            ([RECEIVER], [RECEIVER, target], [target]),
        ):
            trial.names.rebind(name, *answers)
            first = await trial.post(f"http://{name}:{{port}}/")
            later = [await trial.post(f"http://{name}:{{port}}/") for _ in range(3)]
            good += first == "204"
            if first != "204" or later[-1] not in ("address_refused", "204"):
                trial.faults.append(f"{target}: {first} {later}")
            trial.settle(f"{name} {answers}")
    return good


async def hops(trial: Trial, urls: list[str]) -> int:
    """Redirects to hostile addresses are answers like others; returns how many were told."""
    told = 0
    before = trial.target.answer
    for status, url in zip(itertools.cycle(REDIRECTS), urls, strict=False):
        address = url.replace("{port}", str(trial.target.port)).replace("\r\n", "")
        trial.target.redirect_to(status, address)
        told += await trial.post(f"http://{PUBLIC}:{{port}}/") == str(status)
        trial.settle(f"{status} to {url!r}")
    trial.target.answer = before
    return told


async def control(trial: Trial, urls: list[str]) -> int:
    """With the door open to this machine: how many of the forms reach the listener."""
    client = WebhookClient(HERE, trial.names)
    before = trial.target.came.total()
    with past_the_form():
        plain = [url.replace("https://", "http://") for url in urls]
        await asyncio.gather(*(trial.post(url, client) for url in plain))
    await client.close()
    reached = trial.target.came.total() - before
    trial.target.came.clear()
    trial.attempts.clear()
    return reached


async def returns(rig: Rig, target: Listener) -> int:
    """Sessions whose return addresses lead to the listener: only a browser goes there."""
    tool = await rig.tool()
    for number, host in enumerate(("127.0.0.1", "[::1]", "localhost", "127.0.0.2")):
        url = f"http://{host}:{target.port}/hook"
        given = {"callbackUrl": url, "redirectUri": url}
        status = await tool.connect("youtube", f"person-{number}", start=given)
        assert status["status"] == "completed", status
        refused = await tool.get(f"{API}/accounts/auth/bilibili", callbackUrl=f"{url}\\@x")
        assert refused.code == 10002
    return 4


async def soak(rig: Rig, size: int, attempts: Attempts | None = None) -> dict[str, Any]:
    """Run over so many of the forms; returns the counts."""
    urls = forms()
    step = max(1, len(urls) // size)
    urls = urls[::step]
    async with listener() as target:
        sessions = await returns(rig, target)
        filled = await address_fields.fill(rig, target, urls, step)
        with (attempts or Attempts()).watched() as seen:
            trial = Trial(target, seen)
            came = target.refused
            as_given = await trial.hostile(urls)
            with past_the_form():
                past = await trial.hostile(urls)
                rebound = await rebinding(trial)
                told = await hops(trial, urls)
            await trial.client.close()
            reached = await control(trial, urls)
    faults = [*filled.faults, *trial.faults, *([f"{came} for return addresses"] if came else [])]
    if told != len(urls) or reached < len(urls) // 10:
        faults.append("the control failed")
    return {
        "forms": len(urls),
        "outcomes": dict(as_given),
        "outcomes_past_the_form": dict(past),
        "rebindings": rebound,
        "redirects_not_followed": told,
        "sessions": sessions,
        **filled.counts,
        "control_reached": reached,
        "connections": len(trial.faults) + filled.connections + came,
        "broken": faults[:10],
        "faults": len(faults),
    }


if __name__ == "__main__":
    program(__doc__, over_rig(soak), len(forms()))
