"""How platforms count a text: examples of their pages, and laws that hold for any text."""

import time
import timeit
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.core import text_counts as counts

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
LATIN = st.text("abcxyzäßЖא ", max_size=60)
HAN = st.text("汉字灰釉窑", max_size=60)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("a" * 280, 280),
        ("灰" * 140, 280),
        ("x" * 257 + " https://kiln.example.com/" + "y" * 65, 281),
        (FAMILY * 140, 280),
        ("👍🏽", 2),
        ("🇩🇰", 2),
        ("1️⃣", 2),
        ("e\u0301", 1),
        ("see kiln.com.", 4 + 23 + 1),
        ("at kiln.dk", 10),
        ("at kiln.dk/a", 3 + 23),
        ("t.co", 23),
        ("version 1.2.3", 13),
        ("mail ida@kiln.com", 17),
        ("看https://kiln.com/a，好", 2 + 23 + 2 + 2),
    ],
)
def test_posts_of_x(text: str, weight: int) -> None:
    assert counts.x_weight(text) == weight


@settings(max_examples=60)
@given(LATIN, HAN)
def test_weights_add_up(latin: str, han: str) -> None:
    plain = unicodedata.normalize("NFC", latin)
    assert counts.x_weight(f"{latin} {han}") == len(plain) + 1 + 2 * len(han)


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_bounds_of_any_text(text: str) -> None:
    assert len(text) <= counts.utf16_units(text) <= 2 * len(text)
    assert counts.utf16_units(text) <= counts.utf8_bytes(text) <= 4 * len(text)
    assert len(text) <= counts.threads_length(text) <= counts.utf8_bytes(text)
    assert len(counts.without_hashtags(text)) <= len(text)
    assert all(link in text for link in counts.links(text))
    assert all(f"{tag}" in text for tag in counts.hashtags(text))
    assert counts.linkedin_escaped(text) <= 2 * len(text)


def test_threads_counts_emoji_by_bytes() -> None:
    assert counts.threads_length("a" * 496 + "😀") == 500
    assert counts.threads_length("灰" * 500) == 500


def test_tags_of_youtube_with_spaces_are_quoted() -> None:
    assert counts.youtube_tags(["Foo Baz"]) == 9
    assert counts.youtube_tags(["Foo", "Baz"]) == 7


def test_the_little_text_format() -> None:
    text = "Tip 1) use wax_resist @ home with @[Ida Holm](urn:li:person:782bbtaQex)"
    assert counts.linkedin_visible(text) == len("Tip 1) use wax_resist @ home with Ida Holm")
    assert counts.linkedin_escaped(text) == len(text) + 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#a #b1 #a", ["a", "b1", "a"]),
        ("#1 a#b &#39; #", []),
        ("窑烧 #柴窑 ＃灰釉", ["柴窑", "灰釉"]),
        ("(#glaze)", ["glaze"]),
    ],
)
def test_hashtags(text: str, found: list[str]) -> None:
    assert counts.hashtags(text) == found


def test_mentions_and_cashtags() -> None:
    assert counts.mentions("@ida.holm. to ida@kiln.com (@mads)") == ["ida.holm", "mads"]
    assert counts.cashtags("$ABC $5 a$DEF $TOOLONGNAME") == ["$ABC"]


OF_ANY_TEXT = (
    counts.x_weight,
    counts.threads_length,
    counts.linkedin_visible,
    counts.linkedin_escaped,
    counts.links,
    counts.hashtags,
    counts.without_hashtags,
    counts.mentions,
    counts.cashtags,
    counts.has_markup,
)
PARTS = ("a.", "#", "@", "\U0001f600\u200d", "a-", "@[", "<", "$a", "http://")


@pytest.mark.parametrize("count", OF_ANY_TEXT, ids=lambda one: one.__name__)
@pytest.mark.parametrize("part", PARTS)
def test_time_grows_with_the_length_alone(count: Callable[[str], object], part: str) -> None:
    """32 times the text takes about 32 times as long; 1,024 if a pattern went back."""
    short, long = (seconds(count, part * (size // len(part))) for size in (2_500, 80_000))
    assert long < 250 * short


def seconds(count: Callable[[str], object], text: str) -> float:
    """The least processor time of three calls."""
    return min(timeit.repeat(lambda: count(text), time.process_time, number=1, repeat=3))
