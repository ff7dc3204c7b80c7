"""A person who connects accounts: the browser, the decision at the platform, the choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

import httpx2

from openchannels.testing.web import local_client

MOST_REDIRECTS = 20
ACCOUNT = "account"
"""The field of the service's page that names an offered account."""


@dataclass(frozen=True, slots=True)
class PageForm:
    """A form on a page: where it is sent, and its fields in order."""

    action: str
    fields: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ShownPage:
    """Where the browser ended. A page elsewhere is not loaded: `url` is its address, no `text`."""

    url: str
    status: int
    text: str = ""
    form: PageForm | None = None
    """The first form: of a result for your `callbackUrl`, the one that is posted there."""
    leads_to: str | None = None
    """The address that the page opens by itself: of a result, your `redirectUri`."""


class Person:
    """Somebody with accounts on every platform: `name` is that of the sandbox's person.

    Each decision is made in a browser of its own, which stays within the service and the sandbox.
    """

    def __init__(self, name: str, origins: Sequence[str]) -> None:
        self.name = name
        self._origins = tuple(f"{origin}/" for origin in origins)

    def approve(
        self,
        url: str,
        *,
        accounts: int = 0,
        scopes: Sequence[str] | None = None,
        pages: Sequence[str] | None = None,
    ) -> ShownPage:
        """Opens a connect URL and approves; returns the page on which the browser ends.

        Where the service offers accounts, the first `accounts` are taken, and for 0 the page is
        left open. `scopes` and `pages` (Facebook's, by id) are what is granted; all by default.
        """
        chosen = {"scopes": scopes, "pages": pages}
        granted = {name: " ".join(values) for name, values in chosen.items() if values is not None}
        with local_client() as browser:
            shown = self._decide(browser, url, "approve", granted)
            if accounts and shown.form is not None:
                shown = self._take(browser, shown, shown.form, accounts)
        return shown

    def deny(self, url: str) -> ShownPage:
        """Opens a connect URL and denies; returns the page on which the browser ends."""
        with local_client() as browser:
            return self._decide(browser, url, "deny", {})

    def _decide(
        self, browser: httpx2.Client, url: str, decision: str, granted: dict[str, str]
    ) -> ShownPage:
        given = {"decision": decision, "person": self.name, **granted}
        query = urlencode({f"sandbox_{name}": value for name, value in given.items()})
        return self._follow(browser, browser.get(f"{url}{'&' if '?' in url else '?'}{query}"))

    def _take(
        self, browser: httpx2.Client, shown: ShownPage, form: PageForm, accounts: int
    ) -> ShownPage:
        offered = [field for field in form.fields if field[0] == ACCOUNT]
        sent = [field for field in form.fields if field[0] != ACCOUNT] + offered[:accounts]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": urljoin(shown.url, "/").rstrip("/"),
        }
        answer = browser.post(form.action, content=urlencode(sent), headers=headers)
        return self._follow(browser, answer)

    def _follow(self, browser: httpx2.Client, answer: httpx2.Response) -> ShownPage:
        for _ in range(MOST_REDIRECTS):
            if not answer.has_redirect_location:
                return _shown(answer)
            target = urljoin(str(answer.url), answer.headers["location"])
            if not target.startswith(self._origins):
                return ShownPage(target, answer.status_code)
            answer = browser.get(target)
        raise AssertionError(f"more than {MOST_REDIRECTS} redirects, the last from {answer.url}")


def _shown(answer: httpx2.Response) -> ShownPage:
    url = str(answer.url)
    reader = _PageReader()
    reader.feed(answer.text)
    form = None
    if reader.action is not None:
        form = PageForm(urljoin(url, reader.action), tuple(reader.fields))
    return ShownPage(url, answer.status_code, answer.text, form, reader.leads_to)


class _PageReader(HTMLParser):
    """Reads the first form of a page, and the link that its script follows."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: list[tuple[str, str]] = []
        self.leads_to: str | None = None
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and self.action is None:
            self.action, self._within = given.get("action") or "", True
        elif tag == "input" and self._within and (name := given.get("name")):
            self.fields.append((name, given.get("value") or ""))
        elif tag == "a" and "data-leave" in given:
            self.leads_to = given.get("href")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._within = False
