"""Public links to works: their forms as data, read without network.

Only short links are followed, and only over addresses that a platform declares as such: any other
address is read or refused, never called.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin

from openchannels.connectors.base.parse import BROWSER
from openchannels.core.accounts import Account
from openchannels.core.links import LinkedWork
from openchannels.core.ssrf import check_url
from openchannels.core.urls import plain_url
from openchannels.core.works import ContentMode
from openchannels.transport.platform_client import PlatformClient

SEGMENT = r"(?!\.\.?(?:/|$))(?:[\w.~+-]|%(?!2[5eEfF]|5[cC]|[01]|7[fF])[0-9a-fA-F]{2})+"
"""One segment of a path, without anything that decodes to a separator or a dot."""
FIRST_ADDRESS = re.compile(r"(?<![!-~])https?://[!-~]+", re.IGNORECASE)
"""The first address in a text; Chinese text may follow it without a blank."""
UNSHARED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Characters that no shared text has: controls, and those that turn the direction of reading."""
KEPT_VALUE = re.compile(r"[\w=.~-]{1,256}", re.ASCII)
MAX_FIELDS = 100
FOLLOW_SECONDS = 10.0
"""The time for all hops of a short link together."""
CACHE_SECONDS = 600.0
OPERATION = "links.resolve"


@dataclass(frozen=True, slots=True)
class LinkForm:
    """One form of a link: a pattern of its whole path, and of parameters of its query.

    The named groups of the patterns fill `id` and `url`. `owned` is the id instead, with `{uid}`,
    where the group `owner` names the caller's account. `kept` are parameters that stay in the
    address. Without `hosts` the form has all of the platform's. See `LinkedWork` for the others.
    """

    path: str
    url: str
    mode: ContentMode | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    id: str = "{id}"
    owned: str = ""
    hosts: Sequence[str] = ()
    kept: Sequence[str] = ()
    listed: bool = True

    def read(self, parts: SplitResult, account: Account | None) -> LinkedWork | None:
        """Returns the work, or None for a link of another form."""
        groups = _groups(self.path, parts.path)
        if groups is None:
            return None
        sent = _parameters(parts.query) if self.query or self.kept else {}
        for name, pattern in self.query.items():
            found = _groups(pattern, sent.get(name, ""))
            if found is None:
                return None
            groups |= found
        kept = {name: sent[name] for name in self.kept if KEPT_VALUE.fullmatch(sent.get(name, ""))}
        query = f"?{urlencode(kept, quote_via=quote)}" if kept else ""
        url = self.url.format_map({**groups, "link": _plain(parts)}) + query
        if self.owned and account is not None and _is_owner(groups["owner"], account):
            return LinkedWork(self.owned.format_map({**groups, "uid": account.uid}), url, self.mode)
        text = self.id.format_map({**groups, "link": url})
        return LinkedWork(text, url, self.mode, self.listed)


@dataclass(frozen=True, slots=True)
class ShortLink:
    """A form of links that redirect to a work; with `query` the redirect needs it too."""

    hosts: Sequence[str]
    path: str
    query: bool = False

    def matches(self, parts: SplitResult) -> bool:
        return parts.hostname in self.hosts and _groups(self.path, parts.path) is not None

    def address(self, parts: SplitResult) -> str:
        """Returns the address to call: always https, and without fragment."""
        query = f"?{parts.query}" if self.query and parts.query else ""
        return f"https://{parts.hostname}{parts.path}{query}"


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one platform. A host that begins with a dot stands for all its subdomains.

    `bare` is a form of the id alone, without an address. `in_text` reads the first address of a
    text that people share. Short links have at most `hops`; `browser` says that they redirect
    browsers only. `needs_account` follows the API's contract.
    """

    hosts: Sequence[str]
    forms: Sequence[LinkForm]
    short: Sequence[ShortLink] = ()
    bare: LinkForm | None = None
    hops: int = 5
    in_text: bool = False
    browser: bool = False
    needs_account: bool = True

    def parse(self, text: str, account: Account | None = None) -> LinkedWork | None:
        """Returns the work that a link names; None for a short link and any other text."""
        link = text.strip()
        if self.bare is not None:
            found = self.bare.read(SplitResult("", "", link, "", ""), account)
            if found is not None:
                return found
        parts = self._split(link)
        return next(self._readings(parts, account), None) if parts else None

    async def find(
        self, client: PlatformClient, text: str, account: Account | None = None
    ) -> LinkedWork | None:
        """Returns the work that a link names or a short link leads to; None if there is none.

        Raises PlatformFailure if the platform does not say where a short link leads.
        """
        found = self.parse(text, account)
        start = None if found else self.short_address(text)
        if start is None:
            return found
        key = f"link {start}"
        end: str | None = client.cache.get(key)
        if end is None:
            end = await self._follow(client, start) or ""
            client.cache.put(key, end, CACHE_SECONDS)
        return self.parse(end, account)

    def short_address(self, text: str) -> str | None:
        """Returns the address to call for a short link; None for any other text."""
        parts = self._split(text.strip())
        if parts is None:
            return None
        address = next((form.address(parts) for form in self.short if form.matches(parts)), None)
        return address if address and check_url(address) is None else None

    async def _follow(self, client: PlatformClient, start: str) -> str | None:
        """Returns the first address on the way that names a work; None if none does."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + FOLLOW_SECONDS
        headers = {"Accept": "text/html"} | ({"User-Agent": BROWSER} if self.browser else {})
        address: str | None = start
        for _ in range(self.hops):
            if address is None:
                return None
            left = max(0.01, deadline - loop.time())
            location = await client.redirect(
                address, operation=OPERATION, headers=headers, timeout=left
            )
            target = _joined(address, location)
            if self.parse(target) is not None:
                return target
            address = self.short_address(target)
        return None

    def _split(self, link: str) -> SplitResult | None:
        """Returns the parts of an address without a port; None for any other text."""
        if self.in_text:
            address = None if UNSHARED.search(link) else FIRST_ADDRESS.search(link)
            link = address[0] if address else ""
        # Pages hold addresses with their ampersands escaped.
        parts = plain_url(link.replace("&amp;", "&"))
        return parts if parts is not None and parts.netloc.lower() == parts.hostname else None

    def _readings(self, parts: SplitResult, account: Account | None) -> Iterator[LinkedWork]:
        host = parts.hostname or ""
        for form in self.forms:
            if _is_host(host, form.hosts or self.hosts):
                work = form.read(parts, account)
                if work is not None:
                    yield work


def _groups(pattern: str, text: str) -> dict[str, str] | None:
    found = re.fullmatch(pattern, text, re.ASCII)
    return found.groupdict("") if found else None


def _parameters(query: str) -> dict[str, str]:
    """Returns the parameters that stand in a query once; of others none is the one meant."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    names = [name for name, _ in pairs]
    return {name: value for name, value in pairs if names.count(name) == 1}


def _is_host(host: str, hosts: Sequence[str]) -> bool:
    return any(host.endswith(one) if one.startswith(".") else host == one for one in hosts)


def _is_owner(name: str, account: Account) -> bool:
    return name.casefold() in (account.uid, (account.handle or "").casefold())


def _plain(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return f"https://{parts.hostname}{parts.path}{query}"


def _joined(address: str, location: str | None) -> str:
    try:
        return urljoin(address, location) if location else ""
    except ValueError:
        return ""
