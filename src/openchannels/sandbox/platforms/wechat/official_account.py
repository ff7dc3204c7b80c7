"""微信公众号 behind a third-party platform: published articles and the data cube.

Only the component `sandbox-wxGzh` is sent tickets, so only it can get a token here.
https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_batchget.html
"""

from datetime import date, timedelta
from typing import Any

import msgspec

from openchannels.sandbox.clock import Clock
from openchannels.sandbox.dataset import Series, World
from openchannels.sandbox.emulator import ControlCall, Platform
from openchannels.sandbox.grants import Grant, Grants, Token
from openchannels.sandbox.http import BadInput, Reply, Request, Route
from openchannels.sandbox.pictures import avatar, cover
from openchannels.sandbox.platforms.wechat.accounts import (
    PUBLISHING,
    USERS,
    Account,
    account_of,
    accounts_of,
    posted,
    refused,
)
from openchannels.sandbox.platforms.wechat.articles import (
    article_id,
    how_many,
    index_of,
    is_ready,
    news,
    publication,
    statistics,
    today,
)
from openchannels.sandbox.platforms.wechat.component import API, Component
from openchannels.sandbox.platforms.wechat.pushes import REALM, Pushes
from openchannels.sandbox.webhooks_out import Outbox, Undelivered

MOST_PER_PAGE = 20
MOST_DAYS_OF_USERS = 7


