"""Phishing: one starts a connection, another is talked into finishing it in another browser.

Every platform with an authorization page, every binding, four ways of luring. `bound`: no other
browser finishes. `confirm`: no account is stored unless the person who came back clicks on a page
that names workspace and platform. `direct` is open to it, and says whose workspace it was.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass
from itertools import cycle, islice, product
from typing import Any
from urllib.parse import urlencode

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import Platform
from openchannels.core.sessions import Binding
from tests.harness.browser import Browser, Page, with_params
from tests.harness.paths import API
from tests.harness.rig import Rig
from tests.harness.tasks import task_named
from tests.harness.tool import Tool
from tests.soak.program import over_rig, program

PLATFORMS = [p for p in CONNECTORS if p not in (Platform("xhs"), Platform("wxSph"))]
LURES = ("start_link", "used_link", "platform_link", "callback_link")
"""The victim opens: the address of the start; the same after the attacker did; the platform's
address, as the attacker's browser got it; the way back, with the attacker's own code."""
_ALL = list(product(PLATFORMS, Binding, LURES))
CASES = [_ALL[61 * number % len(_ALL)] for number in range(len(_ALL))]
"""Every case once, in an order in which twelve in a row meet every binding and every lure."""


def fields_of(page: Page) -> list[tuple[str, str]]:
    """The hidden fields of a page's first form."""
    form = page.text.partition("<form")[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return [(name, html.unescape(value)) for name, value in found]


async def pressed(browser: Browser, url: str) -> Page:
    """Open our page and press its button."""
    page = await browser.open(url)
    path = url.partition("?")[0]
    return await browser.post(path, fields_of(page)) if page.status == 200 else page


def link_of(page: Page) -> str:
    """The platform's address on the page that leads on; empty where there is none."""
    found = re.search(r'<a class="primary" href="([^"]+)"', page.text)
    return html.unescape(found[1]) if found else ""


async def to_platform(rig: Rig, browser: Browser, url: str) -> str:
    """The platform's address behind that of a start, as a person gets there."""
    return link_of(await pressed(browser, url)) if url.startswith(rig.url) else url


async def approved(rig: Rig, browser: Browser, url: str, person: str) -> str:
    """Sign in and approve; the address at which the platform sends the browser back."""
    decided = {"sandbox_decision": "approve", "sandbox_person": person}
    page = await browser.open(f"{url}&{urlencode(decided)}")
    while page.location and not page.location.startswith(f"{rig.url}{API}/accounts/auth/"):
        page = await browser.open(page.location)
    assert page.location, page.text
    return page.location


@dataclass
class Attack:
    """One attack: who is who, and what the victim was shown last."""

    rig: Rig
    tool: Tool
    platform: str
    binding: Binding
    lure: str
    number: int

    def __post_init__(self) -> None:
        self.attacker = self.rig.browser()
        self.victim = self.rig.browser("zh-CN" if self.number % 2 else "en-US")
        self.person = f"victim-{self.number}"
        self.session_id = ""
        self.told = False

    async def lured(self) -> Page:
        """What the victim sees in the end."""
        started = await self.tool.start(self.platform)
        url, self.session_id = started["url"], started["sessionId"]
        if self.lure == "start_link":
            return await self._goes(url)
        address = await to_platform(self.rig, self.attacker, url)
        if self.lure == "used_link":
            return await self._goes(url)
        if self.lure == "platform_link":
            return await self._comes_back(address)
        self.person = f"mallory-{self.number}"
        back = await approved(self.rig, self.attacker, address, self.person)
        self.callback = back
        return await self.victim.finish(back)

    async def _goes(self, url: str) -> Page:
        if not url.startswith(self.rig.url):
            return await self._comes_back(url)
        self.told = self.names(await self.victim.open(url))
        page = await pressed(self.victim, url)
        address = link_of(page)
        return await self._comes_back(address) if address else page

    async def _comes_back(self, address: str) -> Page:
        self.callback = await approved(self.rig, self.victim, address, self.person)
        return await self.victim.finish(self.callback)

    def names(self, page: Page) -> bool:
        """Whether a page says which workspace and which platform, in the victim's language."""
        name = self.rig.runtime.services.context.platforms.name(Platform(self.platform))
        shown = name.zh if self.number % 2 else name.en
        return self.tool.user_id in page.text and html.escape(shown) in page.text

    async def stored(self) -> int:
        return len(await self.rig.rows("accounts", user_id=self.tool.user_id))

    async def pushed_on(self) -> int:
        """The attacker tries all that is left to finish it; returns the accounts that exist."""
        path = f"/connect/{self.session_id}"
        if hasattr(self, "callback") and self.lure != "callback_link":
            state_alone = with_params(self.callback, code="guess", auth_code="guess")
            await self.attacker.finish(state_alone)
        page = await self.attacker.open(path)
        await self.attacker.post(path, fields_of(page))
        status = (await self.tool.poll(self.platform, self.session_id)).data
        picks = status.get("selectableAccounts", []) or [{"platformUid": self.person}]
        await self.tool.choose(self.session_id, picks[0])
        return await self.stored()

    async def close(self) -> None:
        await self.attacker.close()
        await self.victim.close()


async def bound(attack: Attack, page: Page) -> Counter[str]:
    """Only the start's link, opened by the victim first, leads anywhere: past a page of ours."""
    if attack.lure == "start_link":
        status = (await attack.tool.poll(attack.platform, attack.session_id)).data
        done = status["status"] == "completed" or status["requiresSelection"]
        return Counter(bound_by_own_click=1, faults=int(not (done and attack.told)))
    refused = page.status == 403 and "15201" in page.text
    waits = await ended(attack) == "pending"
    finished = await attack.pushed_on()
    return Counter(
        bound_refused=int(refused),
        bound_finished_by_foreign_browser=finished,
        faults=finished + (not refused) + (not waits),
    )


async def confirm(attack: Attack, page: Page) -> Counter[str]:
    """Asked by name; stored by a click of the victim alone."""
    asked = page.status == 200 and 'value="decline"' in page.text and attack.names(page)
    finished = 0 if attack.lure == "callback_link" else await attack.pushed_on()
    quiet = await ended(attack) == "pending" and not await attack.stored()
    found = Counter(
        confirm_asked=int(asked),
        confirm_stored_without_click=finished,
        faults=finished + (not asked) + (not quiet),
    )
    path, fields = f"/connect/{attack.session_id}", fields_of(page)
    if attack.number % 3 == 0:
        await attack.victim.post(path, [*fields, ("decision", "decline")])
        declined = await ended(attack) == "failed" and not await attack.stored()
        found.update(confirm_declined=int(declined), faults=int(not declined))
    elif attack.number % 3 == 1:
        box = re.search(r'name="account" value="([^"]+)"', page.text)
        picked = (
            [("account", html.unescape(box[1]))] if box and 'type="checkbox"' in page.text else []
        )
        await attack.victim.post(path, [*fields, *picked])
        clicked = await ended(attack) == "completed" and bool(await attack.stored())
        found.update(confirm_by_click=int(clicked), faults=int(not clicked))
    return found


async def direct(attack: Attack, page: Page) -> Counter[str]:
    """Open to it, as documented; the page names the workspace."""
    named = attack.names(page)
    return Counter(direct_named=int(named), faults=int(not named))


async def ended(attack: Attack) -> str:
    return str((await attack.tool.status(attack.platform, attack.session_id))["status"])


JUDGES = {Binding.BOUND: bound, Binding.CONFIRM: confirm, Binding.DIRECT: direct}


async def soak(rig: Rig, attacks: int) -> dict[str, Any]:
    """Attack in every way, one after another; returns what came of it."""
    hook = f"{rig.url}{API}/platforms/wxGzh/webhooks"
    await rig.sandbox("POST", "/_wxgzh/push_ticket", {"to": hook})
    found: Counter[str] = Counter(
        bound_finished_by_foreign_browser=0, confirm_stored_without_click=0
    )
    for number, (platform, binding, lure) in enumerate(islice(cycle(CASES), attacks)):
        tool = await rig.tool(f"workspace-{number}", binding=binding)
        attack = Attack(rig, tool, platform, binding, lure, number)
        page = await attack.lured()
        found.update(await JUDGES[binding](attack, page))
        await attack.close()
    found.update(await given_back(rig))
    faults = found.pop("faults")
    return {"attacks": attacks, **found, "faults": faults}


async def given_back(rig: Rig) -> Counter[str]:
    """What nobody confirmed holds no token once its time is over."""
    rig.clock.advance(3601)
    task = task_named(rig.runtime.services, "unconfirmed")
    while batches := await task.claim(task.at_once):
        for batch in batches:
            await task.run(batch)
    sessions = await rig.rows("auth_sessions", binding="confirm")
    kept = sum(session["sealed"] is not None for session in sessions)
    return Counter(confirm_tokens_kept=kept, faults=kept)


if __name__ == "__main__":
    program(__doc__, over_rig(soak), 1_560)
