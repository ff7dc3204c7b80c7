"""Every rule of publishing: broken by one draft, kept by another, and told in both languages."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from openchannels.api.envelope import localised
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.option_rules import OptionRules
from openchannels.core.platforms import Platform, Text
from openchannels.core.publications import MediumKind
from openchannels.core.publish_rules import FileFacts, Rule, issues_of
from openchannels.core.rule_texts import filled
from openchannels.service.publishing.rule_table import rules_of
from tests.publishing.rule_drafts import (
    Example,
    File,
    Pair,
    all_rules,
    base,
    derived,
    option_pairs,
    valid,
)
from tests.publishing.rule_examples import EXAMPLES

RULES = {rule.id: (platform, rule) for platform, rule in all_rules()}
OPTION_PAIRS = {rule: pair for name in CONNECTORS for rule, pair in option_pairs(name).items()}


def own_pair(platform: str, place: str) -> Pair | None:
    if place not in EXAMPLES.get(platform, {}):
        return None
    broken, kept = EXAMPLES[platform][place]
    start = base(platform)
    return replace(start, **broken), replace(start, **(kept or {}))


def pair_of(platform: str, rule: Rule) -> Pair:
    place = rule.id.partition(".")[2]
    return own_pair(platform, place) or OPTION_PAIRS.get(rule.id) or derived(platform, rule)


BADLY_SPACED = re.compile("[一-鿿][A-Za-z0-9]|[A-Za-z0-9][一-鿿]|[一-鿿] +[一-鿿]")
"""Chinese and Latin without a space, or Chinese with one in it."""


@pytest.mark.parametrize("rule_id", RULES)
def test_a_rule_is_broken_and_kept(rule_id: str) -> None:
    platform, rule = RULES[rule_id]
    broken, kept = pair_of(platform, rule)
    issues = issues_of([rule], broken.draft())
    assert issues, "the draft that should break it does not"
    for issue in issues:
        assert issue.path.partition(".")[0] in ("content", "option")
        for told in (issue.message.en, issue.message.zh):
            assert told.strip()
            assert not re.search(r"\{[a-z_]+\}", told)
            assert "None" not in told
        assert not BADLY_SPACED.search(issue.message.zh), issue.message.zh
    assert not issues_of([rule], kept.draft()), "the draft that should keep it does not"


@pytest.mark.parametrize(
    ("platform", "option", "rule"),
    [
        ("google_business", {"event": {"start": "2026-12-01T18:00\n"}}, "event.start.form"),
        ("google_business", {"event": {"start": "２０２６-12-01T18:00"}}, "event.start.form"),
        ("facebook", {"content_tags": ["12\n"]}, "content_tags.items.form"),
        ("youtube", {"publishAt": "9999-12-31T23:59:59-14:00"}, "publishAt.date"),
        ("youtube", {"publishAt": "0001-01-01T00:00:00+14:00"}, "publishAt.date"),
    ],
)
def test_what_is_nearly_of_a_form_is_not(
    platform: str, option: Mapping[str, Any], rule: str
) -> None:
    """Of the platform's digits only, to the end, and of a year that can be written."""
    draft = replace(base(platform), option=option).draft()
    found = issues_of(rules_of(CONNECTORS[platform]), draft)  # type: ignore[index]
    assert f"{platform}.option.{rule}" in [issue.rule for issue in found]


def test_there_are_enough_and_no_id_twice() -> None:
    listed = [rule.id for _, rule in all_rules()]
    assert len(listed) == len(set(listed)) >= 300
    assert all(platform == rule.id.partition(".")[0] for platform, rule in all_rules())


def test_no_example_is_left_over() -> None:
    named = {f"{name}.{place}" for name, places in EXAMPLES.items() for place in places}
    assert named <= RULES.keys()


def test_chinese_stands_apart_from_latin_letters_and_digits() -> None:
    """One space between both, none between two Chinese signs, whatever fills a text."""
    known = {"limit": 30, "name": "抖音", "said": "a 一 b"}
    for text, wanted in {
        "标题最多{limit}个字符": "标题最多 30 个字符",
        "必须是 {name}。": "必须是抖音。",
        "{name}最多 {limit}。": "抖音最多 30。",
        "没有{said}": "没有 a 一 b",
        "“{limit}”，{limit}%": "“30”，30%",
    }.items():
        assert filled(text, known, "zh-CN") == wanted
    assert filled("{limit} of {name}", known, "en-US") == "30 of 抖音"


def test_texts_differ_by_language() -> None:
    assert not [rule.id for _, rule in all_rules() if rule.text.en == rule.text.zh]


