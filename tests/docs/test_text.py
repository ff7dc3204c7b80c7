"""What the documentation names exists: links, anchors, files, names, settings, commands."""

import re
from collections.abc import Callable
from functools import cache
from urllib.parse import urlsplit

import pytest
import typer

from openchannels.cli import app
from openchannels.client.address import KEY_VARIABLE, URL_VARIABLE
from openchannels.connectors.registry import CONNECTORS
from openchannels.settings import catalogue
from openchannels.settings.loading import CLIENT_VARIABLES
from openchannels.store.tables import metadata

from .pages import ROOT, SOURCES, Page, code, page, pages
from .render import BLOCK, TABLES, rendered

PAGES = {one.name: one for one in pages()}


def every_page(check: Callable[[Page], None]) -> Callable[[], None]:
    """Turn a check of one page into a test of all, which names every page that fails."""

    def test() -> None:
        failures = []
        for one in PAGES.values():
            try:
                check(one)
            except AssertionError as error:
                failures.append(f"{one.name}: {error}")
        assert failures == []

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


HOSTS = {
    # Documentation of platforms and standards.
    "console.cloud.google.com", "developers.google.com", "developers.facebook.com",
    "open.bilibili.com", "channels.weixin.qq.com", "creator.xiaohongshu.com", "www.rfc-editor.org",
    "developer.x.com", "docs.x.com", "console.x.com", "developers.tiktok.com",
    "developers.pinterest.com", "learn.microsoft.com", "developer.linkedin.com",
    "www.linkedin.com", "developers.weixin.qq.com", "open.weixin.qq.com", "mp.weixin.qq.com",
    "open.kuaishou.com", "open.douyin.com", "developer.open-douyin.com", "business.google.com",
    "support.google.com", "threads.net", "www.threads.net", "open.kwai.com",
    # Standard Webhooks and OpenTelemetry.
    "github.com", "opentelemetry.io",
    # Addresses of examples.
    "127.0.0.1:8080", "127.0.0.1:8000", "127.0.0.1:PORT", "app.example.com", "channels.example.com",
    "s3.example.com", "www.pinterest.com", "openchannels", "localhost:4318", "localhost:16686",
    "collector.example.com:4318",
    "www.googleapis.com", "HOST",
}  # fmt: skip
MACHINE = re.compile(r"(?<![\w.{}$-])/(?:work|root|home|tmp|opt|usr|var|etc|mnt)/")
ADDRESS = re.compile(r"https?://[^\s<>()`'\"|;]+")
FILE = re.compile(r"([\w./-]+\.(?:py|md|toml|html|css|js))(?::([\w.]+))?")
FOLDER = re.compile(r"[\w.-]+(?:/[\w.-]+)*/|[\w-]+(?:/[\w.-]+)+\.json")
VARIABLE = re.compile(r"OPENCHANNELS_[A-Z0-9_]+")
COMMAND = re.compile(r"\bopenchannels((?: +(?:--?[a-z][\w-]*|[a-z][a-z-]*\b))+)")
TARGET = re.compile(r"\bmake ([a-z]+)\b")


@every_page
def test_links_resolve(one: Page) -> None:
    for link in one.links:
        if urlsplit(link).scheme:
            continue
        target, _, anchor = link.partition("#")
        file = (one.path.parent / target).resolve() if target else one.path
        assert file.exists(), f"{one.name}: {link}"
        if anchor:
            assert file.suffix == ".md", link
            found = Page(file, file.read_text(encoding="utf-8"))
            assert anchor in found.anchors, f"{one.name}: {link}"


@every_page
def test_hosts_are_known_ones(one: Page) -> None:
    hosts = {urlsplit(address).netloc for address in ADDRESS.findall(one.text)}
    assert hosts - {""} <= HOSTS, f"{one.name}: {hosts - HOSTS}"


@every_page
def test_no_path_of_a_machine(one: Page) -> None:
    assert not MACHINE.search(one.text), MACHINE.findall(one.text)


@every_page
def test_files_and_names_exist(one: Page) -> None:
    for span in one.spans:
        found = FILE.fullmatch(span)
        if found is None or found[1] == "openchannels.toml":
            continue
        file = next(
            (base / found[1] for base in (SOURCES, ROOT) if (base / found[1]).exists()), None
        )
        assert file is not None, f"{one.name}: {span}"
        if found[2]:
            text = file.read_text(encoding="utf-8")
            for name in found[2].split("."):
                pattern = rf"^ *(?:(?:async )?(?:def|class) {name}\b|{name}(?:: [^=]+)? = )"
                assert re.search(pattern, text, re.MULTILINE), f"{one.name}: {span}"


def test_folders_of_the_architecture_exist() -> None:
    """Also its files of JSON, whose names other pages use for what is not in the repository."""
    named = {span for span in page("docs/architecture.md").spans if FOLDER.fullmatch(span)}
    assert {"connectors/", "service/tasks/", "web/docs/chinese.json"} <= named
    missing = {one for one in named if not any((base / one).exists() for base in (SOURCES, ROOT))}
    assert missing == set()


