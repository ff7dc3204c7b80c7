"""Analytics of posts over time, by hour, day or week or in one sum.

https://docs.x.com/x-api/fundamentals/metrics
"""

from datetime import datetime
from typing import Any

from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.figures import Day, Growth, day_of
from openchannels.sandbox.http import EarlyReply, Fields
from openchannels.sandbox.platforms.twitter.counts import ANALYTICS, count_of
from openchannels.sandbox.platforms.twitter.errors import invalid_parameter
from openchannels.sandbox.platforms.twitter.posts import POST_IDS

_SECONDS = {"hourly": 3_600, "daily": 86_400, "weekly": 7 * 86_400, "total": 0}
MOST_SPANS = 2_000
"""Spans of time in one answer; a longer one is refused."""


def spans_of(query: Fields, now: float) -> list[Day]:
    """The spans of time that a request asks for; they end now. Raises EarlyReply with 400."""
    start, end = (moment_of(query, name) for name in ("start_time", "end_time"))
    if start >= end:
        sent = query.get("end_time")
        raise EarlyReply(invalid_parameter("end_time", sent, "must be after start_time"))
    sent = query.get("granularity") or "total"
    if sent not in _SECONDS:
        among = ",".join(sorted(_SECONDS))
        message = f"The `granularity` query parameter value [{sent}] is not one of [{among}]"
        raise EarlyReply(invalid_parameter("granularity", sent, message))
    start = max(start, 0.0)
    end = max(start, min(end, now))
    step = _SECONDS[sent] or max(end - start, 1)
    first = start if sent == "total" else start // step * step
    if (end - first) / step > MOST_SPANS:
        sent = query.get("start_time")
        raise EarlyReply(invalid_parameter("start_time", sent, "The time is too long"))
    spans = []
    while first < end:
        after = first + step
        spans.append(Day(day_of(first), max(first, start), min(after, end)))
        first = after
    return spans


def fields_of(query: Fields) -> list[str]:
    """The requested counts. Raises EarlyReply with 400 for one that X does not have."""
    asked = query.split_values("analytics.fields")
    for name in asked:
        if name not in ANALYTICS and name not in ("id", "timestamp"):
            among = ",".join(sorted(ANALYTICS))
            message = f"The `analytics.fields` query parameter value [{name}] is not one of"
            raise EarlyReply(invalid_parameter("analytics.fields", name, f"{message} [{among}]"))
    return [name for name in asked if name in ANALYTICS]


def post_analytics(
    work: Work, query: Fields, spans: list[Day], fields: list[str]
) -> dict[str, Any]:
    """The counts of a post in each span of time.

    Sums stand beside the id for every second post, else they are a span like any other.
    """
    growth = Growth([work], spans)
    columns = {name: growth.gains(count_of(work, name)) for name in fields}
    rows = [
        {name: column[place] for name, column in columns.items()} for place in range(len(spans))
    ]
    identifier = POST_IDS.id_of(work)
    if query.get("granularity") in ("", "total") and work.index % 2:
        return {"id": identifier, **(rows[0] if rows else {})}
    timestamped = [
        {"timestamp": f"{utc_text(span.start)}.000Z", "metrics": row}
        for span, row in zip(spans, rows, strict=True)
    ]
    return {"id": identifier, "timestamped_metrics": timestamped}


def moment_of(query: Fields, name: str) -> float:
    """A required time in RFC 3339. Raises EarlyReply with 400."""
    sent = query.get(name)
    try:
        moment = datetime.fromisoformat(sent)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"The `{name}` query parameter value [{sent}] is not a valid RFC 3339 time"
        raise EarlyReply(invalid_parameter(name, sent, message))
    return moment.timestamp()
