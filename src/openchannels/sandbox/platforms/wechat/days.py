"""The days of the data cube, in China."""

from datetime import timedelta, timezone

from openchannels.sandbox.clock import read_date
from openchannels.sandbox.figures import Day, day_of, days_between
from openchannels.sandbox.http import EarlyReply, Request
from openchannels.sandbox.platforms.wechat.accounts import error_reply

CHINA = timezone(timedelta(hours=8))
_COUNTING_SECONDS = 8 * 3600
"""How long after a day's end its statistics are ready."""


def is_ready(day: Day, now: float) -> bool:
    """Whether the statistics of a day have been counted."""
    return day.end + _COUNTING_SECONDS <= now


def period_of(request: Request, most: int) -> list[Day]:
    """The requested days. Raises EarlyReply unless they are in order, few and over in China."""
    try:
        begin, end = (read_date(str(request.json.get(name))) for name in ("begin_date", "end_date"))
    except ValueError as error:
        raise EarlyReply(error_reply(61500, "date format error")) from error
    if end >= day_of(request.now, CHINA) or not begin <= end < begin + timedelta(days=most):
        raise EarlyReply(error_reply(61501, "date range error"))
    return days_between(begin, end, CHINA)
