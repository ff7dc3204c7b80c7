"""Pages in Chinese say what their English twins say: the same headings and blocks of code."""

import re
from pathlib import Path

import pytest

from .pages import CHINESE, ROOT, Page, page, pages

TWINS = [one for one in pages() if one.name.endswith(CHINESE)]
ENGLISH = {"docs/architecture.md", "docs/connectors.md"}
ENGLISH_FOLDERS = ("docs/adr/", "docs/skills/")
HAN = "\u4e00-\u9fff"


def english(one: Page) -> Page:
    return page(one.name.removesuffix(CHINESE) + ".md")


def has_twin(file: Path) -> bool:
    return file.suffix == ".md" and file.with_suffix(CHINESE).exists()


def unchanged(one: Page) -> tuple[list[str], list[str]]:
    """What is written as code, and the pages and pictures that are linked to, in any language."""
    links = [
        link.partition("#")[0].replace(CHINESE, ".md").replace("-zh-CN.", "-en-US.")
        for link in one.links
    ]
    return sorted(one.spans), sorted(links)


def test_every_page_has_a_twin() -> None:
    """But for those that contributors read."""
    names = {one.name for one in pages() if one.name.startswith("docs/")}
    written = {name for name in names if not (name in ENGLISH or name.startswith(ENGLISH_FOLDERS))}
    twins = {one.name for one in TWINS} - {"README.zh-CN.md"}
    assert twins == {name.replace(".md", CHINESE) for name in written - twins}


@pytest.mark.parametrize("twin", TWINS, ids=lambda one: one.name)
def test_a_twin_says_the_same(twin: Page) -> None:
    """The parts of a page that no language changes."""
    original = english(twin)
    assert twin.levels == original.levels
    assert twin.fences == original.fences
    assert unchanged(twin) == unchanged(original)


@pytest.mark.parametrize("twin", TWINS, ids=lambda one: one.name)
def test_twins_lead_to_each_other(twin: Page) -> None:
    original = english(twin)
    assert original.path.name in twin.links
    assert twin.path.name in original.links
    others = [link.partition("#")[0] for link in twin.links if link != original.path.name]
    assert [link for link in others if has_twin(twin.path.parent / link)] == []


@pytest.mark.parametrize("twin", TWINS, ids=lambda one: one.name)
def test_chinese_is_set_as_chinese(twin: Page) -> None:
    """Full-width punctuation behind Chinese, and a space between it and Latin letters."""
    text = re.sub(r"\]\([^)]*\)", "]", twin.prose)
    wrong = re.findall(
        rf"[{HAN}][,;:!?](?=[\s{HAN}])|[{HAN}][A-Za-z0-9`]|[A-Za-z0-9`][{HAN}]", text
    )
    assert wrong == []


def test_every_entry_of_the_navigation_is_translated() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    titles = re.findall(r"^ *- ([\w ]+):", text[text.index("\nnav:") :], re.MULTILINE)
    assert len(titles) > 10
    assert [title for title in titles if f"\n            {title}: " not in text] == []
