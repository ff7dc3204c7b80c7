"""The browser of the person who decides on a platform's consent page, for async tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from yarl import URL


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser got, without following redirects."""

    status: int
    headers: Mapping[str, str]
    cookies: Sequence[str]
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("location", "")


class Browser:
    """A person's browser: keeps cookies, follows redirects only when told to."""

    def __init__(self, service_url: str, sandbox_url: str, language: str = "en-US") -> None:
        self._service_url, self._sandbox_url = service_url, sandbox_url
        jar = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            cookie_jar=jar,
            headers={"Accept-Language": language, "Accept": "text/html"},
        )

    async def open(self, url: str, **options: Any) -> Page:
        return await self._page("GET", url, **options)

    async def post(self, url: str, fields: Sequence[tuple[str, str]], **options: Any) -> Page:
        return await self._page("POST", url, data=list(fields), **options)

    async def _page(self, method: str, url: str, **options: Any) -> Page:
        address = url if "://" in url else self._service_url + url
        target = URL(address, encoded=True)
        async with self._session.request(
            method, target, allow_redirects=False, **options
        ) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            cookies = answer.headers.getall("set-cookie", [])
            return Page(answer.status, headers, cookies, await answer.text())

    async def consent(
        self, url: str, person: str = "ida", decision: str = "approve", **more: str
    ) -> str:
        """Decide on the platform's page; returns the callback address it leads to."""
        decided = {"sandbox_decision": decision, "sandbox_person": person, **more}
        page = await self.open(f"{url}&{urlencode(decided)}")
        if page.location.startswith(self._sandbox_url):
            # The way led over a page of ours.
            page = await self.open(page.location)
        assert page.status in (302, 303), page.text
        return page.location

    async def finish(self, callback: str) -> Page:
        """Open a callback address and the page it leads to."""
        page = await self.open(callback)
        return await self.open(page.location) if page.status == 303 else page

    async def close(self) -> None:
        await self._session.close()


def callback_params(callback: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(callback).query))


def with_params(url: str, **params: str | None) -> str:
    """The address with parameters changed; None takes one out."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **params}
    kept = {name: value for name, value in query.items() if value is not None}
    return parts._replace(query=urlencode(kept)).geturl()
