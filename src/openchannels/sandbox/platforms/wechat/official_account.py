"""微信公众号 behind a third-party platform: published articles and the data cube.

Only the component `sandbox-wxGzh` receives tickets, so only it can get a token.
https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_batchget.html
"""

from typing import Any

import msgspec

from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.emulator import Context, ControlCall, Emulator
from openchannels.sandbox.grants import Grant, Token
from openchannels.sandbox.http import ControlError, EarlyReply, Reply, Request, Route
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.wechat.accounts import (
    PUBLISHING,
    USERS,
    Account,
    account_of,
    accounts_of,
    error_reply,
    json_post,
)
from openchannels.sandbox.platforms.wechat.articles import (
    article_id,
    articles_of,
    how_many,
    index_of,
    publication,
    statistics,
)
from openchannels.sandbox.platforms.wechat.comments import ArticleComments
from openchannels.sandbox.platforms.wechat.component import API, Component
from openchannels.sandbox.platforms.wechat.data_cube import (
    article_summary,
    follower_changes,
    follower_totals,
)
from openchannels.sandbox.platforms.wechat.days import is_ready, period_of
from openchannels.sandbox.platforms.wechat.publishing import Publishing
from openchannels.sandbox.platforms.wechat.webhooks import REALM, Webhooks
from openchannels.sandbox.webhooks_out import DeliveryFailed

MOST_PER_PAGE = 20
MOST_DAYS_OF_USERS = 7


