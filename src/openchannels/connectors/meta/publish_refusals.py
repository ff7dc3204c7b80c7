"""What Meta's refusals of a publication mean, and how often one is tried again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from openchannels.connectors.base.parse import dig, integer
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.core import errors
from openchannels.core.publications import PublicationRefused

TOO_FAST = "1390008"
"""Subcode of 368 by which a Page is asked to publish more slowly; it is tried three times."""
MOST_ATTEMPTS = 3
"""How often a publication is begun after refusals that may pass; a limit may take longer."""


def read_refusal_codes(body: Any) -> Iterator[str]:
    """Yields code and subcode, `9004/2207052`, then each of them alone."""
    code, subcode = (integer(dig(body, "error", name)) for name in ("code", "error_subcode"))
    if code is not None and subcode is not None:
        yield f"{code}/{subcode}"
        yield str(subcode)
    if code is not None:
        yield str(code)


def meta_refusals(
    codes: Mapping[str, Refusal], words: Mapping[str | tuple[int, str], Refusal] | None = None
) -> RefusalTable:
    """Returns a table by code and subcode, such as `9004/2207052`, by subcode, or by code."""
    return RefusalTable(
        message="error.error_user_msg|error.message",
        codes=codes,
        words=words or {},
        read_codes=read_refusal_codes,
    )


@contextmanager
def bounded_attempts(job: Job) -> Iterator[None]:
    """Makes a refusal final that would be tried again for the third time."""
    try:
        yield
    except PublicationRefused as refused:
        too_fast = (refused.platform_code or "").endswith(TOO_FAST)
        limited = refused.code is errors.PLATFORM_RATE_LIMITED and not too_fast
        if refused.final or limited or job.attempt < MOST_ATTEMPTS:
            raise
        raise PublicationRefused(
            refused.code,
            refused.text,
            platform_code=refused.platform_code,
            kind=refused.kind,
        ) from refused
