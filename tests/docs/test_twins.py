"""Pages in Chinese say what their English twins say: the same headings and blocks of code."""

import re
from pathlib import Path

import pytest

from .pages import Page, page, pages

ENDING = ".zh-CN.md"
TWINS = [one for one in pages() if one.name.endswith(ENDING)]
HAN = "\u4e00-\u9fff"


def english(one: Page) -> Page:
    return page(one.name.removesuffix(ENDING) + ".md")


def has_twin(file: Path) -> bool:
    return file.suffix == ".md" and file.with_suffix(ENDING).exists()


def levels(one: Page) -> list[str]:
    return re.findall(r"^(#{1,6}) ", one.prose, re.MULTILINE)


@pytest.mark.parametrize("twin", TWINS, ids=lambda one: one.name)
def test_a_twin_has_the_same_headings_and_blocks(twin: Page) -> None:
    original = english(twin)
    assert levels(twin) == levels(original)
    assert twin.fences == original.fences


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
