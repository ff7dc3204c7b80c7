"""Return addresses lead nowhere but to origins that the API key allows.

Over three hundred hostile texts are sent as `redirectUri`, as `callbackUrl` and as the former
beside a good one of the latter, by a key with origins and by one without. What is taken is
followed through consent and callback to the result page, and each way out of that page is judged
by where a browser would go. Then the texts are put where no parameter of ours is read. Good
addresses are the control: their pages must lead there.
"""

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

from openchannels.service.authorization.return_urls import origin
from tests.harness.browser import Page
from tests.harness.paths import API
from tests.harness.rig import Rig
from tests.harness.tool import Tool
from tests.soak.program import over_rig, program
from tests.soak.whatwg import NOWHERE, origin_of

OWN, EVIL = "tool.example", "evil.example"
ORIGIN = f"https://{OWN}"
GOOD = (f"{ORIGIN}/back", f"{ORIGIN}/", f"https://{OWN.upper()}:443/a?b=c#d", f"{ORIGIN}/a;b,c'd")
AT_ONCE = 8
FIELD = "redirectUri"

MARKS = (
    *(
        "/",
        "\\",
        "?",
        "#",
        "@",
        ":",
        ":443@",
        ":443:",
        ".",
        "-",
        "_",
        "--",
        ";",
        ",",
        "&",
        "|",
        "^",
    ),
    *("`", "{", "<", '"', "'", "%2f", "%5c", "%00", "%09", "%0a", "%0d%0a", "%23", "%3f", "%40"),
    *("%252f", "%ff", "%2e", "\t", "\n", "\r", "\r\n", " ", "\x00", "\x0b", "\x7f", "//", "///"),
    *("\\\\", "/\\", "/..//", "/.//", "/%2f", "/%5c", "?@", "#@", "/@", "\\@", "&@", "#\\@"),
    *("\u3002", "\uff0e", "\uff0f", "\uff3c", "\uff1f", "\uff03", "\uff20", "\u2100", "\u2044"),
    *("\u200b", "\u00ad", "\ufeff", "\u2028", "\u202e", "\u0131", "\u2025", "\ufe52"),
)
SCHEMES = (
    *("javascript", "JaVaScRiPt", "java\nscript", "\x01javascript", "data", "vbscript", "file"),
    *("ftp", "ws", "wss", "blob", "blob:https", "filesystem", "about", "view-source:https"),
    *("intent", "mailto", "tel", "http\t", "https\n", "h\nttps", "httpss", "xhttps", "http+x"),
)
RELATIVE = (
    *(
        "",
        " ",
        "/",
        "//",
        "///",
        "////",
        "\\",
        "\\\\",
        "/\\",
        "\\/",
        "/\t/",
        "\t//",
        "/\n/",
        "//\t",
    ),
    *(
        "https:",
        "https:/",
        "https:///",
        "https:////",
        "https:\\",
        "https:\\\\",
        "https:/\\",
        "http:",
    ),
    *(
        "?next=//",
        "#//",
        "./",
        "../",
        ".",
        "..//",
        "/..//",
        "/%2f",
        "/%09/",
        "/%5c",
        "@",
        ":",
        "://",
    ),
)
LOOKALIKES = (
    *("t\u043e\u043el.example", "tool.ex\u0430mple", "\uff54ool.example", "\u24e3ool.example"),
    *("tool\u3002example", "tool\uff0eexample", "t\u00f6ol.example", "to\u00adol.example"),
    *("tool\u200b.example", "too\u006c\u0307.example", "xn--tl-emca.example", "xn--tool-.example"),
    *(
        "t00l.example",
        "tool.examp1e",
        "tooI.example",
        "tool-example",
        "tool.example.",
        "toolexample",
    ),
    *("tool.exampl", "tool.example.com", "ttool.example", "sub.tool.example", "too.l.example"),
    *("%74ool.example", "tool%2eexample", "tool.example%00", "tool..example", ".tool.example"),
    *("*.tool.example", "*", "tool.example:8443", "tool.example:80", "tool.example:0443"),
    *("tool.example:99999", "tool.example:443443", "tool.example:", "tool.example:-443"),
    *("[tool.example]", "[::1]", "[::ffff:1.2.3.4]", "0x7f.1", "2130706433", "127.1", "localhost"),
)
BREAKING = (
    *(
        '"><script>alert(1)</script>',
        "'><a href=//evil.example>",
        '" onload="x',
        "\r\nLocation: {e}",
    ),
    *(
        "%0d%0aLocation:%20{e}",
        "\nSet-Cookie: a=b",
        "%E5%98%8A%E5%98%8DLocation:{e}",
        "\r\n\r\n<a>",
    ),
    *("; url={e}", ";script-src *", ", *", "%3Bform-action%20*", "?a=b\r\nX: y", "#\r\nX: y"),
    *(
        "?next={e}",
        "#{e}",
        "?%0d%0a",
        "\\..\\..\\{e}",
        "/..//evil.example",
        "/%2e%2e//evil.example",
    ),
    *(
        "/.evil.example/..",
        "/{{{{7*7}}}}",
        "/${{7*7}}",
        "/%s%n",
        "?a=%",
        "/%zz",
        "/\ud800",
        "/\u0000",
    ),
)


