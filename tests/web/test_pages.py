"""The pages are safe under their policy, complete in both languages, and say what they must."""

import ast
import json
import re
import string
import struct
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import openchannels.web
from openchannels.connectors.registry import CONNECTORS
from openchannels.service.authorization.caller_redirect import OpenerMessage
from openchannels.web import pages
from openchannels.web.markup import badge, initial
from openchannels.web.pages import (
    CandidateView,
    ChoiceView,
    ConnectView,
    ErrorView,
    HomeView,
    LeavingView,
    PlatformRow,
    Relay,
    ResultAccount,
    ResultView,
)
from openchannels.web.security_headers import (
    origin,
    page_url,
    relay_headers,
    security_headers,
    web_url,
)
from openchannels.web.texts import TEXTS, text

LOCALES = ("zh-CN", "en-US")
SHEET = pages.asset("app.css")
HOSTILE = "\"><script>alert(1)</script>'</script><img src=x onerror=alert(1)>{{7*7}}"


class Page(HTMLParser):
    """A parsed page: every element with its attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str, **wanted: str | None) -> list[dict[str, str | None]]:
        return [
            attributes
            for name, attributes in self.elements
            if name == tag and all(attributes.get(k) == v for k, v in wanted.items())
        ]

    def links(self) -> list[dict[str, str | None]]:
        """The links that lead elsewhere than to the same page in another language."""
        return [link for link in self.all("a") if "hreflang" not in link]

    def addresses(self) -> Iterator[str]:
        for _, attributes in self.elements:
            for name in ("href", "src", "action", "formaction", "data", "poster"):
                if attributes.get(name):
                    yield str(attributes[name])


def result(**changes: Any) -> ResultView:
    values: dict[str, Any] = {
        "platform_id": "youtube",
        "platform_name": "YouTube",
        "outcome": "completed",
        "workspace": "Acme Studio",
        "accounts": (ResultAccount("Ada", "https://img.example/a.png", "@ada"),),
    }
    return ResultView(**{**values, **changes})


def choice(**changes: Any) -> ChoiceView:
    values: dict[str, Any] = {
        "platform_id": "facebook",
        "platform_name": "Facebook",
        "workspace": "Acme Studio",
        "session_id": "session-1",
        "csrf_token": "token-1",
        "action": "/connect/selections",
        "candidates": tuple(CandidateView(f"k{n}", f"Page {n}") for n in range(3)),
        "error_message": None,
        "minutes_left": 58,
    }
    return ChoiceView(**{**values, **changes})


ONE = (CandidateView("k1", "Ada", "@ada"),)
LAUNCH = ConnectView(
    "youtube", "YouTube", "Acme Studio", "/connect/s/go", [("csrf", "t"), ("ticket", "k")]
)
LEAVING = LeavingView("youtube", "YouTube", "https://accounts.google.com/o/oauth2/v2/auth?state=s")


def home(**changes: Any) -> HomeView:
    rows = [
        PlatformRow(name, name.title(), "oauth", True, ("works", "publishing"))
        for name in CONNECTORS
    ]
    rows[1] = PlatformRow("xhs", "Xiaohongshu", "cookie", False, (), ("a.key",), "No list API.")
    values: dict[str, Any] = {
        "version": "0.1.0",
        "mode": "sandbox",
        "database": "SQLite",
        "base_url": "https://channels.example",
        "platforms": rows,
        "sandbox_url": "/sandbox/",
    }
    return HomeView(**{**values, **changes})


DOCUMENT: dict[str, Any] = {
    "tags": [{"name": "works", "description": "What people made."}],
    "paths": {
        "/works/{platform}": {
            "get": {"tags": ["works"], "summary": HOSTILE, "x-required-scope": "works:read"}
        }
    },
}


def every_page(locale: str) -> dict[str, str]:
    """Render each page in each of its states."""
    relay = Relay("https://tool.example/done", [("accounts", "[]")])
    failed = result(outcome="failed", accounts=(), error_code=15013, request_id="r-1")
    return {
        "completed": pages.result_page(result(), locale),
        "relay": pages.result_page(result(relay=relay), locale),
        "redirect": pages.result_page(result(redirect_to="https://tool.example/"), locale),
        "failed": pages.result_page(failed, locale),
        "pending": pages.result_page(result(outcome="pending", accounts=()), locale),
        "choice": pages.choice_page(choice(), locale),
        "confirm": pages.choice_page(choice(confirm=True, candidates=ONE), locale),
        "confirm several": pages.choice_page(choice(confirm=True), locale),
        "launch": pages.connect_page(LAUNCH, locale),
        "leaving": pages.leaving_page(LEAVING, locale),
        "notice": pages.error_page(ErrorView("Gone", "It is gone.", "Start again."), locale),
        "home": pages.home_page(home(), locale),
        "reference": pages.reference_page(locale),
        "operations": pages.operations_page(DOCUMENT, locale),
    }


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_keeps_to_the_policy(locale: str) -> None:
    for name, html in every_page(locale).items():
        page = Page(html)
        assert page.all("html") == [{"lang": locale}], name
        assert not page.all("style"), name
        assert all("src" in script for script in page.all("script")), name
        for tag, attributes in page.elements:
            assert "style" not in attributes, (name, tag)
            assert not [a for a in attributes if a.startswith("on")], (name, tag)
        for address in page.addresses():
            assert address.startswith("#") or page_url(address), (name, address)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_has_one_heading_and_unique_ids(locale: str) -> None:
    for name, html in every_page(locale).items():
        page = Page(html)
        ids = [a["id"] for _, a in page.elements if "id" in a]
        assert len(page.all("h1")) == 1, name
        assert len(ids) == len(set(ids)), name


def test_both_languages_say_the_same_things() -> None:
    english, chinese = TEXTS["en-US"], TEXTS["zh-CN"]
    assert english.keys() == chinese.keys()
    for key, sentence in english.items():
        gaps = {name for _, name, _, _ in string.Formatter().parse(sentence) if name}
        assert gaps == {n for _, n, _, _ in string.Formatter().parse(chinese[key]) if n}, key


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_can_be_read_in_the_other_language(locale: str) -> None:
    other, short = ("en-US", "en") if locale == "zh-CN" else ("zh-CN", "zh")
    for name, html in every_page(locale).items():
        (link,) = (a for a in Page(html).all("a") if "hreflang" in a)
        assert (link["hreflang"], link["href"]) == (other, f"/?lang={short}"), name
    html = pages.error_page(ErrorView("Gone", "Gone."), locale, "/connect/s/go?ticket=t&a=b")
    (link,) = (a for a in Page(html).all("a") if "hreflang" in a)
    assert link["href"] == f"/connect/s/go?ticket=t&a=b&lang={short}"
    foreign = pages.error_page(ErrorView("Gone", "Gone."), locale, "//evil.example")
    assert "evil" not in foreign


def test_every_text_is_used() -> None:
    folder = Path(openchannels.web.__file__).parent
    files = [
        *folder.glob("templates/*.html"),
        *(p for p in folder.glob("*.py") if p.stem != "texts"),
    ]
    sources = "".join(path.read_text() for path in files)
    built = re.compile(
        r"result_(completed|failed|pending)_title|home_(link|mode|offers)_|connect_|advice_|doctor_"
    )
    unused = [k for k in TEXTS["en-US"] if f'"{k}"' not in sources and f"'{k}'" not in sources]
    assert [key for key in unused if not built.match(key)] == []


def test_an_unknown_locale_is_english() -> None:
    html = pages.error_page(ErrorView("Gone", "It is gone."), "fr-FR")
    assert '<html lang="en-US">' in html


# Addresses.


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "https:\n//evil.example",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/x",
        "/\\evil.example",
        "https:/\\evil.example",
        "https://user:secret@evil.example/",
        "https://",
        "https://host:port/",
        "https://[::1/",
        "ftp://host/",
        "",
    ],
)
def test_other_addresses_are_dropped(address: str) -> None:
    assert web_url(address) is None
    assert page_url(address) is None


def test_addresses_of_the_web_and_of_this_server_pass() -> None:
    for address in ("http://localhost:8000/x?a=1#b", "HTTPS://例子.example/路", "http://[::1]:9/"):
        assert web_url(address) == address
    assert page_url("/reference") == "/reference"
    assert web_url("/reference") is None


addresses = st.one_of(
    st.text(max_size=40),
    st.builds(
        lambda scheme, rest: scheme + rest,
        st.sampled_from(
            ["javascript:", "JAVASCRIPT:", "\x01javascript:", "data:", "https://", "//", "/", "\\"]
        ),
        st.text(max_size=30),
    ),
)


@settings(max_examples=150, deadline=None)
@given(address=addresses, name=st.text(max_size=30))
@example(address="javascript:alert(1)", name=HOSTILE)
def test_nothing_hostile_survives(address: str, name: str) -> None:
    account = ResultAccount(name, address, name)
    candidate = CandidateView(name, name, name, address, name)
    rendered = [
        pages.result_page(
            result(
                platform_id=name,
                platform_name=name,
                workspace=name,
                accounts=[account],
                relay=relay,
                redirect_to=address,
            ),
            "en-US",
        )
        for relay in (None, Relay(address, [(name, name)]))
    ]
    rendered += [
        pages.choice_page(
            choice(workspace=name, action=address, candidates=[candidate], error_message=name),
            "zh-CN",
        ),
        pages.error_page(ErrorView(name, name, name, 1, name, name, name), "en-US"),
        pages.home_page(home(version=name, sandbox_url=address, base_url=address), "en-US"),
    ]
    for html in rendered:
        page = Page(html)
        assert len(page.all("script")) == 1
        assert not [a for _, attributes in page.elements for a in attributes if a[:2] == "on"]
        for found in page.addresses():
            assert found.startswith(("http://", "https://", "HTTP", "/")) or web_url(found), found
            assert not found.startswith("//")


def test_names_are_escaped_and_arrive_whole() -> None:
    relay = Relay("https://tool.example/done", [("nickname", HOSTILE)])
    account = ResultAccount(HOSTILE, None)
    page = Page(pages.result_page(result(accounts=[account], relay=relay), "en-US"))
    assert page.all("input", name="nickname")[0]["value"] == HOSTILE
    assert HOSTILE in page.text
    assert not page.all("img", src="x")


def test_half_a_surrogate_pair_can_be_sent() -> None:
    html = pages.error_page(ErrorView("\ud83d", "m"), "en-US")
    assert html.encode("utf-8")


# Headers and assets.


def test_headers_name_the_policy() -> None:
    headers = security_headers(form_action="https://tool.example:8443/cb?x=1")
    assert headers == {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; "
            "img-src 'self' https: http: data:; "
            "form-action 'self' https://tool.example:8443; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }
    assert "form-action 'self'; " in security_headers()["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://例子.example/", "https://xn--fsqu00a.example"),
        ("http://my_host:80/x", "http://my_host:80"),
        ("http://[::1]:8000/", "http:"),
        ("https://a.example; script-src *", None),
        ("https://a.example,b", None),
        ("https://*.example", None),
        ("javascript:x", None),
        (None, None),
    ],
)
def test_an_origin_is_only_an_origin(address: str | None, expected: str | None) -> None:
    assert origin(address) == expected


@settings(max_examples=200, deadline=None)
@given(addresses)
def test_no_address_adds_a_directive(address: str) -> None:
    policy = security_headers(form_action=address)["Content-Security-Policy"]
    assert policy.count(";") == security_headers()["Content-Security-Policy"].count(";")
    assert policy.isascii()
    assert policy.isprintable()


def form_targets(shown: ResultView) -> str:
    policy = pages.result_headers(shown)["Content-Security-Policy"]
    (targets,) = re.findall(r"form-action ([^;]*);", policy)
    return str(targets)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://tool.example/", "https://tool.example/"),
        ("https://tool.example", "https://tool.example/"),
        ("HTTPS://Tool.Example:8443/a/b?c=d#e", "https://tool.example:8443/a/b"),
        ("https://tool.example/a;b,c'd%2Fe", "https://tool.example/a%3Bb%2Cc'd%2Fe"),
        ("https://tool.example/a;script-src *", "https://tool.example/a%3Bscript-src%20*"),
        ("http://[::1]:8000/hook", "http:"),
    ],
)
def test_a_relaying_page_posts_to_one_address(address: str, expected: str) -> None:
    assert form_targets(result(relay=Relay(address, ()))) == expected
    back = "https://app.tool.example/done?sessionId=1"
    there = result(relay=Relay(address, ()), redirect_to=back)
    assert form_targets(there) == f"{expected} https://app.tool.example/done"


def test_a_page_that_relays_nothing_posts_to_us() -> None:
    assert pages.result_headers(result()) == security_headers()
    assert pages.result_headers(result(relay=Relay("javascript:x", ()))) == security_headers()


@settings(max_examples=200, deadline=None)
@given(addresses, addresses)
def test_no_return_address_adds_a_directive(address: str, back: str) -> None:
    policy = relay_headers(address, back)["Content-Security-Policy"]
    assert policy.count(";") == security_headers()["Content-Security-Policy"].count(";")
    assert policy.isascii()
    assert policy.isprintable()


def test_assets_are_served_by_content() -> None:
    for name in ("app.css", "app.js", "connect.js", "icon.svg"):
        content, media_type = pages.asset(name) or (b"", "")
        assert content
        assert media_type
        assert re.fullmatch(rf"/assets/{re.escape(name)}\?v=[0-9a-f]{{12}}", pages.asset_url(name))
    assert pages.asset("../pages.py") is None
    assert pages.asset("") is None


# The result of a connection.


def test_success_names_the_workspace_and_the_accounts() -> None:
    page = Page(pages.result_page(result(), "en-US"))
    assert "Connected to workspace Acme Studio" in page.text
    assert "@ada" in page.text
    picture = page.all("img", src="https://img.example/a.png")[0]
    assert picture["referrerpolicy"] == "no-referrer"
    assert picture["loading"] == "lazy"
    assert picture["data-initial"] == "A"
    assert "已连接到工作区 Acme Studio" in Page(pages.result_page(result(), "zh-CN")).text


def test_success_with_nowhere_to_go_closes_itself() -> None:
    page = Page(pages.result_page(result(), "en-US"))
    assert page.all("p", **{"data-close": "3000"})
    assert "You can close this window" in page.text


def test_a_relay_is_a_form_that_leaves_by_itself() -> None:
    fields = [("relayAccountRef", "1"), ("accounts", '[{"a":"b"}]'), ("status", "completed")]
    relay = Relay("https://tool.example/cb?x=1&y=2", fields)
    page = Page(pages.result_page(result(relay=relay, redirect_to="https://x.example"), "en-US"))
    form = page.all("form")[0]
    assert form["action"] == "https://tool.example/cb?x=1&y=2"
    assert form["method"] == "post"
    assert form["enctype"] == "application/x-www-form-urlencoded"
    assert form["data-leave"] == "800"
    sent = [(i["name"], i["value"]) for i in page.all("input", type="hidden")]
    assert sent == fields
    assert page.all("button", type="submit")
    assert not page.links()


def test_a_redirect_is_a_link_that_leaves_by_itself() -> None:
    page = Page(pages.result_page(result(redirect_to="https://tool.example/?s=1&t=2"), "en-US"))
    link = page.all("a", href="https://tool.example/?s=1&t=2")[0]
    assert link["data-leave"] == "800"
    assert not page.all("p", **{"data-close": "3000"})


def test_failure_says_what_to_do_and_what_to_quote() -> None:
    failed = result(
        outcome="failed",
        accounts=(),
        error_code=15013,
        error_message="You declined.",
        advice="Start again.",
        request_id="req-77",
    )
    page = Page(pages.result_page(failed, "en-US"))
    for part in ("could not be connected", "You declined.", "Start again.", "15013", "req-77"):
        assert part in page.text
    assert not page.all("p", **{"data-close": "3000"})


def test_failure_without_texts_still_advises() -> None:
    page = Page(pages.result_page(result(outcome="failed", accounts=()), "zh-CN"))
    assert text("zh-CN", "result_failed_advice") in page.text


def test_the_opener_is_told_in_data_that_no_text_can_leave() -> None:
    fields = {"type": "openchannels:connect", "sessionId": HOSTILE, "accountIds": ["1"]}
    origins = ("https://a.example", "https://b.example:8443")
    page = Page(pages.result_page(result(opener=OpenerMessage(fields, origins)), "zh-CN"))
    (told,) = page.all("template")
    assert json.loads(told["data-outcome"] or "") == fields
    assert told["data-origins"] == "https://a.example https://b.example:8443"
    assert not Page(pages.result_page(result(), "zh-CN")).all("template")


def test_a_pending_page_reloads_and_goes_nowhere() -> None:
    pending = result(outcome="pending", accounts=(), redirect_to="https://tool.example/")
    page = Page(pages.result_page(pending, "en-US"))
    assert page.all("meta", **{"http-equiv": "refresh"})
    assert not page.links()


# The choice.


def test_the_choice_is_a_plain_form() -> None:
    page = Page(pages.choice_page(choice(), "en-US"))
    form = page.all("form")[0]
    assert (form["method"], form["action"]) == ("post", "/connect/selections")
    hidden = {i["name"]: i["value"] for i in page.all("input", type="hidden")}
    assert hidden == {"csrf": "token-1", "sessionId": "session-1"}
    boxes = page.all("input", name="account")
    assert [box["value"] for box in boxes] == ["k0", "k1", "k2"]
    assert not any("checked" in box for box in boxes)
    assert "58 minutes" in page.text


@pytest.mark.parametrize("confirm", [False, True])
def test_only_a_single_account_is_ticked_for_the_person(confirm: bool) -> None:
    def ticked(count: int) -> list[str | None]:
        offered = tuple(CandidateView(f"k{n}", f"Page {n}") for n in range(count))
        page = Page(pages.choice_page(choice(candidates=offered, confirm=confirm), "en-US"))
        boxes = page.all("input", name="account")
        return [box["value"] for box in boxes if "checked" in box or box["type"] == "hidden"]

    assert ticked(1) == ["k0"]
    assert ticked(2) == ticked(3) == []


def test_an_error_keeps_what_was_ticked() -> None:
    again = choice(error_message="That account is gone.", selected=("k1", "k2", "other"))
    page = Page(pages.choice_page(again, "en-US"))
    ticked = [box["value"] for box in page.all("input", name="account") if "checked" in box]
    assert ticked == ["k1", "k2"]
    assert "That account is gone." in page.text
    assert page.all("p", role="alert")


@pytest.mark.parametrize(("count", "filterable"), [(12, False), (13, True)])
def test_a_long_choice_can_be_filtered(count: int, filterable: bool) -> None:
    many = tuple(CandidateView(f"k{n}", f"Page {n}") for n in range(count))
    page = Page(pages.choice_page(choice(candidates=many), "en-US"))
    assert bool(page.all("input", type="search")) is filterable


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("several", [False, True])
def test_a_confirmation_names_all_and_has_two_ways(locale: str, several: bool) -> None:
    asked = choice(confirm=True, **({} if several else {"candidates": ONE}))
    page = Page(pages.choice_page(asked, locale))
    for word in ("Acme Studio", "Facebook", asked.candidates[0].display_name):
        assert word in page.text
    yes, no = page.all("form")
    assert yes["action"] == no["action"] == "/connect/selections"
    assert [i["value"] for i in page.all("input", name="csrf")] == ["token-1"] * 2
    (decline,) = page.all("button", name="decision")
    assert (decline["value"], decline["type"]) == ("decline", "submit")
    kind = "checkbox" if several else "hidden"
    assert {i["type"] for i in page.all("input", name="account")} == {kind}
    assert text(locale, "confirm_decline") in page.text


def test_only_a_confirmation_can_be_declined() -> None:
    assert not Page(pages.choice_page(choice(), "en-US")).all("button", name="decision")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_before_a_platform_has_one_button(locale: str) -> None:
    page = Page(pages.connect_page(LAUNCH, locale))
    (form,) = page.all("form")
    assert (form["method"], form["action"]) == ("post", "/connect/s/go")
    assert [(i["name"], i["value"]) for i in page.all("input")] == LAUNCH.fields
    assert len(page.all("button")) == 1
    assert not page.links()
    assert "Acme Studio" in page.text
    assert "YouTube" in page.text


def test_the_page_on_the_way_leads_by_itself_and_by_a_link() -> None:
    page = Page(pages.leaving_page(LEAVING, "en-US"))
    (link,) = page.links()
    assert link["href"] == LEAVING.address
    assert int(link["data-leave"] or 0) > 0
    assert not Page(pages.leaving_page(LeavingView("x", "X", "javascript:alert(1)"), "en-US")).all(
        "a", href="javascript:alert(1)"
    )


def test_an_empty_choice_says_so() -> None:
    page = Page(pages.choice_page(choice(candidates=()), "en-US"))
    assert not page.all("form")
    assert "no account to choose from" in page.text


@pytest.mark.parametrize("minutes", [1, 0, -3])
def test_the_last_minute_is_one(minutes: int) -> None:
    assert "about one minute" in pages.choice_page(choice(minutes_left=minutes), "en-US")


# Notice and home.


def test_a_notice_quotes_what_it_has() -> None:
    page = Page(pages.error_page(ErrorView("Gone", "It ended.", "Again.", 15039, "r-9"), "en-US"))
    for part in ("Gone", "It ended.", "Again.", "15039", "r-9"):
        assert part in page.text
    bare = Page(pages.error_page(ErrorView("Gone", "It ended."), "en-US"))
    assert "Request id" not in bare.text


def test_home_says_what_runs_and_what_is_missing() -> None:
    page = Page(pages.home_page(home(), "en-US"))
    for part in ("0.1.0", "Sandbox", "SQLite", "14 / 15", "a.key", "No list API.", "Publishing"):
        assert part in page.text
    assert "https://channels.example/api/v2/channels/accounts/auth/douyin" in page.text
    linked = {a["href"] for a in page.links()}
    assert linked == {"/reference", "/openapi.json", "/health", "/ready", "/sandbox/"}
    assert "/sandbox/" not in pages.home_page(home(mode="real", sandbox_url=None), "en-US")


def test_every_platform_has_its_own_badge() -> None:
    assert SHEET is not None
    for platform in CONNECTORS:
        assert f'class="badge badge-{platform}"' in badge(platform)
        assert f".badge-{platform} {{" in SHEET[0].decode()
    assert 'class="badge badge-none"' in badge('x" onclick="y', "Z")


@pytest.mark.parametrize(
    ("name", "letter"),
    [("ada", "A"), ("😀 Émile", "É"), ("阿达", "阿"), ("...", "."), ("", "?"), ("ßa", "S")],
)
def test_initials(name: str, letter: str) -> None:
    assert initial(name) == letter


# The room itself.


def test_the_pages_import_nothing_but_templating() -> None:
    allowed = {"openchannels", "jinja2", "markupsafe"}
    standard = __import__("sys").stdlib_module_names
    folder = Path(openchannels.web.__file__).parent
    for name in ("pages", "markup", "security_headers", "texts", "docs/files", "docs/operations"):
        tree = ast.parse((folder / f"{name}.py").read_text())
        roots = {
            module.split(".")[0]
            for node in ast.walk(tree)
            for module in (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert roots <= allowed | standard, name


def _luminance(colour: str) -> float:
    parts = [value / 255 for value in struct.unpack("BBB", bytes.fromhex(colour.lstrip("#")))]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _schemes() -> list[Callable[[str], str]]:
    assert SHEET is not None
    blocks = re.findall(r":root \{(.*?)\}", SHEET[0].decode(), re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", b)) for b in blocks)
    return [light.__getitem__, {**light, **dark}.__getitem__]


@pytest.mark.parametrize("scheme", _schemes(), ids=["light", "dark"])
@pytest.mark.parametrize(
    "pair",
    [
        "text/bg",
        "text/surface",
        "text/sunken",
        "text/accent-soft",
        "muted/bg",
        "muted/surface",
        "muted/sunken",
        "muted/accent-soft",
        "accent/surface",
        "accent/bg",
        "accent/accent-soft",
        "accent-strong/accent-soft",
        "on-accent/accent",
        "on-accent/accent-strong",
        "good/good-soft",
        "bad/bad-soft",
        "warn/warn-soft",
        "code-text/code-bg",
    ],
)
def test_text_can_be_read(scheme: Callable[[str], str], pair: str) -> None:
    ink, paper = pair.split("/")
    assert _contrast(scheme(ink), scheme(paper)) >= 4.5


def test_badges_can_be_read() -> None:
    assert SHEET is not None
    for colour in re.findall(r"\.badge-\w+ \{ background: (#[0-9a-f]{6})", SHEET[0].decode()):
        assert _contrast("#ffffff", colour) >= 4.5, colour
