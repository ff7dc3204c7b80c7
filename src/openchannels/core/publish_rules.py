"""Rules that content must keep before it is published, and what is said where one is broken."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from openchannels.core.platforms import Text
from openchannels.core.publications import Content

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


@dataclass(frozen=True, slots=True)
class Draft:
    """What rules look at. `files` are facts of the media by their addresses.

    `is_public` says whether addresses of this service can be reached by the platform, `pulls`
    whether it has to. `account` holds what a connector keeps of the account.
    """

    content: Content
    option: Mapping[str, Any]
    files: Mapping[str, FileFacts] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    publish_at: float = 0.0
    now: float = 0.0
    pulls: bool = False
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where a rule is broken: its dotted path, and what fills the rule's text."""

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
    return [
        RuleIssue(
            rule.id,
            rule.code,
            broken.path,
            rule.severity,
            _filled(rule.text, {"limit": rule.limit, **broken.params}),
            {**({} if rule.limit is None else {"limit": rule.limit}), **broken.params},
        )
        for rule in rules
        for broken in rule.find(draft)
    ]


def _filled(text: Text, params: Mapping[str, Any]) -> Text:
    return Text(en=text.en.format(**params), zh=text.zh.format(**params))