@pytest.mark.parametrize("platform", [name for name in CONNECTORS if name != "google_business"])
def test_a_usual_draft_breaks_nothing(platform: str) -> None:
    rules = rules_of(CONNECTORS[platform])  # type: ignore[index]
    usual = base(platform)
    if platform == "tiktok":
        usual = replace(usual, option={"privacy_level": "PUBLIC_TO_EVERYONE"})
    wrong = [issue for issue in issues_of(rules, usual.draft()) if issue.is_error]
    assert not wrong


# Options as in operations.md 4.9: all of them are known to the rules.

OPTIONS = """
bilibili tid no_reprint topic_id mission_id copyright source
douyin short_title cover_tsp download_type private_status
facebook content_category link content_tags custom_labels direct_share_status embeddable
facebook feed_targeting video_state
instagram alt_text caption collaborators cover_url image_url location_id media_type product_tags
instagram user_tags
KWAI cover stereo_type merchant_product_id
linkedin visibility authorUrn distribution commentary
pinterest boardId link altText coverImageUrl
xhs workLink
threads reply_control location_id allowlisted_country_codes alt_text auto_publish_text
threads link_attachment reply_to_id quote_post_id
tiktok privacy_level disable_duet disable_stitch disable_comment brand_organic_toggle
tiktok brand_content_toggle auto_add_music photo_cover_index source is_aigc
twitter reply_to_tweet_id reply_settings poll quote_tweet_id made_with_ai paid_partnership alt_text
wxSph workId workLink linkStatus linkMeta
wxGzh author digest open_comment only_fans_can_comment showCoverPic sourceUrl
youtube privacyStatus categoryId publishAt license embeddable notifySubscribers
youtube selfDeclaredMadeForKids madeForKids containsSyntheticMedia
"""


@pytest.mark.parametrize("line", OPTIONS.strip().splitlines())
def test_every_option_of_the_contract_has_rules(line: str) -> None:
    platform, *names = line.split()
    for name in names:
        assert f"{platform}.option.{name}.type" in RULES


# Properties

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def options_for(schema: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Options of which some are right, some wrong and some unknown."""
    known = {name: st.just(valid(rules)) | JSON for name, rules in schema["properties"].items()}
    return st.fixed_dictionaries({}, optional={**known, "nobody": JSON})


FACTS = st.builds(
    FileFacts,
    extension=st.none() | st.sampled_from(["jpg", "mp4", "gif", ""]),
    mime_type=st.none() | st.sampled_from(["image/jpeg", "image/gif", "video/mp4", "x"]),
    size=st.none() | st.integers(0, 2**40),
    width=st.none() | st.integers(0, 40_000),
    height=st.none() | st.integers(0, 40_000),
    duration=st.none() | st.floats(0, 1e6),
    codec=st.none() | st.text(max_size=4),
    frame_rate=st.none() | st.floats(0, 1000),
)
FILES = st.lists(st.builds(File, st.sampled_from(MediumKind), FACTS), max_size=4).map(tuple)


@settings(max_examples=25, deadline=None)
@given(platform=st.sampled_from(list(CONNECTORS)), data=st.data())
def test_rules_take_whatever_comes(platform: Platform, data: st.DataObject) -> None:
    """Options are not checked before: no value may make a rule fail instead of finding it."""
    connector = CONNECTORS[platform]
    example = Example(
        title=data.draw(st.text(max_size=40)),
        body=data.draw(st.text(max_size=200)),
        media=data.draw(FILES),
        cover=data.draw(st.none() | st.builds(File, st.sampled_from(MediumKind), FACTS)),
        option=data.draw(options_for(connector.publishing.options)),
        account=data.draw(st.sampled_from([{}, {"role": "ADMINISTRATOR"}])),
        pulls=True,
        is_public=False,
    )
    for issue in issues_of(rules_of(connector), example.draft()):
        assert issue.message.en
        assert issue.message.zh


@settings(max_examples=50, deadline=None)
@given(platform=st.sampled_from(list(CONNECTORS)), data=st.data())
def test_option_rules_find_what_a_validator_finds(platform: Platform, data: st.DataObject) -> None:
    schema = CONNECTORS[platform].publishing.options
    plain = {name: rule for name, rule in schema.items() if name not in ("if", "then", "anyOf")}
    rules = tuple(OptionRules(CONNECTORS[platform].id, Text(en="x", zh="x"), plain).all())
    options = data.draw(options_for(plain))
    assume(not has_unsafe_numbers(options))
    validator = Draft202012Validator(localised(plain, "en-US"))
    found = [
        one for one in issues_of(rules, Example(option=options).draft()) if ".date" not in one.rule
    ]
    assert bool(found) == (not validator.is_valid(options))


def has_unsafe_numbers(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_unsafe_numbers, value.values()))
    if isinstance(value, list):
        return any(map(has_unsafe_numbers, value))
    return isinstance(value, int | float) and abs(value) >= 2**53
