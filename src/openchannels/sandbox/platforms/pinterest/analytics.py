"""Analytics of pins and accounts by day.

https://developers.pinterest.com/docs/api/v5/pins-analytics
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from openchannels.sandbox.clock import read_date
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.figures import VIEWS, Day, Growth, Share, day_of, days_between
from openchannels.sandbox.http import EarlyReply, Fields
from openchannels.sandbox.platforms.pinterest.errors import error_reply
from openchannels.sandbox.platforms.pinterest.pins import (
    CLICKS,
    COMMENTS,
    OUTBOUND,
    REACTIONS,
    SAVES,
)

MOST_DAYS = 90
_SHARES = {
    "IMPRESSION": VIEWS,
    "OUTBOUND_CLICK": OUTBOUND,
    "PIN_CLICK": CLICKS,
    "SAVE": SAVES,
    "USER_FOLLOW": Share(90, 0, 3),
    "PROFILE_VISIT": Share(94, 0, 8),
    "VIDEO_MRC_VIEW": Share(0, 400, 400),
    "VIDEO_10S_VIEW": Share(0, 150, 150),
    "QUARTILE_95_PERCENT_VIEW": Share(0, 60, 60),
    "VIDEO_START": Share(0, 700, 700),
    "VIDEO_V50_WATCH_TIME": Share(0, 6_000_000, 6_000_000),
}
_SUMS = {"ENGAGEMENT": ("PIN_CLICK", "OUTBOUND_CLICK", "SAVE")}
_RATIOS = {
    "SAVE_RATE": ("SAVE", "IMPRESSION"),
    "PIN_CLICK_RATE": ("PIN_CLICK", "IMPRESSION"),
    "OUTBOUND_CLICK_RATE": ("OUTBOUND_CLICK", "IMPRESSION"),
    "ENGAGEMENT_RATE": ("ENGAGEMENT", "IMPRESSION"),
    "VIDEO_AVG_WATCH_TIME": ("VIDEO_V50_WATCH_TIME", "VIDEO_MRC_VIEW"),
}
LIFETIME = {"TOTAL_COMMENTS": COMMENTS, "TOTAL_REACTIONS": REACTIONS}
"""Counts of a pin that there are only for the whole time."""
_BOTH = {"IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", "SAVE_RATE", *LIFETIME}
STANDARD = _BOTH | {"USER_FOLLOW", "PROFILE_VISIT"}
VIDEO = _BOTH | {
    "VIDEO_MRC_VIEW", "VIDEO_10S_VIEW", "QUARTILE_95_PERCENT_VIEW", "VIDEO_V50_WATCH_TIME",
    "VIDEO_START", "VIDEO_AVG_WATCH_TIME",
}  # fmt: skip
ACCOUNT = {
    "ENGAGEMENT", "ENGAGEMENT_RATE", "IMPRESSION", "OUTBOUND_CLICK", "OUTBOUND_CLICK_RATE",
    "PIN_CLICK", "PIN_CLICK_RATE", "SAVE", "SAVE_RATE",
}  # fmt: skip
"""The metrics of a pin, of a pin with a video, and of an account."""
_APPS = ("MOBILE", "TABLET", "WEB")
_COUNTED = ("READY", "ESTIMATE")
"""States of a day that has figures."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: days up to today, metrics, and the groups by which they are split."""

    days: list[Day]
    today: date
    metrics: list[str]
    groups: dict[str, tuple[str, ...]]


def read_query(query: Fields, known: set[str], now: float, *, all_metrics: bool) -> Query:
    """The parameters of a call. Raises EarlyReply with 400.

    `all_metrics`: without `metric_types` all of them are meant, else it is required.
    """
    today = day_of(now)
    try:
        start, end = (read_date(query.get(name)) for name in ("start_date", "end_date"))
    except ValueError:
        raise _refusal("start_date and end_date must be YYYY-MM-DD") from None
    most = timedelta(days=MOST_DAYS)
    if not today - most <= start <= today or not start <= end <= start + most:
        raise _refusal(f"start_date or end_date is more than {MOST_DAYS} days away")
    metrics = query.split_values("metric_types") or (sorted(known) if all_metrics else [])
    if not metrics or not known.issuperset(metrics):
        raise _refusal("metric_types is invalid")
    return Query(days_between(start, min(end, today)), today, metrics, _groups(query))


