"""How a platform's refusals are read, declared as a table."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from openchannels.connectors.base.parse import first, text, whole
from openchannels.connectors.base.paths import values_at
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import body_of, classify_status, retry_after

Kinds = Mapping[Any, FailureKind]
"""Kinds by text, which is a code or words of a message; by `(403, text)` under that status only."""

Refine = Callable[[Answer, Failure | None], Failure | None]
"""What makes of an answer and its reading by the table the reading that holds."""


def by_kind(codes: Mapping[FailureKind, Iterable[str | int]]) -> dict[str, FailureKind]:
    """A table of codes that is written with the kind first."""
    return {str(code): kind for kind, listed in codes.items() for code in listed}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureTable:
    """Reads answers by words of the message, then by code, then by HTTP status.

    Most platforms fail under a status of its own, which `code` and `message` only explain. Where
    `code_decides`, a code that is not in `success` is a failure under any status, and an answer
    without one is read by its status. Numeric codes are written as text.
    """

    code: str | Callable[[Any], Iterable[str | None]] = ""
    """Where codes lie, or a function of the body. The first one found is reported; the first one
    that `codes` knows decides."""
    message: str = ""
    request_id: str = ""
    code_decides: bool = False
    success: Collection[str] = ()
    codes: Kinds = field(default_factory=dict)
    words: Kinds = field(default_factory=dict)
    """Words, in lower case, of messages that tell what no code does; `(401, "")` is any message
    under that status, which then decides whatever the code is."""
    statuses: Mapping[int, FailureKind] = field(default_factory=dict)
    """HTTP statuses that mean something else here than everywhere."""
    cursor_words: Collection[str] = ()
    """Words, in lower case, by which the message of an invalid request names the page token."""
    cursor_codes: Collection[str] = ()
    app_wide: Collection[str] = ()
    """Kinds or codes of limits that all accounts of the app share."""
    wait: Mapping[str, float] = field(default_factory=dict)
    """Seconds to wait by kind or code, where the answer names none."""
    read_wait: Callable[[Answer], float | None] | None = None
    """Reads the wait of a rate limit from a header of the platform's own."""
    day: tzinfo | None = None
    """The zone at whose midnight a daily quota starts again."""
    refine: Refine | None = None
    """The way out: has the last word on every answer."""

    def classify(self, answer: Answer) -> Failure | None:
        """The reading of an answer; None is a success."""
        reading = self._read(answer, body_of(answer))
        return self.refine(answer, reading) if self.refine else reading

    def _read(self, answer: Answer, body: Any) -> Failure | None:
        by_status, codes = classify_status(answer), self._codes(body)
        if by_status is None and not (self.code_decides and codes):
            return None
        if self.code_decides and not codes:
            return by_status
        message = (text_at(body, self.message) or "").lower()
        kind = self._kind(answer.status, codes, message)
        kind = kind or (by_status.kind if by_status else FailureKind.INVALID)
        code = codes[0] if codes else None
        return Failure(
            kind,
            code=code,
            retry_after=self._wait(answer, kind, code),
            cursor=kind is FailureKind.INVALID and self._names_cursor(codes, message),
            request_id=text_at(body, self.request_id),
            bucket="app" if any(name in self.app_wide for name in (kind, *codes)) else "account",
            day=self.day if kind is FailureKind.QUOTA else None,
        )

    def _codes(self, body: Any) -> list[str]:
        if callable(self.code):
            codes = self.code(body)
        else:
            codes = map(code_text, values_at(body, self.code)) if self.code else ()
        return [code for code in codes if code and code not in self.success]

    def _kind(self, status: int, codes: list[str], message: str) -> FailureKind | None:
        for key, kind in self.words.items():
            on_status, words = (status, key) if isinstance(key, str) else key
            if on_status == status and words in message:
                return kind
        named = (self.codes.get((status, code)) or self.codes.get(code) for code in codes)
        return next(filter(None, named), None) or self.statuses.get(status)

    def _wait(self, answer: Answer, kind: FailureKind, code: str | None) -> float | None:
        named = retry_after(answer)
        if named is None and self.read_wait is not None and kind is FailureKind.RATE_LIMITED:
            named = self.read_wait(answer)
        return named or self.wait.get(code or "") or self.wait.get(kind)

    def _names_cursor(self, codes: list[str], message: str) -> bool:
        named = any(word in message for word in self.cursor_words)
        return named or any(code in self.cursor_codes for code in codes)


def text_at(body: Any, path: str) -> str | None:
    """The first text at the alternatives of a path; None without a path."""
    return first(map(text, values_at(body, path))) if path else None


def code_text(value: Any) -> str | None:
    """A code as text, whether it came as a number or as a word."""
    number = whole(value)
    return text(value) if number is None else str(number)
