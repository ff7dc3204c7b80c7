"""A platform's failures, declared as a table."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

from openchannels.connectors.base.parse import integer, text
from openchannels.connectors.base.paths import clean_value_at, parse_paths, values_at
from openchannels.core.platform_errors import Bucket, Failure, FailureKind
from openchannels.transport.answers import body_of, retry_after, status_kind, unrecognized
from openchannels.transport.client import Answer

Kinds = Mapping[Any, FailureKind]
"""Kinds by error code or words of the message; `(403, text)` applies to that status only."""

Form = Callable[[Any], bool]
"""Tells whether a body is an error in the platform's own form."""

Refine = Callable[[Answer, Failure | None], Failure | None]
"""Takes an answer and the table's result for it; returns the final result."""


def by_kind(codes: Mapping[FailureKind, Iterable[str | int]]) -> dict[str, FailureKind]:
    """Inverts a mapping of kinds to codes into a mapping of codes to kinds."""
    return {str(code): kind for kind, kind_codes in codes.items() for code in kind_codes}


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureTable:
    """Reads errors in the platform's own form by words of the message, code and HTTP status.

    An error in that form is a failure under any status. Any other answer is a success below 300;
    from 300 on something else has answered in the platform's place, which is UNAVAILABLE and says
    nothing about the grant. Numeric codes are written as text.
    """

    code: str | Callable[[Any], Iterable[str | None]] = ""
    """Path of the codes, or a function of the body. The first code is reported; the first code
    listed in `codes` decides the kind."""
    form: Form | None = None
    """Tells whether a body is an error; by default one with a code outside `success` is."""
    message: str = ""
    request_id: str = ""
    code_decides: bool = False
    """Whether 401, 403 and 404 say nothing beside a code that is not listed: it is INVALID."""
    success: Collection[str] = ()
    codes: Kinds = field(default_factory=dict)
    words: Kinds = field(default_factory=dict)
    """Lower-case words of messages, checked before codes; `(401, "")` matches any message under
    that status."""
    statuses: Mapping[int, FailureKind] = field(default_factory=dict)
    """HTTP statuses with a meaning of their own on this platform."""
    cursor_words: Collection[str] = ()
    """Lower-case words that show that an invalid request is about the page token."""
    cursor_codes: Collection[str] = ()
    passing_codes: Collection[str] = ()
    """Codes of refusals that pass: the call is repeated once."""
    app_wide: Collection[str] = ()
    """Kinds or codes of limits shared by all accounts of the app."""
    wait: Mapping[str, float] = field(default_factory=dict)
    """Seconds to wait by kind or code, if the answer does not say."""
    read_wait: Callable[[Answer], float | None] | None = None
    """Reads the wait of a rate limit from a platform-specific header."""
    day: tzinfo | None = None
    """Time zone at whose midnight a daily quota resets."""
    refine: Refine | None = None
    """Replaces the table's result for an answer."""

    def classify(self, answer: Answer) -> Failure | None:
        """Returns the failure that an answer reports; None for a success."""
        reading = self._read(answer)
        return self.refine(answer, reading) if self.refine else reading

    def _read(self, answer: Answer) -> Failure | None:
        body = body_of(answer)
        # Most answers are successes: whether there is an error at all is found out first.
        if self.form is not None and not self.form(body):
            return self._unrecognized(answer)
        codes = self._codes(body)
        if self.form is None and not codes:
            return self._unrecognized(answer)
        message = (first_text(body, self.message) or "").lower()
        kind = self._kind(answer.status, codes, message)
        code = codes[0] if codes else None
        return Failure(
            kind,
            code=code,
            retry_after=self._wait(answer, kind, code),
            cursor=kind is FailureKind.INVALID and self._names_cursor(codes, message),
            passing=any(code in self.passing_codes for code in codes),
            request_id=first_text(body, self.request_id),
            bucket=self._bucket(kind, codes),
            day=self.day if kind is FailureKind.QUOTA else None,
        )

    def _unrecognized(self, answer: Answer) -> Failure | None:
        reading = unrecognized(answer)
        if reading is None or reading.kind is not FailureKind.RATE_LIMITED:
            return reading
        wait = self._wait(answer, reading.kind, None)
        return replace(reading, retry_after=wait, bucket=self._bucket(reading.kind, []))

    def _bucket(self, kind: FailureKind, codes: list[str]) -> Bucket:
        return "app" if any(name in self.app_wide for name in (kind, *codes)) else "account"

    def _codes(self, body: Any) -> list[str]:
        if callable(self.code):
            codes = self.code(body)
        else:
            codes = map(code_text, values_at(body, self.code)) if self.code else ()
        return [code for code in codes if code and code not in self.success]

    def _kind(self, status: int, codes: list[str], message: str) -> FailureKind:
        for key, kind in self.words.items():
            on_status, words = (status, key) if isinstance(key, str) else key
            if on_status == status and words in message:
                return kind
        kinds = (self.codes.get((status, code)) or self.codes.get(code) for code in codes)
        known = next(filter(None, kinds), None) or self.statuses.get(status)
        if known is None and self.code_decides and status < 500 and status != 429:
            return FailureKind.INVALID
        return known or status_kind(status)

    def _wait(self, answer: Answer, kind: FailureKind, code: str | None) -> float | None:
        seconds = retry_after(answer)
        if seconds is None and self.read_wait is not None and kind is FailureKind.RATE_LIMITED:
            seconds = self.read_wait(answer)
        return seconds or self.wait.get(code or "") or self.wait.get(kind)

    def _names_cursor(self, codes: list[str], message: str) -> bool:
        in_message = any(word in message for word in self.cursor_words)
        return in_message or any(code in self.cursor_codes for code in codes)


def first_text(body: Any, path: str) -> str | None:
    """Returns the first text at the alternatives of a path; None without a path."""
    return clean_value_at(body, parse_paths(path), text) if path else None


def code_text(value: Any) -> str | None:
    """Returns a numeric or textual error code as text."""
    number = integer(value)
    return text(value) if number is None else str(number)
