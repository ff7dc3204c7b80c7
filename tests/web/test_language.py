"""Which language a page is in, how it is picked, and what a browser sees of a mistake."""

from typing import Any

import pytest

from openchannels.web.language import cookie, locale_of_page, own_address
from tests.harness.service import Service


def scope(query: str = "", method: str = "GET", **headers: str) -> dict[str, Any]:
    return {
        "method": method,
        "raw_path": b"/connect/s",
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), v.encode()) for name, v in headers.items()],
    }


@pytest.mark.parametrize(
    ("asked", "locale"),
    [
        (scope(), "en-US"),
        (scope(accept_language="zh"), "zh-CN"),
        (scope(accept_language="zh", cookie="oc_lang=en"), "en-US"),
        (scope(accept_language="en", cookie="a=b; oc_lang=zh ;c=d"), "zh-CN"),
        (scope("lang=en", cookie="oc_lang=zh"), "en-US"),
        (scope("a=b&lang=zh&c=d"), "zh-CN"),
        (scope("lang=fr", accept_language="zh"), "zh-CN"),
        (scope("lang=english&xlang=zh"), "en-US"),
        (scope(accept_language="zh", cookie="oc_lang=" + "en" * 2000), "zh-CN"),
        (scope(cookie="xoc_lang=zh; oc_lang=zhx"), "en-US"),
    ],
)
def test_what_was_picked_goes_before_what_the_browser_prefers(asked: Any, locale: str) -> None:
    assert locale_of_page(asked) == locale


def test_only_a_pick_is_remembered() -> None:
    assert cookie(scope(cookie="oc_lang=zh"), secure=True) is None
    assert cookie(scope("lang=" + "en" * 9), secure=True) is None
    kept = "oc_lang=zh; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
    assert cookie(scope("lang=zh"), secure=False) == kept
    assert cookie(scope("lang=zh"), secure=True) == f"{kept}; Secure"


def test_a_page_keeps_its_query_but_not_its_form() -> None:
    assert own_address(scope("ticket=t&lang=en&a=%22")) == "/connect/s?ticket=t&a=%22"
    assert own_address(scope("lang=en")) == "/connect/s"
    assert own_address(scope("a=b", "POST")) == "/connect/s"
    callback = {**scope("code=secret&state=s"), "raw_path": b"/api/callback"}
    assert own_address(callback) == "/api/callback"


@pytest.mark.parametrize(
    "path", ["/", "/reference", "/reference/operations", "/connect/none", "/x"]
)
def test_a_picked_language_stays(shared_service: Service, path: str) -> None:
    browser = shared_service.browser()
    browser.headers["Accept"] = "text/html"
    first = browser.get(path, params={"lang": "zh"})
    assert 'lang="zh-CN"' in first.text.partition(">")[2].partition(">")[0]
    assert browser.cookies["oc_lang"] == "zh"
    again = browser.get(path, headers={"Accept-Language": "en"})
    assert 'html lang="zh-CN"' in again.text
    assert 'hreflang="en-US"' in again.text
    assert 'html lang="en-US"' in browser.get(path, params={"lang": "en"}).text


UNKNOWN = ["/nothing", "//nothing", "/api/v2/nothing", "/api//v2", "/connect", "/connect/a/b"]


@pytest.mark.parametrize("path", UNKNOWN)
def test_an_unknown_address_is_a_page_in_a_browser(shared_service: Service, path: str) -> None:
    client = shared_service.client()
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    seen = client.get(
        shared_service.url + path, headers={"Accept": accept, "Accept-Language": "zh"}
    )
    assert (seen.status_code, seen.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "default-src 'none'" in seen.headers["content-security-policy"]
    assert "没有这个页面" in seen.text
    assert 'href="/"' in seen.text
    for headers in ({"Accept": "application/json"}, {"Accept": accept, "X-Api-Key": "k"}, {}):
        told = client.get(shared_service.url + path, headers=headers)
        assert told.json()["code"] == 404
        assert told.status_code == (200 if path.startswith("/api/") else 404)
