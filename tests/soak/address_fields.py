"""Hostile forms in the API's fields that take an address or an id that looks like one.

The service's client of the platforms is led over roads of its own here: an address of a platform
leads to the sandbox, and a short link to a listener that stands for the platform and redirects
where a test says. Any other address is noted and really called, so that the listener of hostile
connections would notice, too.
"""

import itertools
import json
import string
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock
from urllib.parse import quote, urlsplit

from openchannels.connectors.base.links import Links
from openchannels.connectors.registry import CONNECTORS
from openchannels.sandbox import create_sandbox
from openchannels.transport.client import SandboxUrls
from tests.harness.paths import ACCOUNTS, GROUPS, WORKS
from tests.harness.rig import Rig
from tests.harness.tool import Answer, Tool
from tests.soak.forms import PUBLIC, odd_urls
from tests.soak.watching import RECEIVER, Listener

LINKS: Mapping[str, Links] = {str(name): one.links for name, one in CONNECTORS.items() if one.links}
SHORT: Mapping[str, str] = json.loads(
    (Path(__file__).parents[1] / "connectors" / "links" / "short.json").read_text()
)
"""A short link of each platform that has some."""
SHORT_FORMS = [form for links in LINKS.values() for form in links.short]
READABLE = ("youtube", "facebook", "pinterest")
"""Platforms of which works are read by their id."""
REFUSALS = (10002, 15079)
"""The value is none of its kind, or there is no such work."""
CODE = 4
"""Characters of a short link's code that are drawn here."""


@dataclass
class Roads:
    """Where calls of platforms' addresses go; what is no platform's is noted and called."""

    sandbox: SandboxUrls
    hosts: Collection[str]
    stand_in: str
    """Address of the listener that stands for the hosts of short links."""
    redirected: int = 0
    astray: list[str] = field(default_factory=list)

    def __call__(self, url: str) -> str:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and parts.netloc == parts.hostname
        if plain and any(form.matches(parts) for form in SHORT_FORMS):
            self.redirected += 1
            return f"{self.stand_in}{parts.path}"
        if plain and parts.netloc in self.hosts:
            return self.sandbox(url)
        self.astray.append(url)
        return url.replace("https://", "http://", 1)


def short_link(platform: str, number: int) -> str:
    """A short link of a platform, another one for each number, because answers are kept."""
    digits = ""
    for _ in range(CODE):
        number, digit = divmod(number, len(string.ascii_lowercase))
        digits += string.ascii_lowercase[digit]
    link = SHORT[platform]
    tail = "/" if link.endswith("/") else ""
    return link.removesuffix("/")[:-CODE] + digits + tail


def disguised() -> Iterator[tuple[str, str]]:
    """Links that hold a platform's own host, and lead elsewhere to a careless reader."""
    for platform, link in SHORT.items():
        parts = urlsplit(link)
        for url in odd_urls():
            yield platform, url.replace(PUBLIC, parts.netloc) + parts.path.lstrip("/")


