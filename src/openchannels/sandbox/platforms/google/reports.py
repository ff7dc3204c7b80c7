"""The report query of YouTube Analytics: a table of metrics by day, month or video.

Days are Pacific. A report ends with the last day that has been processed, two days ago.
https://developers.google.com/youtube/analytics/reference/reports/query
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.figures import Day, day_of, days_between, months_of, pacific
from openchannels.sandbox.http import EarlyReply, Fields, Reply
from openchannels.sandbox.platforms.google.accounts import api_error
from openchannels.sandbox.platforms.google.measures import (
    METRICS,
    OF_MONEY,
    OF_THUMBNAILS,
    Measures,
    data_type,
)
from openchannels.sandbox.work_ids import TextIds

LAG_SECONDS = 48 * 3600
MOST_VIDEOS = 500
MOST_TOP_VIDEOS = 200
_REQUIRED = ("ids", "startDate", "endDate", "metrics")
_DIMENSIONS = ("", "day", "month", "video")
_ELSEWHERE = {
    "ageGroup", "channel", "city", "continent", "country", "creatorContentType", "deviceType",
    "gender", "group", "insightTrafficSourceType", "liveOrOnDemand", "operatingSystem",
    "playlist", "province", "sharingService", "subContinent", "subscribedStatus",
    "uploaderType", "youtubeProduct",
}  # fmt: skip
"""Dimensions and filters that the platform has and this emulator does not play."""
Rows = list[list[Any]]


@dataclass(frozen=True, slots=True)
class _Query:
    first: date
    last: date
    metrics: list[str]
    dimension: str
    videos: list[str] | None
    sort: list[str]
    most: int | None
    start: int

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return ([self.dimension] if self.dimension else []) + self.metrics


def report(query: Fields, series: Series, channel: str, ids: TextIds, now: float) -> Reply:
    """The table for the channel; without data it has no rows.

    Raises:
        EarlyReply: the query lacks a parameter, names something unknown, combines what does not
            go together, or is about another channel.
    """
    asked = _read(query, channel)
    every = {ids.id_of(work): work for work in series.counted()}
    found = every if asked.videos is None else {}
    for one in asked.videos or []:
        work = series.work_at(ids.index_of(series.owner, one))
        if work is not None:
            found[one] = work
    measured = {one: work for one, work in found.items() if work.index % 11}
    days = _days(asked, list(measured.values()), now)
    rows = _rows(asked, series, measured, days) if days else []
    answer: dict[str, Any] = {
        "kind": "youtubeAnalytics#resultTable",
        "columnHeaders": [_header(name, asked) for name in asked.columns],
    }
    rows = _sorted(rows, asked)
    return Reply.json(answer | ({"rows": rows} if rows else {}))


def _header(name: str, asked: _Query) -> dict[str, str]:
    if name == asked.dimension:
        return {"name": name, "columnType": "DIMENSION", "dataType": "STRING"}
    return {"name": name, "columnType": "METRIC", "dataType": data_type(name)}


def _days(asked: _Query, works: Sequence[Work], now: float) -> list[Day]:
    """The processed days of the report, but for those before the first of the works."""
    zone = pacific()
    if not works:
        return []
    first = max(asked.first, day_of(min(work.created for work in works), zone))
    last = min(asked.last, day_of(now - LAG_SECONDS, zone))
    return [day for day in days_between(first, last, zone) if day.end <= now - LAG_SECONDS]


def _rows(asked: _Query, series: Series, works: dict[str, Work], days: list[Day]) -> Rows:
    whole = replace(days[0], end=days[-1].end)
    if asked.dimension == "video":
        old = {one: work for one, work in works.items() if work.created < whole.end}
        return [
            [one, *_values(Measures([work], [whole], None), asked.metrics)[0]]
            for one, work in old.items()
        ]
    channel = series.owner if asked.videos is None else None
    every = list(works.values())
    if asked.dimension == "":
        return _values(Measures(every, [whole], channel), asked.metrics)
    spans = days if asked.dimension == "day" else months_of(days)
    form = "%Y-%m-%d" if asked.dimension == "day" else "%Y-%m"
    values = _values(Measures(every, spans, channel), asked.metrics)
    return [[f"{day.date:{form}}", *row] for day, row in zip(spans, values, strict=True)]


def _values(measures: Measures, metrics: list[str]) -> Rows:
    return [list(row) for row in zip(*(measures.column(name) for name in metrics), strict=True)]


def _sorted(rows: Rows, asked: _Query) -> Rows:
    for name in reversed(asked.sort):
        place = asked.columns.index(name.removeprefix("-"))
        rows = sorted(rows, key=lambda row: row[place], reverse=name.startswith("-"))
    end = None if asked.most is None else asked.start - 1 + asked.most
    return rows[asked.start - 1 : end]


def _read(query: Fields, channel: str) -> _Query:
    for name in _REQUIRED:
        if not query.get(name):
            raise EarlyReply(_refused("required", f"Required parameter: {name}"))
    if query.get("ids") not in ("channel==MINE", f"channel=={channel}"):
        raise EarlyReply(api_error(403, "forbidden", "Forbidden", "PERMISSION_DENIED"))
    metrics = list(dict.fromkeys(query.split_values("metrics")))
    dimensions = query.split_values("dimensions")
    asked = _Query(
        first=_date(query, "startDate"),
        last=_date(query, "endDate"),
        metrics=metrics,
        dimension=",".join(dimensions),
        videos=_videos(query.get("filters")),
        sort=query.split_values("sort"),
        most=_number(query, "maxResults"),
        start=_number(query, "startIndex") or 1,
    )
    if asked.first > asked.last:
        raise EarlyReply(_refused("badRequest", "endDate must not be earlier than startDate."))
    _check_names(asked, dimensions)
    _check_combination(asked)
    return asked


def _check_names(asked: _Query, dimensions: list[str]) -> None:
    if OF_MONEY.intersection(asked.metrics):
        raise EarlyReply(api_error(403, "forbidden", "Forbidden", "PERMISSION_DENIED"))
    known = {
        "metrics": (asked.metrics, METRICS),
        "dimensions": (dimensions, {*_DIMENSIONS, *_ELSEWHERE}),
        "sort": ([name.removeprefix("-") for name in asked.sort], set(asked.columns)),
    }
    for field, (names, right) in known.items():
        for name in names:
            if name not in right:
                raise EarlyReply(_unknown(name, field))


def _check_combination(asked: _Query) -> None:
    by_video = asked.dimension == "video"
    top = by_video and asked.videos is None
    descends = bool(asked.sort) and asked.sort[0].startswith("-")
    if (
        asked.dimension not in _DIMENSIONS
        or (by_video and OF_THUMBNAILS.intersection(asked.metrics))
        or (top and not (descends and asked.most and asked.most <= MOST_TOP_VIDEOS))
    ):
        raise EarlyReply(_not_supported())


def _videos(filters: str) -> list[str] | None:
    """The ids of a filter by video, or None without a filter."""
    if not filters:
        return None
    ids: list[str] = []
    for one in filters.split(";"):
        name, _, values = one.partition("==")
        if name in _ELSEWHERE:
            raise EarlyReply(_not_supported())
        if name != "video" or not values or ids:
            raise EarlyReply(_unknown(name, "filters"))
        ids = list(dict.fromkeys(values.split(",")))
    if len(ids) > MOST_VIDEOS:
        raise EarlyReply(_refused("badRequest", f"A filter may name {MOST_VIDEOS} videos."))
    return ids


def _date(query: Fields, name: str) -> date:
    text = query.get(name)
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise EarlyReply(_refused("badRequest", f"Invalid value '{text}' for {name}: YYYY-MM-DD."))


def _number(query: Fields, name: str) -> int | None:
    if name not in query:
        return None
    number = query.integer(name, 0)
    if number is None or number < 1:
        raise EarlyReply(_refused("badRequest", f"Invalid value for {name}."))
    return number


def _unknown(name: str, field: str) -> Reply:
    message = f"Unknown identifier ({name}) given in field parameters.{field}."
    return _refused("badRequest", message)


def _not_supported() -> Reply:
    message = "The query is not supported. Check the documentation for supported queries."
    return _refused("badRequest", message)


def _refused(reason: str, message: str) -> Reply:
    return api_error(400, reason, message, "INVALID_ARGUMENT")
