"""LinkedIn: figures of organizations and their posts, in all or by day and month.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics
"""

from typing import Any

from openchannels.sandbox.dataset import Dataset, Work
from openchannels.sandbox.figures import Day
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms.linkedin.counts import (
    daily_statistics,
    has_statistics,
    statistics_of,
)
from openchannels.sandbox.platforms.linkedin.intervals import InvalidSpan, time_intervals
from openchannels.sandbox.platforms.linkedin.pages import (
    Organization,
    RequireToken,
    error_reply,
    organization,
    paging,
    parse_list,
)
from openchannels.sandbox.platforms.linkedin.posts import post_index

_API = "api.linkedin.com"


class Statistics:
    """The calls about figures of organizations."""

    def __init__(self, dataset: Dataset, require_token: RequireToken) -> None:
        self._dataset = dataset
        self._require_token = require_token

    def routes(self) -> list[Route]:
        """Figures of posts and of followers."""
        return [
            Route("GET", _API, "/rest/organizationalEntityShareStatistics", self.shares),
            Route("GET", _API, "/rest/organizationalEntityFollowerStatistics", self.followers),
        ]

    def shares(self, request: Request) -> Reply:
        """Figures of some posts, else of all posts together; one without data has no element."""
        one = self._organization(request)
        days = _intervals(request)
        series = self._dataset.series(one.creator)
        groups: list[tuple[dict[str, str], list[Work]]] = []
        for name, kind in (("shares", "share"), ("ugcPosts", "ugcPost")):
            for urn in parse_list(request.query, name):
                work = series.work_at(post_index(one.creator, urn))
                if work is not None and has_statistics(work):
                    groups.append(({kind: urn}, [work]))
        if "shares" not in request.query and "ugcPosts" not in request.query and not groups:
            groups.append(({}, [work for work in series.counted() if has_statistics(work)]))
        elements: list[dict[str, Any]] = []
        for named, works in groups:
            head = {"organizationalEntity": one.urn, **named}
            if days is None:
                figures = statistics_of(works, request.now)
                elements.append(head | {"totalShareStatistics": figures})
            else:
                elements += [
                    head | {"timeRange": _range(day), "totalShareStatistics": figures}
                    for day, figures in zip(days, daily_statistics(works, days), strict=True)
                ]
        return _elements(request, elements)

    def followers(self, request: Request) -> Reply:
        """New followers by day or month, else all followers by seniority."""
        one = self._organization(request)
        days = _intervals(request)
        head = {"organizationalEntity": one.urn}
        if days is None:
            every = one.followers(request.now)
            levels = {"urn:li:seniority:3": every // 3, "urn:li:seniority:4": every - every // 3}
            counts = [
                {
                    "seniority": level,
                    "followerCounts": {"organicFollowerCount": count, "paidFollowerCount": 0},
                }
                for level, count in levels.items()
            ]
            return _elements(request, [head | {"followerCountsBySeniority": counts}])
        elements = []
        for day in days:
            gain = one.followers(day.end) - one.followers(day.start)
            gains = {"organicFollowerGain": gain, "paidFollowerGain": 0}
            elements.append(head | {"timeRange": _range(day), "followerGains": gains})
        return _elements(request, elements)

    def _organization(self, request: Request) -> Organization:
        """The organization of a call. Raises EarlyReply unless the member administers it."""
        token = self._require_token(request, "rw_organization_admin")
        one = organization(token.grant.person, request.query.get("organizationalEntity"))
        if request.query.get("q") != "organizationalEntity" or one is None:
            raise EarlyReply(error_reply(400, "ILLEGAL_ARGUMENT", "organizationalEntity"))
        if one.role != "ADMINISTRATOR":
            raise EarlyReply(error_reply(403, "ACCESS_DENIED", "Not enough permissions"))
        return one


def _intervals(request: Request) -> list[Day] | None:
    try:
        return time_intervals(request.query, request.now)
    except InvalidSpan as error:
        raise EarlyReply(error_reply(400, "ILLEGAL_ARGUMENT", str(error))) from error


def _range(day: Day) -> dict[str, int]:
    return {"start": int(day.start) * 1000, "end": int(day.end) * 1000}


def _elements(request: Request, elements: list[dict[str, Any]]) -> Reply:
    return Reply.json({"paging": paging(request, 0, 10, more=False), "elements": elements})
