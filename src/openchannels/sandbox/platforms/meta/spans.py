"""The span of insights of an account, and its days, which end at midnight Pacific time.

https://developers.facebook.com/docs/graph-api/reference/page/insights
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.figures import Day, day_of, days_between, pacific
from openchannels.sandbox.http import Request
from openchannels.sandbox.platforms.meta.graph import GraphError, paging_url, repeated

DAY = 86_400
_LAST = 10_000_000_000
"""2286, beyond which no moment is understood."""
_WORDS = {"now": 0, "today": 0, "yesterday": 1}


@dataclass(frozen=True, slots=True)
class Span:
    """What `since` and `until` ask for, in Unix seconds."""

    since: float
    until: float

    def whole(self) -> Day:
        """The span as if it were one day."""
        return Day(day_of(self.since, pacific()), self.since, self.until)

    def days(self, now: float) -> list[Day]:
        """The days that ended after `since`, and not after `until` or now."""
        zone = pacific()
        around = days_between(
            day_of(self.since, zone) - timedelta(days=1),
            day_of(min(self.until, now), zone),
            zone,
        )
        return [day for day in around if self.since < day.end <= min(self.until, now)]


def span_of(request: Request, default_days: int, most_days: int | None) -> Span:
    """The span of a call: the last `default_days` without parameters.

    Raises:
        GraphError: 100 for a moment that is none, the wrong order, or too long a span.
    """
    query, now = request.query, request.now
    until = _moment(query.get("until"), now) if "until" in query else now
    since = _moment(query.get("since"), now) if "since" in query else until - default_days * DAY
    if since > until:
        raise GraphError(100, "(#100) since param must be less than until param")
    if most_days is not None and until - since > most_days * DAY + 3600:
        seconds = most_days * DAY
        raise GraphError(
            100,
            f"(#100) There cannot be more than {most_days} days ({seconds} s) between since"
            " and until",
        )
    return Span(since, until)


def end_time(day: Day) -> str:
    """The end of a day as the Graph API writes it."""
    return f"{utc_text(day.end)}+0000"


def neighbours(request: Request, host: str, path: str, span: Span) -> dict[str, str]:
    """Links to the spans before and after."""
    length = int(span.until - span.since)
    asked = repeated(request) | {"access_token": request.access_token}
    spans = {"previous": span.since - length, "next": span.until}
    return {
        name: paging_url(
            request,
            host,
            path,
            asked | {"since": str(int(start)), "until": str(int(start) + length)},
        )
        for name, start in spans.items()
    }


def row(owner: str, name: str, period: str, **values: Any) -> dict[str, Any]:
    """One metric of an account."""
    return {
        "name": name,
        "period": period,
        **values,
        "title": name.replace("_", " ").capitalize(),
        "description": "",
        "id": f"{owner}/insights/{name}/{period}",
    }


def _moment(text: str, now: float) -> float:
    """Unix seconds of a number, a date, which begins at midnight Pacific time, or a word."""
    if text in _WORDS:
        return now - _WORDS[text] * DAY
    moment = _seconds(text)
    if moment is None or not 0 < moment < _LAST:
        raise GraphError(100, "(#100) since and until must be valid dates or timestamps")
    return moment


def _seconds(text: str) -> float | None:
    if text.isascii() and text.isdecimal() and len(text) <= 10:
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC if "T" in text else pacific())
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None
