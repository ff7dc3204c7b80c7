"""Short ways to write the rules that a platform has of its own; see `core/publish_rules.py`."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from openchannels.core.derived_rules import above
from openchannels.core.platforms import Text
from openchannels.core.publish_rules import (
    Broken,
    Draft,
    DraftFile,
    FileFacts,
    IssueCode,
    Rule,
    Severity,
)
from openchannels.core.rule_texts import chinese

Test = Callable[[Draft], bool]
Files = Callable[[Draft], Iterable[DraftFile]]

TITLE, BODY, MEDIA, COVER = "content.title", "content.body", "content.media", "content.cover"
TOPICS = "content.topics"


class OwnRules:
    """Makes the rules of one platform. Texts are English and Chinese; `{limit}` is the limit."""

    def __init__(self, platform: str) -> None:
        self._platform = platform

    def error(
        self,
        place: str,
        code: IssueCode,
        path: str,
        en: str,
        zh: str,
        broken: Test,
        limit: Any = None,
        severity: Severity = "error",
    ) -> Rule:
        """A rule about the draft as a whole, told at one path."""

        def find(draft: Draft) -> Iterator[Broken]:
            if broken(draft):
                yield Broken(path)

        return self._rule(place, code, en, zh, find, severity, limit)

    def warning(
        self,
        place: str,
        code: IssueCode,
        path: str,
        en: str,
        zh: str,
        broken: Test,
        limit: Any = None,
    ) -> Rule:
        """The same for what a person should know although nothing is refused."""
        return self.error(place, code, path, en, zh, broken, limit, "warning")

    def required(self, place: str, path: str, en: str, zh: str, missing: Test) -> Rule:
        return self.error(place, IssueCode.REQUIRED, path, en, zh, missing)

    def combination(self, place: str, path: str, en: str, zh: str, broken: Test) -> Rule:
        """Things that exclude each other."""
        return self.error(place, IssueCode.INVALID_COMBINATION, path, en, zh, broken)

    def unused(self, place: str, path: str, en: str, zh: str, broken: Test) -> Rule:
        """Something that is not sent, or has no effect."""
        return self.warning(place, IssueCode.INVALID_COMBINATION, path, en, zh, broken)

    def most(
        self,
        place: str,
        path: str,
        limit: float,
        en: str,
        zh: str,
        count: Callable[[Draft], float],
        severity: Severity = "error",
    ) -> Rule:
        """Something that is counted, with `{actual}` in its texts."""
        return self._rule(
            place,
            IssueCode.TOO_BIG,
            en,
            zh,
            lambda draft: above(path, count(draft), limit),
            severity,
            limit,
        )

    def files(
        self,
        place: str,
        code: IssueCode,
        files: Files,
        en: str,
        zh: str,
        broken: Callable[[FileFacts], bool],
        limit: Any = None,
        severity: Severity = "error",
    ) -> Rule:
        """A rule about each of some files, from what is known of them."""

        def find(draft: Draft) -> Iterator[Broken]:
            return (Broken(one.path) for one in files(draft) if broken(one.facts))

        return self._rule(place, code, en, zh, find, severity, limit)

    def not_mixed(self) -> Rule:
        return self.combination(
            "media.mixed",
            MEDIA,
            "Images and videos cannot be published together here.",
            "该平台不能同时发布图片和视频。",
            lambda draft: bool(draft.content.images and draft.content.videos),
        )

    def without_title(self) -> Rule:
        return self.unused(
            "title.unused",
            TITLE,
            "There is no title here: this one is not sent.",
            "该平台没有标题，该标题不会发送。",
            lambda draft: bool(draft.content.title.strip()),
        )

    def without_cover(self, videos_too: bool = True) -> Rule:
        return self.unused(
            "cover.unused",
            COVER,
            "A cover cannot be set here: this one is not sent.",
            "此处无法设置封面，该封面不会发送。",
            lambda draft: (
                draft.content.cover is not None and (videos_too or not draft.content.videos)
            ),
        )

    def frame_rates(self) -> Rule:
        return self.files(
            "video.frame_rate",
            IssueCode.UNSUPPORTED_FORMAT,
            Draft.videos,
            "The video must have {limit} frames a second.",
            "视频帧率必须在每秒 {limit} 帧之间。",
            lambda facts: is_outside(facts.frame_rate, 22.9, 60),
            limit="23-60",
        )

    def _rule(
        self,
        place: str,
        code: IssueCode,
        en: str,
        zh: str,
        find: Callable[[Draft], Iterable[Broken]],
        severity: Severity,
        limit: Any,
    ) -> Rule:
        return Rule(
            f"{self._platform}.{place}", code, Text(en=en, zh=chinese(zh)), find, severity, limit
        )


def one_video(draft: Draft) -> bool:
    return len(draft.content.media) == 1 and bool(draft.content.videos)


def is_above(value: float | None, limit: float) -> bool:
    return value is not None and value > limit


def is_below(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def is_outside(value: float | None, least: float, most: float) -> bool:
    """Returns whether a known value lies outside of bounds, by more than rounding."""
    return value is not None and not least * 0.995 <= value <= most * 1.005
