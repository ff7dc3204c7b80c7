"""Which language a caller gets: operations.md 1.6."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.api.locale import negotiate

CHINESE = [
    "zh",
    "zh-CN",
    "zh-TW",
    "zh-Hans-CN",
    "zh-Hant",
    "ZH-cn",
    "zh_CN",
    "zh;q=0",
    "fr,zh;q=0.5",
    "en;q=0.8,zh;q=0.9",
    "zh,en",
    "zh-CN,zh;q=0.9,en;q=0.8",
    " zh ",
    "fr;q=1, zh;q=0.1",
    "zh;q=0.9, en;q=0.8",
    "*,zh;q=0.1",
    "zh ; q=1",
    "de, zh , en",
]
ENGLISH = [
    "",
    "*",
    "en",
    "en-GB",
    "EN",
    "fr",
    "de-DE,*",
    "en,zh",
    "en;q=0.9,zh;q=0.8",
    "zh;q=0.8,en",
    "zho",
    "xzh",
    "cn",
    ",",
    ";",
    ";;q=1",
    "q=1",
    "en-US,en;q=0.9,zh;q=0.8",
    "zh;q=0.5,en;q=0.5x,en",
    "\xff\xfe",
    "x" * 5000,
]


@pytest.mark.parametrize("header", CHINESE)
def test_chinese(header: str) -> None:
    assert negotiate(header) == "zh-CN"


@pytest.mark.parametrize("header", ENGLISH)
def test_english(header: str) -> None:
    assert negotiate(header) == "en-US"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"([a-z*]{0,3}(;q=[0-9.a-z-]{0,5})?,?){0,6}"))
def test_any_header_picks_one_of_the_two(header: str) -> None:
    assert negotiate(header) in ("en-US", "zh-CN")


def test_only_the_beginning_of_a_header_is_read() -> None:
    assert negotiate("x," * 100 + "zh") == "zh-CN"
    assert negotiate("x," * 200 + "zh") == "en-US"