class PushTicket(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /_wxgzh/push_ticket`."""

    to: str = ""


class WxGzh(Platform):
    """The accounts' own calls; the component's are in a file of their own."""

    name = REALM

    def __init__(self, world: World, grants: Grants, clock: Clock, outbox: Outbox) -> None:
        super().__init__(world, grants)
        self._outbox = outbox
        self._pushes = Pushes(grants, clock, outbox)
        self._component = Component(grants, self._pushes)

    def routes(self) -> list[Route]:
        """Page, component, articles, data cube and pictures."""
        calls = {
            "/cgi-bin/freepublish/batchget": self.published,
            "/cgi-bin/freepublish/getarticle": self.one_published,
            "/datacube/getarticletotaldetail": self.article_statistics,
            "/datacube/getusercumulate": self.followers,
        }
        return [
            *self._component.routes(),
            *(Route("*", API, path, posted(call)) for path, call in calls.items()),
            Route("GET", "wx.qlogo.cn", "/mmopen/{id}/0", avatar),
            Route("GET", "mmbiz.qpic.cn", "/mmbiz_jpg/{id}/0", cover),
        ]

    def controls(self) -> list[ControlCall]:
        """The push that else comes every ten minutes."""
        meaning = "push a verify ticket now, to the service, or to the address in {to}"
        return [ControlCall("POST", "/_wxgzh/push_ticket", meaning, self.push_ticket)]

    async def push_ticket(self, request: Request) -> Reply:
        """Push a ticket; answers what the service said to it."""
        to = msgspec.json.decode(request.body or b"{}", type=PushTicket).to or self._pushes.address
        if not to or not self._outbox.may_reach(to):
            raise BadInput("Name an address on this machine in `to`: no service is known.")
        try:
            answered = await self._pushes.push_ticket(to)
        except Undelivered as problem:
            return Reply.json({"to": to, "error": str(problem)}, 502)
        answer = answered.body.decode("utf-8", "replace")
        return Reply.json({"to": to, "status": answered.status, "answer": answer})

    async def attend(self) -> None:
        """Tickets, again and again."""
        await self._pushes.keep_pushing()

    def taken_back(self, grants: list[Grant]) -> None:
        """The event `unauthorized`, once for each account."""
        for component, app_id in {(one.client_id, account_of(one).app_id) for one in grants}:
            self._pushes.push_event(component, "unauthorized", AuthorizerAppid=app_id)

    def person_of(self, request: Request) -> str | None:
        """Whose call this is; what shows it stands in the query or in a JSON body."""
        body = request.json
        shown = [body.get("authorization_code"), body.get("authorizer_refresh_token")]
        shown.append(f"{body.get('component_appid')}/{body.get('authorizer_appid')}")
        people = (self.grants.person_behind(one) for one in shown if isinstance(one, str))
        return super().person_of(request) or next((one for one in people if one), None)

    def _allowed(self, request: Request, permission_set: str) -> Token | Reply:
        value = request.query.get("access_token")
        if not value:
            return refused(41001, "access_token missing")
        token = self.grants.token(value, "authorizer")
        if token is None or token.grant.dead:
            return refused(40001, "invalid credential, access_token is invalid or not latest")
        if token.expired(request.now):
            return refused(42001, "access_token expired")
        if permission_set not in token.grant.scopes:
            return self.missing_scope(request)
        return token

    def _series(self, account: Account) -> Series:
        return self.world.series(account.creator)

    def published(self, request: Request) -> Reply:
        """Publications by offset, the newest first; each holds up to eight articles."""
        token = self._allowed(request, PUBLISHING)
        if isinstance(token, Reply):
            return token
        offset, count = request.json.get("offset", 0), request.json.get("count")
        if type(offset) is not int or type(count) is not int or offset < 0:
            return refused(47001, "data format error")
        if not 1 <= count <= MOST_PER_PAGE:
            return refused(40097, "invalid args")
        account = account_of(token.grant)
        series = self._series(account)
        whole = request.json.get("no_content", 0) != 1
        items = [publication(account, w, with_content=whole) for w in series.slice(offset, count)]
        return Reply.json({"total_count": series.total, "item_count": len(items), "item": items})

    def one_published(self, request: Request) -> Reply:
        """The articles of one publication."""
        token = self._allowed(request, PUBLISHING)
        if isinstance(token, Reply):
            return token
        account = account_of(token.grant)
        series = self._series(account)
        work = series.at(index_of(series.owner, str(request.json.get("article_id"))))
        if work is None:
            return refused(53600, "Article ID invalid")
        return Reply.json({"news_item": news(account, work, with_content=True)})

    def article_statistics(self, request: Request) -> Reply:
        """What became of the articles of one day; not there before the next morning."""
        token = self._allowed(request, PUBLISHING)
        if isinstance(token, Reply):
            return token
        account = account_of(token.grant)
        if not account.is_verified:
            return refused(48001, "api unauthorized")
        days = _period(request, 1)
        if isinstance(days, Reply):
            return days
        ready = is_ready(days[0], request.now)
        rows = statistics(account, self._series(account), days[0], request.now) if ready else []
        return Reply.json({"is_delay": not ready, "list": rows})

    def followers(self, request: Request) -> Reply:
        """How many followed on each day."""
        token = self._allowed(request, USERS)
        if isinstance(token, Reply):
            return token
        account = account_of(token.grant)
        if not account.is_verified:
            return refused(48001, "api unauthorized")
        days = _period(request, MOST_DAYS_OF_USERS)
        if isinstance(days, Reply):
            return days
        begin, end = days
        rows = []
        for day in range((end - begin).days + 1):
            on = begin + timedelta(days=day)
            back = (today(request.now) - on).days * 86_400
            fans = account.creator.growing("fans", 200, 90_000, request.now - back)
            rows.append({"ref_date": on.isoformat(), "user_source": 0, "cumulate_user": fans})
        return Reply.json({"list": rows})

    def describe(self, person: str) -> dict[str, Any]:
        """The accounts with their numbers of publications and articles."""
        shown = []
        for one in accounts_of(person):
            series = self._series(one)
            articles = sum(map(how_many, series.slice(0, series.total)))
            shown.append(
                {
                    "appId": one.app_id,
                    "name": one.name,
                    "publications": series.total,
                    "works": articles,
                }
            )
        return {"person": person, "accounts": shown, "works": shown[0]["works"]}

    def _named(self, person: str, account: str) -> Account | None:
        every = accounts_of(person)
        return next((one for one in every if account in ("", one.app_id)), None)

    def publish(self, person: str, account: str, count: int, now: float) -> list[str] | None:
        """New publications on top of an account, the first one without its app id."""
        one = self._named(person, account)
        return [article_id(work) for work in self._series(one).add(count, now)] if one else None

    def delete(self, person: str, account: str, ids: list[str]) -> list[str] | None:
        """Publications deleted with all their articles."""
        one = self._named(person, account)
        if one is None:
            return None
        series = self._series(one)
        return series.remove(ids, lambda text: index_of(series.owner, text))

    def rate_limited(self, request: Request) -> Reply:
        """45009: the day's quota is used up."""
        return refused(45009, "reach max api daily quota limit")

    def dead_grant(self, request: Request) -> Reply:
        """61003: the administrator has taken the authorization back."""
        return refused(61003, "component is not authorized by this account")

    def missing_scope(self, request: Request) -> Reply:
        """61007: the permission set was not granted."""
        return refused(61007, "api is unauthorized to component")

    def server_error(self, request: Request) -> Reply:
        """-1: busy."""
        return refused(-1, "system error")

    def not_found(self, request: Request) -> Reply:
        """40066: no such address."""
        return refused(40066, "invalid url")


def _period(request: Request, most: int) -> tuple[date, date] | Reply:
    """The days asked for: in order, not too many, the last one over in China."""
    try:
        begin, end = (
            date.fromisoformat(str(request.json.get(name))) for name in ("begin_date", "end_date")
        )
    except ValueError:
        return refused(61500, "date format error")
    if not begin <= end < begin + timedelta(days=most) or end >= today(request.now):
        return refused(61501, "date range error")
    return begin, end