def hostile() -> list[str]:
    """All texts, each once."""
    found: list[str] = []
    for mark in MARKS:
        found += [f"https://{OWN}{mark}{EVIL}", f"https://{EVIL}{mark}{OWN}/"]
        found += [f"https://{OWN}{mark}@{EVIL}/"]
    for scheme in SCHEMES:
        found += [f"{scheme}://{OWN}/%0aalert(1)", f"{scheme}:alert(1)//{OWN}"]
    found += [f"{start}{EVIL}/{OWN}" for start in RELATIVE]
    found += [f"https://{host}/back" for host in LOOKALIKES]
    found += [f"{ORIGIN}/{text.replace('{e}', 'https://' + EVIL)}" for text in BREAKING]
    found += [f"{blank}https://{EVIL}" for blank in (" ", "\t", "\n", "\x00", "\ufeff", "\xa0")]
    found += [f"http://{OWN}/", f"https://{EVIL}/?{ORIGIN}", f"{ORIGIN}\x00.{EVIL}", "null", "*"]
    return list(dict.fromkeys(found))


class Exits(HTMLParser):
    """All addresses to which a page leads, and the fields of its form."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.forms: list[str] = []
        self.fields: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("a", "area", "base") and "href" in given:
            self.found.append(given["href"])
        if tag == "form":
            self.forms.append(given.get("action", ""))
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.found += re.findall(r"url=(.*)", given.get("content", ""), re.IGNORECASE)
        if tag in ("iframe", "frame", "object", "embed") or (
            tag == "script" and "src" not in given
        ):
            self.found.append(f"https://{EVIL}/<{tag}>")
        if tag == "input":
            self.fields[given.get("name", "")] = given.get("value", "")


def ways_out(page: Page) -> Iterator[str]:
    """Every address to which a page may send the browser, by itself or by a click."""
    exits = Exits(page.text)
    yield from (*exits.found, *exits.forms)
    yield from ([page.location] if page.location else [])
    yield from re.findall(r"url=(.*)", page.headers.get("refresh", ""))
    if FIELD in exits.fields:
        yield exits.fields[FIELD]


def strays(page: Page, base: str, allowed: Iterable[str]) -> list[str]:
    """What leads elsewhere than to us or to the allowed origins, policy included."""
    good = {base, *allowed}
    policy = page.headers.get("content-security-policy", "")
    # A policy cannot name an IPv6 address, so there its scheme stands.
    good |= {"http:", "https:"} if any("[" in form for form in Exits(page.text).forms) else set()
    found = [out for out in ways_out(page) if origin_of(out, base) not in good]
    for source in re.sub(r".*form-action ([^;]*);.*", r"\1", policy).split():
        if source != "'self'" and not {source, origin_of(source, base)} & good:
            found.append(f"form-action {source}")
    return found


class Trial:
    """One key's attempts and what came of them."""

    def __init__(self, rig: Rig, bound: Tool, free: Tool) -> None:
        self.rig, self.bound, self.free = rig, bound, free
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    async def attempt(self, tool: Tool, given: dict[str, str], text: str) -> list[Page]:
        """Start with the addresses; the pages of the whole way if they are taken, else none."""
        query = "&".join(f"{name}={escaped(value)}" for name, value in given.items())
        answer = await tool.get(f"{API}/accounts/auth/youtube?{query}")
        if answer.code != 0:
            self.counts["refused"] += 1
            if answer.code != 10002:
                self.faults.append(f"{text!r}: code {answer.code}")
            return []
        self.counts["taken"] += 1
        browser = self.rig.browser()
        callback = await browser.consent(answer.data["url"], tool.user_id)
        first = await browser.open(callback)
        pages = [first, await browser.open(first.location)]
        await browser.close()
        return pages

    async def hostile(self, text: str) -> None:
        """One text, as each address, by each key."""
        good = {"callbackUrl": GOOD[0]}
        for given in ({FIELD: text}, {"callbackUrl": text}, {**good, FIELD: text}):
            for page in await self.attempt(self.bound, given, text):
                self.note(text, strays(page, self.rig.url, [ORIGIN]))
            # A key without origins names any site, but one that we and a browser read alike.
            named = origin(text) or NOWHERE
            for page in await self.attempt(self.free, given, text):
                self.note(text, strays(page, self.rig.url, [ORIGIN, named]))

    def note(self, text: str, found: list[str]) -> None:
        self.counts["pages"] += 1
        self.counts["astray"] += bool(found)
        self.faults += [f"{text!r} leads to {one!r}" for one in found]

    async def control(self) -> None:
        """Good addresses are taken, and their pages lead there by link or by form."""
        for text, name in itertools.product(GOOD, (FIELD, "callbackUrl")):
            pages = await self.attempt(self.bound, {name: text}, text)
            exits = Exits(pages[1].text) if pages else Exits("")
            outward = exits.forms if name == "callbackUrl" else exits.found
            self.note(text, strays(pages[1], self.rig.url, [ORIGIN]) if pages else ["nowhere"])
            relayed = "signature" in exits.fields
            if ORIGIN not in {origin_of(one, self.rig.url) for one in outward} or (
                relayed != (name == "callbackUrl")
            ):
                self.faults.append(f"control {name} {text!r}: {outward}")
            self.counts["relayed"] += relayed

    async def smuggled(self, texts: list[str]) -> None:
        """Texts where nothing of ours is read: in the callback, on pages, in the Host header."""
        started = await self.bound.start("youtube")
        browser = self.rig.browser()
        callback = await browser.consent(started["url"])
        shown = f"/connect/{started['sessionId']}"
        await browser.open(callback)
        for text in texts:
            names = ("redirectUri", "callbackUrl", "redirect_uri", "next", "url", "return_to")
            extra = "&".join(f"{name}={escaped(text)}" for name in names)
            path = f"/{escaped(text).replace('%2F', '/')}"
            for url, headers in (
                (f"{callback}&{extra}", {}),
                (f"{callback}&{extra}", {"Host": EVIL, "X-Forwarded-Host": EVIL}),
                (f"{shown}?{extra}", {"Host": EVIL, "X-Forwarded-Proto": "javascript"}),
                (path, {}),
            ):
                page = await browser.open(url, headers=headers)
                self.note(text, strays(page, self.rig.url, []))
        await browser.close()


def escaped(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")


async def soak(rig: Rig, size: int) -> dict[str, Any]:
    """Run over so many of the texts; returns the counts."""
    texts = hostile()
    texts = texts[:: max(1, len(texts) // size)]
    trial = Trial(rig, await rig.tool(origins=(ORIGIN,)), await rig.tool())
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(text: str) -> None:
        async with gate:
            await trial.hostile(text)

    await asyncio.gather(*map(one, texts))
    await trial.smuggled(texts)
    await trial.control()
    return {
        "forms": len(texts),
        **trial.counts,
        "broken": trial.faults[:10],
        "faults": len(trial.faults),
    }


if __name__ == "__main__":
    program(__doc__, over_rig(soak), len(hostile()))