class PushTicket(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /_wxgzh/push_ticket`."""

    to: str = ""


class WxGzh(Emulator):
    """Official accounts; `Component` has the calls of the third-party platform."""

    name = REALM

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._webhooks = Webhooks(context)
        self._component = Component(context.grants, self._webhooks)
        require = self._publishing_account
        self._publishing = Publishing(context, self._webhooks, require)
        self._comments = ArticleComments(context, require, self._publishing.series)

    def routes(self) -> list[Route]:
        """Page, component, publishing, comments, articles, data cube and images."""
        calls = {
            "/cgi-bin/freepublish/batchget": self.published,
            "/cgi-bin/freepublish/getarticle": self.one_published,
            "/datacube/getarticletotaldetail": self.article_statistics,
            "/datacube/getbizsummary": self.article_summary,
            "/datacube/getusercumulate": self.followers,
            "/datacube/getusersummary": self.follower_changes,
        }
        return [
            *self._component.routes(),
            *self._publishing.routes(),
            *self._comments.routes(),
            *(Route("*", API, path, json_post(call)) for path, call in calls.items()),
            Route("GET", "wx.qlogo.cn", "/mmopen/{id}/0", avatar),
            Route("GET", "mmbiz.qpic.cn", "/mmbiz_jpg/{id}/0", cover),
        ]

    def control_calls(self) -> list[ControlCall]:
        """Sends a ticket at once instead of after up to ten minutes."""
        meaning = "push a verify ticket now to the service or to the URL in {to}"
        return [ControlCall("POST", "/_wxgzh/push_ticket", meaning, self.push_ticket)]

    async def push_ticket(self, request: Request) -> Reply:
        """Send a ticket; answers the service's response."""
        to = msgspec.json.decode(request.body or b"{}", type=PushTicket).to or self._webhooks.url
        if not to or not self.context.webhooks.is_allowed(to):
            raise ControlError("Set `to` to a URL on this machine: the service's URL is unknown.")
        try:
            response = await self._webhooks.send_ticket(to)
        except DeliveryFailed as problem:
            return Reply.json({"to": to, "error": str(problem)}, 502)
        answer = response.body.decode("utf-8", "replace")
        return Reply.json({"to": to, "status": response.status, "answer": answer})

    async def run(self) -> None:
        """Send tickets."""
        await self._webhooks.send_tickets()

    def on_revoked(self, grants: list[Grant]) -> None:
        """Send the event `unauthorized` once for each account."""
        for component, app_id in {(one.client_id, account_of(one).app_id) for one in grants}:
            self._webhooks.send_event(component, "unauthorized", AuthorizerAppid=app_id)

    def credentials(self, request: Request) -> list[str]:
        """Those of the query, and codes, tokens and app ids in a JSON body."""
        body = request.json
        found = [body.get("authorization_code"), body.get("authorizer_refresh_token")]
        found.append(f"{body.get('component_appid')}/{body.get('authorizer_appid')}")
        return super().credentials(request) + [one for one in found if isinstance(one, str)]

    def _live_token(self, request: Request) -> Token:
        value = request.query.get("access_token")
        if not value:
            raise EarlyReply(error_reply(41001, "access_token missing"))
        token = self.grants.token(value, "authorizer")
        if token is None or token.grant.dead:
            raise EarlyReply(
                error_reply(40001, "invalid credential, access_token is invalid or not latest")
            )
        if token.expired(request.now):
            raise EarlyReply(error_reply(42001, "access_token expired"))
        return token

    def _require_token(self, request: Request, permission_set: str) -> Token:
        token = self._live_token(request)
        if permission_set not in token.grant.scopes:
            raise EarlyReply(self.missing_scope(request))
        return token

    def _publishing_account(self, request: Request, permission_set: str) -> Account:
        """The account of a call that publishes; an empty set asks for none. Raises EarlyReply."""
        token = self._live_token(request)
        if permission_set and permission_set not in token.grant.scopes:
            raise EarlyReply(error_reply(48001, "api unauthorized"))
        return account_of(token.grant)

    def published(self, request: Request) -> Reply:
        """Publications by offset, the newest first; each holds up to eight articles."""
        token = self._require_token(request, PUBLISHING)
        offset, count = request.json.get("offset", 0), request.json.get("count")
        if type(offset) is not int or type(count) is not int or offset < 0:
            return error_reply(47001, "data format error")
        if not 1 <= count <= MOST_PER_PAGE:
            return error_reply(40097, "invalid args")
        account = account_of(token.grant)
        series = self._publishing.series(account)
        whole = request.json.get("no_content", 0) != 1
        items = [publication(account, w, with_content=whole) for w in series.slice(offset, count)]
        return Reply.json({"total_count": series.total, "item_count": len(items), "item": items})

    def one_published(self, request: Request) -> Reply:
        """The articles of one publication."""
        token = self._require_token(request, PUBLISHING)
        account = account_of(token.grant)
        series = self._publishing.series(account)
        work = self.find_work(series, str(request.json.get("article_id")))
        if work is None:
            return error_reply(53600, "Article ID invalid")
        return Reply.json({"news_item": articles_of(account, work, with_content=True)})

    def article_statistics(self, request: Request) -> Reply:
        """Statistics of the articles of one day, which are ready the next morning."""
        account = self._verified_account(request, PUBLISHING)
        (day,) = period_of(request, 1)
        ready = is_ready(day, request.now)
        series = self._publishing.series(account)
        rows = statistics(account, series, day, request.now) if ready else []
        return Reply.json({"is_delay": not ready, "list": rows})

    def article_summary(self, request: Request) -> Reply:
        """What all articles gained on one day, which is ready the next morning."""
        account = self._verified_account(request, PUBLISHING)
        (day,) = period_of(request, 1)
        ready = is_ready(day, request.now)
        rows = article_summary(self._publishing.series(account), day) if ready else []
        return Reply.json({"list": rows, "is_delay": not ready})

    def followers(self, request: Request) -> Reply:
        """Followers on each day."""
        account = self._verified_account(request, USERS)
        days = period_of(request, MOST_DAYS_OF_USERS)
        return Reply.json({"list": follower_totals(account.creator, days)})

    def follower_changes(self, request: Request) -> Reply:
        """New and lost followers on each day, which are ready the next morning."""
        account = self._verified_account(request, USERS)
        days = period_of(request, MOST_DAYS_OF_USERS)
        if not is_ready(days[-1], request.now):
            return error_reply(61503, "data not ready, please try later")
        return Reply.json({"list": follower_changes(account.creator, days)})

    def _verified_account(self, request: Request, permission_set: str) -> Account:
        """The account of a call that only verified accounts may make. Raises EarlyReply."""
        account = account_of(self._require_token(request, permission_set).grant)
        if not account.is_verified:
            raise EarlyReply(error_reply(48001, "api unauthorized"))
        return account

    def describe(self, person: str) -> dict[str, Any]:
        """The accounts with their numbers of publications and articles."""
        shown = []
        for one in accounts_of(person):
            series = self._publishing.series(one)
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

    def creators(self, person: str) -> dict[str, Creator]:
        """The person's accounts by app id."""
        return {one.app_id: one.creator for one in accounts_of(person)}

    def work_id(self, work: Work) -> str:
        """The id of a publication."""
        return article_id(work)

    def work_index(self, series: Series, text: str) -> int | None:
        """The index of a publication by its id."""
        return index_of(series.owner, text)

    def rate_limited(self, request: Request) -> Reply:
        """45009: the daily quota is used up."""
        return error_reply(45009, "reach max api daily quota limit")

    def dead_grant(self, request: Request) -> Reply:
        """61003: the administrator revoked the authorization."""
        return error_reply(61003, "component is not authorized by this account")

    def missing_scope(self, request: Request) -> Reply:
        """61007: the permission set was not granted."""
        return error_reply(61007, "api is unauthorized to component")

    def server_error(self, request: Request) -> Reply:
        """-1: system error."""
        return error_reply(-1, "system error")

    def not_found(self, request: Request) -> Reply:
        """40066: unknown address."""
        return error_reply(40066, "invalid url")
