"""Public links: what each platform's forms name, what is refused, how short links are followed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openchannels.connectors.base.links import FOLLOW_SECONDS, Links
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.links import LinkedWork
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.urls import plain_url
from openchannels.transport.client import Answer, Call, TransportError
from tests.connectors.support import NOW, account_of, client_for

DATA = Path(__file__).parent / "links"
FORMS: dict[str, list[dict[str, Any]]] = json.loads((DATA / "forms.json").read_text())
HOSTILE: dict[str, list[str]] = json.loads((DATA / "hostile.json").read_text())
ALPHABETS = {
    "youtube": r"[\w-]{11}",
    "twitter": r"\d{1,20}",
    "tiktok": r"\d{6,20}",
    "pinterest": r"\d{6,20}",
    "linkedin": r"urn:li:(share|ugcPost|activity):\d{6,20}",
    "KWAI": r"[\w-]{5,32}",
    "bilibili": r"BV[0-9A-Za-z]{10}|(av|cv)?\d{1,20}",
    "douyin": r"\d{6,20}",
    "xhs": r"[0-9a-f]{24}",
    "wxGzh": r"[\w-]{22}|\d{1,20}_\d{1,2}",
    "wxSph": r"https://(channels\.)?weixin\.qq\.com/[\w./~?&=%;:+,!@$'()*#-]+",
    "threads": r"[\w-]{5,64}",
    "instagram": r"[\w-]{5,64}",
    "facebook": r"(\d{6,20}_)?\d{6,20}|pfbid[A-Za-z0-9]+|[\w=-]{6,200}",
}
SHORT: dict[str, str] = json.loads((DATA / "short.json").read_text())


def links_of(platform: str) -> Links:
    links = CONNECTORS[Platform(platform)].links
    assert links is not None
    return links


def test_every_platform_with_links_is_in_the_tables() -> None:
    declared = {str(name): one.links for name, one in CONNECTORS.items() if one.links}
    assert declared.keys() == FORMS.keys() == HOSTILE.keys() == ALPHABETS.keys()
    assert all(FORMS.values())
    assert all(HOSTILE.values())
    assert CONNECTORS.keys() - declared.keys() == {"google_business"}
    assert {name for name, links in declared.items() if links.short} == SHORT.keys()


@pytest.mark.parametrize(
    ("platform", "row"), [(name, row) for name, rows in FORMS.items() for row in rows]
)
def test_a_form_names_its_work(platform: str, row: dict[str, Any]) -> None:
    work = links_of(platform).parse(row["link"])
    assert isinstance(work, LinkedWork)
    assert (work.id, work.url, work.listed) == (row["id"], row["url"], row.get("listed", True))
    assert (work.mode.value if work.mode else None) == row.get("mode")
    again = links_of(platform).parse(work.url)
    assert again is not None
    assert (again.id, again.url, again.listed) == (work.id, work.url, work.listed)


@pytest.mark.parametrize(
    ("platform", "link"), [(name, link) for name, rows in HOSTILE.items() for link in rows]
)
def test_a_hostile_link_is_neither_read_nor_called(platform: str, link: str) -> None:
    assert links_of(platform).parse(link) is None
    assert links_of(platform).short_address(link) is None


def test_no_platform_reads_the_links_of_another() -> None:
    for platform in FORMS:
        links = links_of(platform)
        for other, rows in FORMS.items():
            if other == platform:
                continue
            strange = [row["link"] for row in rows if plain_url(row["link"].strip())]
            assert [link for link in strange if links.parse(link)] == [], (platform, other)


PIECES = [
    *(row["link"] for rows in FORMS.values() for row in rows[::6]),
    *(
        "@",
        ":",
        "/",
        "\\",
        "%2f",
        "%00",
        "..",
        "?",
        "#",
        "&",
        "=",
        "\n",
        "https://",
        ".evil.example",
    ),
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), min_size=1, max_size=5))
@example(["https://[", "]"])
@settings(max_examples=300, deadline=None)
def test_no_text_yields_an_id_outside_the_alphabet(parts: list[str]) -> None:
    for platform, alphabet in ALPHABETS.items():
        links = links_of(platform)
        for text in ("".join(parts), "".join(reversed(parts))):
            work = links.parse(text)
            address = links.short_address(text)
            assert work is None or re.fullmatch(alphabet, work.id, re.ASCII), work
            assert work is None or plain_url(work.url)
            assert address is None or address.startswith("https://")


def test_a_page_is_known_by_its_name_to_its_own_account() -> None:
    account = account_of(Platform("facebook"), "104857600012345", handle="North.Pier")
    links = links_of("facebook")
    own = links.parse("https://www.facebook.com/north.pier/posts/912345678901234", account)
    assert own is not None
    assert (own.id, own.listed) == ("104857600012345_912345678901234", True)
    other = links.parse("https://www.facebook.com/south.pier/posts/912345678901234", account)
    assert other is not None
    assert (other.id, other.listed) == ("912345678901234", False)


class Redirects:
    """Answers each address with the next hop, or with a status; keeps the calls."""

    def __init__(self, hops: dict[str, str | int]) -> None:
        self.hops = hops
        self.calls: list[Call] = []

    async def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        hop = self.hops[call.url]
        if isinstance(hop, int):
            return Answer(hop, {}, b"")
        return Answer(302, {"location": hop}, b"")


async def follow(platform: str, hops: dict[str, str | int], link: str | None = None) -> Any:
    send = Redirects(hops)
    client = client_for(CONNECTORS[Platform(platform)], send)
    return await links_of(platform).find(client, link or SHORT[platform]), send, client


def called(platform: str) -> str:
    return SHORT[platform].replace("http://", "https://")


@pytest.mark.parametrize("platform", SHORT)
async def test_a_short_link_leads_to_its_work(platform: str) -> None:
    row = FORMS[platform][0]
    work, send, client = await follow(platform, {called(platform): row["link"]})
    assert (work.id, work.url) == (row["id"], row["url"])
    (call,) = send.calls
    assert call.head_only
    assert 0 < (call.timeout or 0) <= FOLLOW_SECONDS
    assert not call.headers.keys() & {"Cookie", "Authorization"}
    assert ("User-Agent" in call.headers) == links_of(platform).browser
    again = await links_of(platform).find(client, SHORT[platform])
    assert (again, len(send.calls)) == (work, 1), "the answer is kept"
    assert client.clock() == NOW


@pytest.mark.parametrize("platform", SHORT)
@pytest.mark.parametrize(
    "hop",
    [
        "https://evil.example/",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:8080/",
        "//evil.example/x",
        "https://evil.example@t.co/AbC123xyz9",
        "https://t.co:8443/AbC123xyz9",
        "https://t.co.evil.example/AbC123xyz9",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://[::1]/",
        "https://[",
        "\\\\evil.example\\x",
        "",
        200,
        404,
    ],
)
async def test_a_hop_that_leads_elsewhere_is_not_called(platform: str, hop: str | int) -> None:
    work, send, _ = await follow(platform, {called(platform): hop})
    assert work is None
    assert [call.url for call in send.calls] == [called(platform)]


@pytest.mark.parametrize("platform", SHORT)
async def test_a_circle_of_short_links_ends(platform: str) -> None:
    work, send, _ = await follow(platform, {called(platform): SHORT[platform]})
    assert work is None
    assert len(send.calls) == links_of(platform).hops


async def test_a_pin_goes_by_way_of_the_api() -> None:
    between = "https://api.pinterest.com/url_shortener/4aBcDeF/redirect/"
    end = FORMS["pinterest"][0]["link"] + "sent/?invite_code=1"
    hops = {SHORT["pinterest"]: "http" + between[5:], between: end}
    work, send, _ = await follow("pinterest", hops)
    assert work.id == FORMS["pinterest"][0]["id"]
    assert [call.url for call in send.calls] == [SHORT["pinterest"], between]


async def test_the_link_of_the_open_api_is_followed_with_its_query() -> None:
    link = "https://www.iesdouyin.com/share/video/QDlWd0EzdWVMU2Q0/?region=CN&mid=7412000000"
    end = FORMS["douyin"][0]
    work, _, _ = await follow("douyin", {link: end["link"]}, link)
    assert work.id == end["id"]


@pytest.mark.parametrize(
    ("status", "kind"), [(500, FailureKind.UNAVAILABLE), (429, FailureKind.RATE_LIMITED)]
)
async def test_a_platform_that_does_not_say_is_a_failure(status: int, kind: FailureKind) -> None:
    with pytest.raises(PlatformFailure) as failed:
        await follow("bilibili", {called("bilibili"): status})
    assert failed.value.kind is kind


async def test_nothing_else_is_called() -> None:
    calls: list[str] = []

    async def send(call: Call) -> Answer:
        calls.append(call.url)
        raise TransportError("network", call.url)

    for platform, rows in FORMS.items():
        client = client_for(CONNECTORS[Platform(platform)], send)
        for link in [*(row["link"] for row in rows), *HOSTILE[platform]]:
            await links_of(platform).find(client, link)
    assert calls == []