@dataclass
class Fields:
    """A tenant who fills an address into everything, and what the service called meanwhile."""

    rig: Rig
    tool: Tool
    roads: Roads
    target: Listener
    accounts: Mapping[str, str]
    group: str
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    connections: int = 0

    async def links(self, given: Sequence[tuple[str, str]]) -> int:
        for platform, url in given:
            link = self._address(url)
            self._settle(f"link {platform} {link!r}", await self._link(platform, link))
        return len(given)

    async def redirects(self, given: Sequence[tuple[str, str]]) -> int:
        """Short links that lead to each of the addresses; returns how many did."""
        before, told = self.target.answer, 0
        for number, (platform, url) in enumerate(given):
            self.target.redirect_to(302, self._address(url).replace("\r\n", ""))
            asked = self.roads.redirected
            answer = await self._link(platform, short_link(platform, number))
            told += self.roads.redirected > asked
            self._settle(f"{platform} redirects to {url!r}", answer)
        if told != len(given):
            self.faults.append(f"only {told} of {len(given)} short links were followed")
        self.target.answer = before
        return told

    async def values(self, urls: Sequence[str]) -> int:
        """Avatars as a plug-in hands them in and as they are changed, and places of groups."""
        account = {"type": "xhs", "uid": "5f1a2b3c4d5e6f7081920000", "nickname": "A"}
        known = (await self.tool.add_account(**account)).data["id"]
        for url, turn in zip(urls, itertools.cycle(range(3)), strict=False):
            address = self._address(url)
            match turn:
                case 0:
                    answer = await self.tool.add_account(**account, avatar=address)
                case 1:
                    path, changes = f"{ACCOUNTS}/{known}", {"avatar": address, "rank": 1}
                    answer = await self.tool.call("PATCH", path, json=changes)
                case _:
                    path, changes = f"{GROUPS}/{self.group}", {"proxyIp": address, "ip": address}
                    answer = await self.tool.call("PATCH", path, json=changes)
            self._settle(f"field {turn} {address!r}", answer)
        return len(urls)

    async def work_ids(self, urls: Sequence[str]) -> int:
        """Ids of works that are written like addresses."""
        for url, platform in zip(urls, itertools.cycle(READABLE), strict=False):
            work = quote(self._address(url), safe="")
            account = self.accounts[platform]
            answer = await self.tool.get(f"{WORKS}/{platform}/{work}", accountId=account)
            self._settle(f"work {platform} {url!r}", answer)
        return len(urls)

    async def _link(self, platform: str, link: str) -> Answer:
        params = {"platform": platform, "link": link, "accountId": self.accounts[platform]}
        return await self.tool.get(f"{WORKS}/link-info", **params)

    def _address(self, url: str) -> str:
        return url.replace("{port}", str(self.target.port))

    def _settle(self, what: str, answer: Answer) -> None:
        """Note a fault if anything but a platform was called, or the answer is none of ours."""
        calls = len(self.roads.astray) + self.target.refused
        if calls or (answer.code not in (0, *REFUSALS)):
            self.faults.append(f"{what}: {answer.code} {self.roads.astray} {self.target.came}")
        self.connections += bool(calls)
        self.roads.astray.clear()
        self.target.forget_refused()


async def fill(rig: Rig, target: Listener, urls: Sequence[str], step: int) -> Fields:
    """Fills the forms into every field; of the disguised links every one of so many."""
    tool = await rig.tool()
    http = rig.runtime.http
    hosts = frozenset(create_sandbox()._hosts)
    roads = Roads(http.address, hosts, f"http://{RECEIVER}:{target.port}")
    fields = Fields(rig, tool, roads, target, await _accounts(rig, tool), await _group(tool))
    foreign = zip(itertools.cycle(LINKS), urls, strict=False)
    leading = zip(itertools.cycle(SHORT), urls, strict=False)
    hidden = list(itertools.islice(disguised(), 0, None, step))
    with mock.patch.object(http, "address", roads):
        fields.counts = {
            "links": await fields.links([*foreign, *hidden]),
            "link_redirects": await fields.redirects([*leading, *hidden]),
            "address_fields": await fields.values(urls),
            "work_ids": await fields.work_ids(urls),
        }
    return fields


async def _accounts(rig: Rig, tool: Tool) -> Mapping[str, str]:
    """An account of each platform that has links; where no work is read, a row is enough."""
    accounts = {platform: await tool.connected(platform) for platform in READABLE}
    (like,) = await rig.rows("accounts", id=accounts[READABLE[0]])
    for platform in LINKS.keys() - accounts.keys():
        accounts[platform] = name = f"{platform}_links"
        await rig.add_row("accounts", **like | {"id": name, "platform": platform, "identity": name})
    return accounts


async def _group(tool: Tool) -> str:
    made = await tool.post(GROUPS, {"name": "places"})
    return str(made.data["id"])