def _groups(query: Fields) -> dict[str, tuple[str, ...]]:
    """The kinds of app of each group of the answer."""
    split, apps = query.get("split_field", "NO_SPLIT"), query.get("app_types", "ALL")
    if split not in ("NO_SPLIT", "APP_TYPE") or apps not in ("ALL", *_APPS):
        raise _refusal("split_field or app_types is invalid")
    chosen = _APPS if apps == "ALL" else (apps,)
    return {"all": chosen} if split == "NO_SPLIT" else {one: (one,) for one in chosen}


def _refusal(reason: str) -> EarlyReply:
    return EarlyReply(error_reply(400, 1, f"Invalid pins analytics parameters. {reason}"))


def report(works: Sequence[Work], query: Query, lifetime: Mapping[str, int]) -> dict[str, Any]:
    """The figures of works by day and in sum, for each group.

    Those of today are not counted yet, those of yesterday an estimate, and those of days before
    the oldest work is created are not kept.
    """
    growth = Growth(works, query.days)
    gains = {name: growth.gains(_SHARES[name]) for name in _parts(query.metrics)}
    oldest = min((work.created for work in works), default=0.0)
    states = [_state(day, query.today, oldest) for day in query.days]
    asked = {name: lifetime[name] for name in query.metrics if name in lifetime}
    whole = {"lifetime_metrics": asked} if asked else {}
    return {
        group: _of_apps(gains, apps, query, states) | whole for group, apps in query.groups.items()
    }


def _of_apps(
    gains: Mapping[str, Sequence[int]], apps: tuple[str, ...], query: Query, states: Sequence[str]
) -> dict[str, Any]:
    """The figures of some kinds of app by day and in sum."""
    daily, total = [], dict.fromkeys(gains, 0)
    for place, (day, state) in enumerate(zip(query.days, states, strict=True)):
        metrics: dict[str, float] = {}
        if state in _COUNTED:
            counts = {name: _part(column[place], apps) for name, column in gains.items()}
            total = {name: total[name] + number for name, number in counts.items()}
            metrics = _shown(counts, query.metrics)
        daily.append({"data_status": state, "date": day.date.isoformat(), "metrics": metrics})
    return {"daily_metrics": daily, "summary_metrics": _shown(total, query.metrics)}


def _state(day: Day, today: date, oldest: float) -> str:
    if day.date == today:
        return "PROCESSING"
    if day.end <= oldest:
        return "BEFORE_DATA_RETENTION_PERIOD"
    return "ESTIMATE" if day.date == today - timedelta(days=1) else "READY"


def _part(number: int, apps: tuple[str, ...]) -> int:
    """The part of a count that falls to these kinds of app."""
    tablet, web = number // 10, number * 3 // 10
    parts = {"TABLET": tablet, "WEB": web, "MOBILE": number - tablet - web}
    return sum(parts[one] for one in apps)


def _parts(metrics: Sequence[str]) -> set[str]:
    """The counts from which the requested metrics are made."""
    bare = {one for name in metrics for one in _RATIOS.get(name, (name,))}
    return {one for name in bare for one in _SUMS.get(name, (name,)) if one in _SHARES}


def _shown(counts: Mapping[str, int], metrics: Sequence[str]) -> dict[str, float]:
    """The requested metrics from the counts of a day or of all days."""
    return {name: _metric(counts, name) for name in metrics if name not in LIFETIME}


def _metric(counts: Mapping[str, int], name: str) -> float:
    if name in _RATIOS:
        above, below = (_metric(counts, one) for one in _RATIOS[name])
        return above / below if below else 0.0
    return sum(counts[one] for one in _SUMS.get(name, (name,)))
