"""The API reference: the vendored viewer is what its manifest pins, and the list is complete."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from openchannels.api import openapi
from openchannels.api.app import OPERATIONS
from openchannels.core.platforms import Locale
from openchannels.web import pages
from openchannels.web.docs import files
from openchannels.web.docs.localised import PROSE, chinese, for_people
from openchannels.web.security_headers import isolated_headers, security_headers, viewer_headers
from openchannels.web.texts import TEXTS
from tests.harness.paths import ACCOUNTS
from tests.harness.service import Service
from tests.web.test_pages import LOCALES, Page

STATIC = Path(files.__file__).parent / "static"
VENDORED = STATIC / "swagger-ui"
SERVED = ("viewer.js", "viewer.zh.js", "viewer.css", "swagger-ui-bundle.js", "swagger-ui.css")
POLICY = "Content-Security-Policy"
DOCUMENT = "/openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.build_document(OPERATIONS, version="1", server="https://channels.example")


# The plain list.


@pytest.mark.parametrize("locale", LOCALES)
def test_the_list_names_every_operation(document: dict[str, Any], locale: Locale) -> None:
    words = TEXTS[locale]
    document = for_people(document, locale)
    page = Page(pages.operations_page(document, locale))
    rows = [
        f"{method.upper()} {path} {described['summary']}"
        f" {described.get('x-required-scope', words['ref_no_key'])}"
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    assert len(rows) == len(OPERATIONS)
    assert [row for row in rows if row not in page.text] == []
    assert [tag for tag in document["tags"] if tag["name"] not in page.text] == []
    assert {a["href"] for a in page.links()} == {"/", "/openapi.json", "/reference"}


# The language.


def texts_of(node: Any) -> Iterator[str]:
    """Every text of a document that is for people, however deep it lies."""
    if isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and name in ("title", "summary", "description"):
                yield value
            elif name not in ("example", "value"):
                yield from texts_of(value)
    elif isinstance(node, list):
        for item in node:
            yield from texts_of(item)


IDENTIFIER = re.compile(r"[A-Za-z]\w*[A-Z]\w*|openchannels|[A-Z][a-z]+")
CJK = re.compile(r"[\u4e00-\u9fff]")


def test_the_document_is_in_one_language(document: dict[str, Any]) -> None:
    english, both = for_people(document, "en-US"), for_people(document, "zh-CN")
    assert not CJK.search(" ".join([*texts_of(english), *(t["name"] for t in english["tags"])]))
    words = {text for text in texts_of(both) if not IDENTIFIER.fullmatch(text)}
    assert {text for text in words if not CJK.search(text)} == set()
    assert all(CJK.search(tag["name"]) for tag in both["tags"])
    named = {o["tags"][0] for path in english["paths"].values() for o in path.values()}
    assert named == {tag["name"] for tag in english["tags"]}


def test_no_translation_is_left_over(document: dict[str, Any]) -> None:
    assert set(chinese()) - set(texts_of(document)) == set()
    code = re.compile(r"`[^`]*`")
    for text, translated in chinese().items():
        assert sorted(code.findall(text)) == sorted(code.findall(translated)), text


def test_a_translation_changes_words_only(document: dict[str, Any]) -> None:
    def bare(node: Any) -> Any:
        if isinstance(node, dict):
            texts = ("title", "summary", "description", "tags")
            return {name: bare(value) for name, value in node.items() if name not in texts}
        return [bare(item) for item in node] if isinstance(node, list) else node

    untouched = deepcopy(document)
    assert (
        bare(for_people(document, "en-US")) == bare(for_people(document, "zh-CN")) == bare(document)
    )
    assert document == untouched


@pytest.mark.parametrize(
    ("lang", "summary"), [("en", "List your accounts"), ("zh", "列出您的账号")]
)
def test_the_viewer_gets_the_pages_language(
    shared_service: Service, lang: str, summary: str
) -> None:
    client = shared_service.client()
    page = client.get("/reference", params={"lang": lang}).text
    (url,) = re.findall(r'data-document="([^"]+)"', page)
    shown = client.get(url).json()
    assert shown["paths"][ACCOUNTS]["get"]["summary"] == summary
    assert client.get("/openapi.json").json()["tags"][0]["name"] == "渠道管理/账号"


# The document for programs.


def test_programs_get_prose_in_their_language_and_nothing_else_changes(
    shared_service: Service,
) -> None:
    """Generators take names from all else: paths, tags, titles, examples."""

    def bare(node: Any, *, within_properties: bool = False) -> Any:
        if isinstance(node, dict):
            kept = node if within_properties else {k: v for k, v in node.items() if k not in PROSE}
            return {
                name: bare(value, within_properties=name == "properties")
                for name, value in kept.items()
            }
        return [bare(item) for item in node] if isinstance(node, list) else node

    client = shared_service.client()
    english, chinese_one = (
        client.get(DOCUMENT, headers={"Accept-Language": one}).json() for one in ("en-US", "zh-CN")
    )
    assert english["paths"][ACCOUNTS]["get"]["summary"] == "List your accounts"
    assert chinese_one["paths"][ACCOUNTS]["get"]["summary"] == "列出您的账号"
    assert bare(english) == bare(chinese_one)
    assert client.get(DOCUMENT).json() == english


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [
        ("", "", "en-US"),
        ("", "zh-TW,en;q=0.5", "zh-CN"),
        ("lang=zh-CN", "en", "zh-CN"),
        ("lang=zh", "en", "zh-CN"),
        ("lang=en-US", "zh", "en-US"),
        ("lang=fr-FR", "zh", "zh-CN"),
    ],
)
def test_the_query_decides_before_the_header(
    shared_service: Service, query: str, header: str, language: str
) -> None:
    # A page remembers a language in a cookie, which a cache does not look at.
    headers = {"Accept-Language": header, "Cookie": "oc_lang=zh" if "en" in language else ""}
    answer = shared_service.client().get(f"{DOCUMENT}?{query}", headers=headers)
    assert answer.headers["content-language"] == language


def test_the_document_is_sent_once(shared_service: Service) -> None:
    client = shared_service.client()
    tags = {}
    for language in LOCALES:
        answer = client.get(DOCUMENT, headers={"Accept-Language": language})
        assert answer.headers["vary"] == "Accept-Language"
        assert "public" in answer.headers["cache-control"]
        tags[language] = answer.headers["etag"]
    for language in LOCALES:
        headers = {"Accept-Language": language, "If-None-Match": tags["zh-CN"]}
        answer = client.get(DOCUMENT, headers=headers)
        assert answer.status_code == (304 if language == "zh-CN" else 200)
        assert answer.headers["etag"] == tags[language]
        assert answer.headers["access-control-allow-origin"] == "*"


# The viewer.


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_leads_on_where_no_script_runs(locale: Locale) -> None:
    page = Page(pages.reference_page(locale))
    assert {a["href"] for a in page.links()} == {"/", "/openapi.json", "/reference/operations"}
    assert "JavaScript" in page.text


def test_only_the_reference_may_call_this_server() -> None:
    assert viewer_headers()[POLICY] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert viewer_headers().keys() == isolated_headers().keys()
    assert "connect-src" not in security_headers()[POLICY]


def test_the_vendored_files_are_those_of_the_manifest() -> None:
    pinned = json.loads((VENDORED / "vendor.json").read_text())["files"]
    found = {p.name: sha256(p.read_bytes()).hexdigest() for p in VENDORED.iterdir()}
    del found["vendor.json"], found["README.md"]
    assert found == pinned


@pytest.mark.parametrize("name", SERVED)
def test_addresses_change_with_the_content(name: str) -> None:
    path, _ = files.viewer_file(name) or (Path(), "")
    version = sha256(path.read_bytes()).hexdigest()[:12]
    assert files.viewer_file_url(name) == f"/reference/static/{name}?v={version}"
    assert files.viewer_file_url(name) in pages.reference_page("zh-CN")


@pytest.mark.parametrize("name", ["", "README.md", "vendor.json", "../files.py", "nothing.js"])
def test_other_files_are_not_served(shared_service: Service, name: str) -> None:
    assert files.viewer_file(name) is None
    assert shared_service.client().get(f"/reference/static/{name}").status_code == 404


@pytest.mark.parametrize("name", [*SERVED, "swagger-ui-bundle.js.LICENSE.txt"])
def test_files_are_served_whole_and_kept_by_browsers(shared_service: Service, name: str) -> None:
    path, media_type = files.viewer_file(name) or (Path(), "")
    answer = shared_service.client().get(f"/reference/static/{name}")
    assert answer.content == path.read_bytes()
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_start_reads_none_of_the_files() -> None:
    program = """
import sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
import openchannels.web.routes
print(*(path for path in opened if "/docs/static/" in path))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ran.stdout.strip() == b""


def test_our_script_writes_no_markup() -> None:
    script = (STATIC / "viewer.js").read_text()
    assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b", script)