@pytest.mark.parametrize(
    ("change", "file"),
    [
        ("a new metric", "connectors/tiktok/works.py:WORK"),
        ("a webhook event", "core/events.py:EventType"),
        ("an operation", "api/endpoint.py:endpoint"),
        ("a setting", "settings/models.py"),
        ("a page of the service", "web/pages.py"),
        ("a scheduled task", "service/tasks/task.py:Task"),
        ("a rule of publishing", "connectors/tiktok/publish_rules.py:RULES"),
        ("another kind of content", "connectors/tiktok/publishing.py:PUBLISHING"),
        ("a function on comments", "core/engagement.py:InteractionName"),
        ("how a token is refreshed", "service/credentials/refresh.py:CredentialRefresh"),
        ("how a cookie or token is sealed", "store/vault/vault.py:Vault"),
    ],
)
def test_the_architecture_leads_to_the_first_file_of_a_change(change: str, file: str) -> None:
    lines = page("docs/architecture.md").text.splitlines()
    (row,) = [line for line in lines if line.startswith("| ") and change in line.split("|")[1]]
    assert f"`{file}`" in row.split("|")[2]


@every_page
def test_tables_begin_with_their_head(one: Page) -> None:
    """A table that a blank line cuts is shown as plain text behind the cut."""
    lines = one.prose.splitlines()
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if line.startswith("|") and not before.startswith("|"):
            assert re.fullmatch(r"[|:\- ]+", after), line


@every_page
def test_settings_exist(one: Page) -> None:
    if one.name == "docs/settings.md":
        return
    known = {setting.toml_path.removesuffix(".<id>") for setting in catalogue()}
    known |= {path.rpartition(".")[0] for path in known}
    groups = {path.split(".")[0] for path in known if "." in path}
    named = r"(?:<name>|" + "|".join(CONNECTORS) + ")"
    written = Page(one.path, BLOCK.sub("", one.text))
    for span in written.spans:
        path = re.fullmatch(r"([a-z]+)(\.[\w<>]+)+", span)
        if path and path[1] in groups and not FILE.fullmatch(span) and not span.endswith(".db"):
            pattern = re.compile(re.escape(span).replace("<name>", named))
            assert any(map(pattern.fullmatch, known)), f"{one.name}: {span}"


@every_page
def test_environment_variables_exist(one: Page) -> None:
    if one.name == "docs/settings.md":
        return
    plain = {setting.environment_name for setting in catalogue() if not setting.keyed}
    plain |= {URL_VARIABLE, KEY_VARIABLE}
    keyed = [s.environment_name.removesuffix("<ID>") for s in catalogue() if s.keyed]
    for name in VARIABLE.findall(one.text):
        known = name in plain | CLIENT_VARIABLES or any(map(name.startswith, keyed))
        assert known, f"{one.name}: {name}"


@cache
def commands() -> typer.core.TyperGroup | None:
    if not (app.registered_commands or app.registered_groups):
        return None
    group = typer.main.get_command(app)
    return group if hasattr(group, "commands") else None  # type: ignore[return-value]


@every_page
def test_commands_exist(one: Page) -> None:
    group = commands()
    if group is None:
        pytest.skip("the command line has no commands yet")
    for text in code(one):
        for words in COMMAND.findall(text):
            known: object = group
            for word in words.split():
                if word.startswith("-"):
                    options = {name for p in known.params for name in p.opts}  # type: ignore[attr-defined]
                    assert word in options | {"--help"}, f"{one.name}: openchannels{words}"
                elif hasattr(known, "commands"):
                    assert word in known.commands, f"{one.name}: openchannels{words}"
                    known = known.commands[word]


@every_page
def test_make_targets_exist(one: Page) -> None:
    targets = {name for text in code(one) for name in TARGET.findall(text)}
    makefile = ROOT / "Makefile"
    if targets and not makefile.exists():
        pytest.skip("there is no Makefile yet")
    for name in targets:
        assert re.search(rf"^{name}:", makefile.read_text(), re.MULTILINE), name


@every_page
def test_tables_equal_the_code(one: Page) -> None:
    assert rendered(one.text) == one.text, "run: python -m tests.docs.render"


def test_every_table_stands_somewhere() -> None:
    placed = {found[2] for one in pages() for found in BLOCK.finditer(one.text)}
    written = {f"fields-{file.stem}" for file in (ROOT / "docs" / "platforms").glob("*.md")}
    assert placed == {name for name in TABLES if not name.startswith("fields-")} | written


def test_every_table_of_the_store_is_described() -> None:
    text = page("docs/architecture.md").text
    assert [name for name in metadata.tables if f"| `{name}` |" not in text] == []


def test_every_decision_is_listed() -> None:
    listed = page("docs/architecture.md").links
    written = [file.name for file in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    assert written
    assert [name for name in written if f"adr/{name}" not in listed] == []


def test_the_front_page_leads_everywhere() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        file = waiting.pop()
        if file in seen or file.suffix != ".md":
            continue
        seen.add(file)
        one = Page(file, file.read_text(encoding="utf-8"))
        waiting += [
            (file.parent / link.partition("#")[0]).resolve()
            for link in one.links
            if not urlsplit(link).scheme and not link.startswith("#")
        ]
    assert {one.path for one in pages()} <= seen
