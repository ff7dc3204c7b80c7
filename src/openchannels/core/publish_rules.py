"""Rules that content must keep before it is published, and what is said where one is broken."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from openchannels.core.platforms import Locale, Text
from openchannels.core.publications import Content, Medium, MediumKind
from openchannels.core.rule_texts import filled

Severity = Literal["error", "warning"]


class IssueCode(StrEnum):
    """What is wrong, in the words of the wire's contract."""

    REQUIRED = "required"
    TOO_BIG = "too_big"
    TOO_SMALL = "too_small"
    INVALID_COMBINATION = "invalid_combination"
    UNSUPPORTED_FORMAT = "unsupported_format"
    UNSUPPORTED_CONTENT_MODE = "unsupported_content_mode"
    INVALID_DURATION = "invalid_duration"
    INVALID_URL = "invalid_url"
    INVALID_OPTION = "invalid_option"


FORMATS: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/bmp": ("bmp",),
    "image/tiff": ("tiff", "tif"),
    "video/mp4": ("mp4", "m4v"),
    "video/quicktime": ("mov",),
    "video/webm": ("webm",),
    "video/x-matroska": ("mkv",),
    "video/x-msvideo": ("avi",),
}
"""The extensions that a file of a type may have."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file: `extension` without a dot, `size` in bytes, `duration` in seconds,
    `width` and `height` in pixels, `frame_rate` in frames a second. None where it is not known.
    """

    extension: str | None = None
    mime_type: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    codec: str | None = None
    audio_codec: str | None = None
    frame_rate: float | None = None

    @property
    def formats(self) -> tuple[str, ...]:
        """Extensions of the file's format, by what it holds and not by its name, where known."""
        by_name = () if self.extension is None else (self.extension,)
        return FORMATS.get(self.mime_type or "", by_name)

    @property
    def ratio(self) -> float | None:
        """Width divided by height."""
        return self.width / self.height if self.width and self.height else None


@dataclass(frozen=True, slots=True)
class Draft:
    """What rules look at. `files` are facts of the media by their addresses.

    `is_public` says whether addresses of this service can be reached by the platform, `pulls`
    whether it has to. `uid` is the account's id on the platform, `account` what a connector keeps
    of it. Options have not been checked yet: their values may be of any type.
    """

    content: Content
    option: Mapping[str, Any]
    files: Mapping[str, FileFacts] = field(default_factory=dict)
    uid: str = ""
    account: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    publish_at: float = 0.0
    now: float = 0.0
    pulls: bool = False
    is_public: bool = True

    def word(self, option: str) -> str:
        """Returns an option that is a text; an empty one if it is missing or something else."""
        value = self.option.get(option)
        return value if isinstance(value, str) else ""

    def items(self, option: str) -> Sequence[Any]:
        """Returns an option that is a list; an empty one if it is missing or something else."""
        value = self.option.get(option)
        return value if isinstance(value, list) else ()

    def number(self, option: str) -> float | None:
        """Returns an option that is a number; None if it is missing or something else."""
        value = self.option.get(option)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number else None

    def given(self, option: str) -> bool:
        """Returns whether an option says anything: false and empty values do not."""
        return self.option.get(option) not in (None, False, "", [], {})

    @property
    def lead(self) -> float:
        """Seconds until it is to go out; 0 for now."""
        return max(self.publish_at - self.now, 0.0)

    def images(self) -> Iterator["DraftFile"]:
        return (one for one in self.media() if one.medium.kind is MediumKind.IMAGE)

    def videos(self) -> Iterator["DraftFile"]:
        return (one for one in self.media() if one.medium.kind is MediumKind.VIDEO)

    def media(self) -> Iterator["DraftFile"]:
        """The files of the content, without the cover."""
        for index, medium in enumerate(self.content.media):
            yield self._file(f"content.media.{index}", medium)

    def covers(self) -> Iterator["DraftFile"]:
        """The cover, if there is one."""
        if self.content.cover is not None:
            yield self._file("content.cover", self.content.cover)

    def _file(self, path: str, medium: Medium) -> "DraftFile":
        return DraftFile(path, medium, self.files.get(medium.url, FileFacts()))


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of a draft: its dotted path, and what is known of it."""

    path: str
    medium: Medium
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where a rule is broken: its dotted path, and what fills the rule's text.

    A param that is a `Text` is told in the language of the text.
    """

    path: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one platform.

    `id` is stable: the platform's id, the place and what is asked of it, joined by dots. `text`
    may hold `{name}` of the params of what is broken, and `{limit}`.
    """

    id: str
    code: IssueCode
    text: Text
    find: Callable[[Draft], Iterable[Broken]]
    severity: Severity = "error"
    limit: Any = None


@dataclass(frozen=True, slots=True)
class RuleIssue:
    """A rule that a draft breaks, as it is told."""

    rule: str
    code: IssueCode
    path: str
    severity: Severity
    message: Text
    params: Mapping[str, Any]

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


def issues_of(rules: Sequence[Rule], draft: Draft) -> list[RuleIssue]:
    """Returns what is wrong with a draft, in the order of the rules."""
    return [_issue(rule, broken) for rule in rules for broken in rule.find(draft)]


def _issue(rule: Rule, broken: Broken) -> RuleIssue:
    limit = {} if rule.limit is None else {"limit": rule.limit}
    params = {**limit, **broken.params}
    message = Text(en=_said(rule, params, "en-US"), zh=_said(rule, params, "zh-CN"))
    told = {name: value.en if isinstance(value, Text) else value for name, value in params.items()}
    return RuleIssue(rule.id, rule.code, broken.path, rule.severity, message, told)


def _said(rule: Rule, params: Mapping[str, Any], locale: Locale) -> str:
    shown = {
        name: value.in_locale(locale) if isinstance(value, Text) else value
        for name, value in params.items()
    }
    return filled(rule.text.in_locale(locale), shown, locale)
