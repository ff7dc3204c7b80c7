"""LinkedIn: figures of a member's posts, one metric a call, and of their followers.

`mara` gets the type of a metric as plain text, everybody else as an object of one field.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/post-statistics
"""

import re
from typing import Any

from openchannels.sandbox.dataset import Creator, Dataset, Work
from openchannels.sandbox.figures import VIEWS, Count, Day, Growth, Share
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.linkedin.counts import (
    CLICKS,
    COMMENTS,
    REACHED,
    REACTIONS,
    RESHARES,
)
from openchannels.sandbox.platforms.linkedin.intervals import InvalidSpan, Span, date_range
from openchannels.sandbox.platforms.linkedin.pages import (
    RequireToken,
    error_reply,
    member,
    paging,
)
from openchannels.sandbox.platforms.linkedin.posts import post_index

_API = "api.linkedin.com"
_COUNTS: dict[str, Count] = {
    "IMPRESSION": VIEWS,
    "MEMBERS_REACHED": REACHED,
    "RESHARE": RESHARES,
    "REACTION": REACTIONS,
    "COMMENT": COMMENTS,
    "POST_SAVE": Share(90, 0, 5),
    "POST_SEND": Share(94, 0, 3),
    "LINK_CLICKS": CLICKS,
}
_TYPE = "com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1"
_ENTITY = re.compile(r"\((share:urn:li:share|ugc:urn:li:ugcPost):(\d+)\)")


class MemberAnalytics:
    """The calls about a member's figures."""

    def __init__(self, dataset: Dataset, require_token: RequireToken) -> None:
        self._dataset = dataset
        self._require_token = require_token

    def routes(self) -> list[Route]:
        """Figures of posts and of followers."""
        return [
            Route("GET", _API, "/rest/memberCreatorPostAnalytics", self.posts),
            Route("GET", _API, "/rest/memberFollowersCount", self.followers),
        ]

    def posts(self, request: Request) -> Reply:
        """One metric of one post (`q=entity`) or of all posts (`q=me`), in all or by day."""
        token = self._require_token(request, "r_member_postAnalytics")
        query, person = request.query, token.grant.person
        kind, aggregation = query.get("queryType"), query.get("aggregation", "TOTAL")
        if kind not in _COUNTS:
            return _illegal("queryType")
        if aggregation not in ("TOTAL", "DAILY"):
            return _illegal("aggregation")
        if kind == "MEMBERS_REACHED" and aggregation == "DAILY":
            return _illegal("MEMBERS_REACHED cannot be aggregated by day")
        works = self._works(request, person)
        span = _span(request)
        name: Any = kind if person == "mara" else {_TYPE: kind}
        if aggregation == "DAILY":
            days = (span or Span(request.now - 30 * 86_400, request.now)).days(request.now)
            elements = [
                {"count": gain, "metricType": name, "dateRange": _dates(day)}
                for gain, day in zip(Growth(works, days).gains(_COUNTS[kind]), days, strict=True)
            ]
        elif span is None:
            total = sum(_COUNTS[kind].at(work, request.now) for work in works)
            elements = [{"count": total, "metricType": name}]
        else:
            total = sum(Growth(works, span.days(request.now)).gains(_COUNTS[kind]))
            elements = [{"count": total, "metricType": name}]
        return _elements(request, elements)

    def _works(self, request: Request, person: str) -> list[Work]:
        series = self._dataset.series(member(person))
        if request.query.get("q") == "me":
            return series.counted()
        entity = _ENTITY.fullmatch(request.query.get("entity"))
        if request.query.get("q") != "entity" or not entity:
            raise EarlyReply(_illegal("q or entity"))
        work = series.work_at(post_index(series.owner, f":{entity[2]}"))
        if work is None:
            message = "Not enough permissions to access: memberCreatorPostAnalytics.FINDER-entity"
            raise EarlyReply(error_reply(403, "ACCESS_DENIED", message))
        return [work]

    def followers(self, request: Request) -> Reply:
        """The followers now (`q=me`), or those won on each day (`q=dateRange`)."""
        token = self._require_token(request, "r_member_profileAnalytics")
        owner, now = member(token.grant.person), request.now
        if request.query.get("q") == "me":
            return _elements(request, [{"memberFollowersCount": _followers(owner, now)}])
        span = _span(request)
        if request.query.get("q") != "dateRange" or span is None:
            return _illegal("q or dateRange")
        elements = []
        for day in span.days(now):
            gain = _followers(owner, day.end) - _followers(owner, day.start)
            elements.append({"memberFollowersCount": gain, "dateRange": _dates(day)})
        return _elements(request, elements)


def _followers(owner: Creator, now: float) -> int:
    return owner.growing_count("followers", 50, 5_000, now)


def _span(request: Request) -> Span | None:
    try:
        return date_range(request.query)
    except InvalidSpan as error:
        raise EarlyReply(_illegal(str(error))) from error


def _dates(day: Day) -> dict[str, dict[str, int]]:
    following = day.date.fromordinal(day.date.toordinal() + 1)
    return {
        name: {"year": one.year, "month": one.month, "day": one.day}
        for name, one in (("start", day.date), ("end", following))
    }


def _illegal(what: str) -> Reply:
    return error_reply(400, "ILLEGAL_ARGUMENT", what)


def _elements(request: Request, elements: list[dict[str, Any]]) -> Reply:
    return Reply.json({"paging": paging(request, 0, 10, more=False), "elements": elements})
