"""What an answer says by its status and headers, whichever platform sent it.

Anything between us and a platform may answer in its place: a proxy, a content network, a login
page of the network. Only an error in the platform's own form says something about a grant, a
permission or a work; any other answer with an error status says that the platform was not reached.
"""

from typing import Any

from openchannels.core.clock import http_date
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.client import Answer
from openchannels.transport.rate_limits import LONGEST_SECONDS

STATUS_KINDS = {
    401: FailureKind.TOKEN_EXPIRED,
    403: FailureKind.PERMISSION,
    404: FailureKind.NOT_FOUND,
    429: FailureKind.RATE_LIMITED,
}


def body_of(answer: Answer) -> Any:
    """Returns the JSON value of an answer; None if it holds none."""
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None


def status_kind(status: int) -> FailureKind:
    """Returns what a status means beside an error in the platform's own form."""
    return (
        FailureKind.UNAVAILABLE if status >= 500 else STATUS_KINDS.get(status, FailureKind.INVALID)
    )


def unrecognized(answer: Answer) -> Failure | None:
    """Returns the failure of an answer that is no error in the platform's form.

    UNAVAILABLE, or RATE_LIMITED under 429, whose meaning every sender shares. None for a success.
    """
    if answer.status < 300:
        return None
    limited = answer.status == 429
    kind = FailureKind.RATE_LIMITED if limited else FailureKind.UNAVAILABLE
    return Failure(kind, retry_after=retry_after(answer))


def retry_after(answer: Answer) -> float | None:
    """Returns the seconds of a Retry-After header, given as a number or as a date.

    A date is compared with the answer's Date header, not with the clock of this machine.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_SECONDS)
    until, now = http_date(text), http_date(answer.headers.get("date"))
    if until is None or now is None or until <= now:
        return None
    return min(until - now, LONGEST_SECONDS)
