"""A platform's refusals of one content, declared as a table, and calls that raise them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.base.failures import first_text
from openchannels.core import errors
from openchannels.core.exceptions import ErrorCode, ServiceError
from openchannels.core.platform_errors import (
    ACCOUNT_REFUSED,
    Failure,
    FailureKind,
    PlatformFailure,
)
from openchannels.core.publications import PublicationRefused
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import Classify, PlatformClient

OF_THE_ACCOUNT = {*ACCOUNT_REFUSED, FailureKind.TOKEN_EXPIRED}
MAX_WORDS = 500
"""Characters of the platform's own words that are kept."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refusal means: our code, and whether and when the same content may be tried again.

    `name` stands for a refusal to which the platform gives no code. `hint` follows its words.
    """

    error: ErrorCode[ServiceError]
    final: bool = True
    retry_after: float | None = None
    name: str | None = None
    hint: str = ""


ANY_CONTENT = Refusal(errors.PUBLISH_VALIDATION_FAILED)
"""The platform refuses the content as such, in words of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalTable:
    """Reads refusals of content by code, then by words of the message.

    An INVALID failure that is in neither table is refused as `otherwise`; all other failures stay
    PlatformFailures. `words` are in lower case; `(400, text)` applies to that status only.
    """

    message: str
    """Path of the platform's own words."""
    codes: Mapping[str, Refusal] = field(default_factory=dict)
    words: Mapping[str | tuple[int, str], Refusal] = field(default_factory=dict)
    otherwise: Refusal | None = ANY_CONTENT
    read_codes: Callable[[Any], Iterable[str | None]] | None = None
    """Reads further codes of a body, beside the one that the failure names."""

    def refused(self, answer: Answer, failure: PlatformFailure) -> PublicationRefused | None:
        """Returns the refusal that an answer says; None for a failure of another sort.

        What concerns the account or its token, and what is not in the platform's form, is none.
        """
        unrecognized = failure.kind is FailureKind.UNAVAILABLE and failure.reading.code is None
        if failure.kind in OF_THE_ACCOUNT or unrecognized:
            return None
        body = body_of(answer)
        said = first_text(body, self.message) or ""
        codes = self._codes(body, failure)
        refusal = self._refusal(answer.status, said.lower(), codes)
        if refusal is None and failure.kind is FailureKind.INVALID:
            refusal = self.otherwise
        if refusal is None:
            return None
        return PublicationRefused(
            refusal.error,
            " ".join(filter(None, (said[:MAX_WORDS], refusal.hint))) or None,
            platform_code=refusal.name or next(iter(codes), None),
            final=refusal.final,
            retry_after=refusal.retry_after or failure.reading.retry_after,
        )

    def _codes(self, body: Any, failure: PlatformFailure) -> list[str]:
        more = () if self.read_codes is None else self.read_codes(body)
        return [code for code in (failure.reading.code, *more) if code]

    def _refusal(self, status: int, said: str, codes: Iterable[str]) -> Refusal | None:
        for code in codes:
            if code in self.codes:
                return self.codes[code]
        for key, refusal in self.words.items():
            on_status, words = (status, key) if isinstance(key, str) else key
            if on_status == status and words in said:
                return refusal
        return None

    async def exchange(
        self,
        client: PlatformClient,
        method: str,
        url: str,
        *,
        operation: str,
        classify: Classify | None = None,
        **parts: Any,
    ) -> Answer:
        """As `PlatformClient.exchange`. Raises PublicationRefused where this table says so."""
        read = classify or client.classify
        answers: list[Answer] = []

        def keep(answer: Answer) -> Failure | None:
            answers.append(answer)
            return read(answer)

        try:
            return await client.exchange(method, url, operation=operation, classify=keep, **parts)
        except PlatformFailure as failure:
            # Without a status the failure is no answer's: the call was lost, or not made at all.
            answered = bool(answers) and failure.http_status is not None
            refused = self.refused(answers[-1], failure) if answered else None
            if refused is None:
                raise
            raise refused from failure

    async def call(
        self, client: PlatformClient, method: str, url: str, *, operation: str, **parts: Any
    ) -> Any:
        """As `exchange`, and returns the JSON object of the answer; None for an empty one."""
        answer = await self.exchange(client, method, url, operation=operation, **parts)
        if not answer.body.strip():
            return None
        value = body_of(answer)
        if not isinstance(value, dict):
            raise client.malformed(operation, answer.status)
        return value
