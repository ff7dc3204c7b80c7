"""wxGzh: WeChat official accounts over a third-party platform, works as published articles."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, https, moment, rows, text
from openchannels.connectors.wechat.component import (
    API,
    LOGIN_PAGE,
    call_component,
    classify_wechat,
    login_page,
    receive,
)
from openchannels.connectors.wechat.statistics import china_day, daily_metrics, with_metrics
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.inbound import InboundMessage, InboundResult
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Work, WorkStatus
from openchannels.transport import oauth
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

PUBLISHING = "7"
"""Number of the permission set that opens published articles and their statistics."""
DATA_CUBE = "data cube of a verified account"
"""What counts depend on."""

Place = tuple[int, int]
"""Where an article stands: its publication in WeChat's list, and its place in that, both from 0."""


@dataclass(frozen=True, slots=True)
class Article:
    """An article with its place."""

    offset: int
    index: int
    work: Work


@dataclass(frozen=True, slots=True)
class Listing:
    """Articles in order, and the position behind them where the list goes on."""

    articles: list[Article]
    following: str | None


class WxGzh(Connector):
    """One authorization by an administrator opens one official account."""

    id = Platform("wxGzh")
    name = Text(en="WeChat Official", zh="微信公众号")
    mark = Mark("公", "#067a3d")
    docs_url = "https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/product/Third_party_platform_appid.html"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        authorize_url=LOGIN_PAGE,
        token_url=f"{API}/cgi-bin/component/api_query_auth",
        scopes=(PUBLISHING,),
        required_scopes=(PUBLISHING,),
        code_param="auth_code",
        # The refresh token lives as long as the authorization.
        # https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/authorization_info.html
        token_model=TokenModel.STATIC,
        leeway=300,
    )
    paging = CursorPaging(default=20, maximum=20)
    # WeChat pushes the end of an authorization; this finds one whose push was lost.
    probe_every = 7.0 * 86_400
    app_settings = (
        "component_app_id",
        "component_app_secret",
        "component_token",
        "component_aes_key",
    )
    sandbox_settings: ClassVar[Mapping[str, Any]] = {
        "component_token": "sandbox-wxGzh-token",
        "component_aes_key": "sandboxWxGzhEncodingAESKeyForOfflineUseOnly",
    }
    starts_on_our_page = True
    refused_again_is_dead = True
    account_given = FieldCoverage(
        "uid account nickname avatar workCount", scoped={"fansCount": DATA_CUBE}
    )
    work_given = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status",
        scoped=dict.fromkeys(
            (
                "viewCount",
                "likeCount",
                "commentCount",
                "shareCount",
                "collectCount",
                "saveCount",
            ),
            DATA_CUBE,
        ),
    )
    empty_hint = Text(
        en="The authorization opened a mini program. Connect again and choose an official account.",
        zh="授权的是小程序。请重新授权并选择公众号。",
    )
    instructions = Text(
        en="Open the link on a computer, press the button, and scan the code with the WeChat "
        "account of an administrator. Leave every permission set ticked.",
        zh="在电脑上打开链接并点击按钮，由公众号管理员用微信扫码，保持所有权限集勾选。",
    )

    # Connecting

    async def start_url(self, client: PlatformClient, state: str, verifier: str | None) -> str:
        return await login_page(client, state)

    def callback_params(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """WeChat may begin a second query behind ours: `?state=S?auth_code=C`."""
        state, _, rest = params.get("state", "").partition("?")
        name, _, code = rest.partition("=")
        return {**params, "state": state, **({name: code} if name else {})}

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        answer = await call_component(
            client, "api_query_auth", "auth.exchange", authorization_code=params["auth_code"]
        )
        return read_grant(client, dig(answer, "authorization_info"), "auth.exchange")

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        answer = await call_component(
            client,
            "api_authorizer_token",
            "auth.refresh",
            authorizer_appid=text(tokens.extra.get("appid")),
            authorizer_refresh_token=tokens.refresh_token,
        )
        return oauth.keep_old(tokens, read_grant(client, answer, "auth.refresh"))

    def probe_due(self, tokens: Tokens, verified_at: float) -> float | None:
        """The proof is a call in the platform's own name, whatever the access token's age."""
        return verified_at + self.probe_every

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await authorizer(client, account.uid, "auth.probe")

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        appid = text(tokens.extra.get("appid"))
        answer = await authorizer(client, appid, "account.read")
        info = dig(answer, "authorizer_info")
        if appid is None or not isinstance(info, dict):
            raise client.malformed("account.read")
        if info.get("MiniProgramInfo"):
            return []
        fans, works = await asyncio.gather(count_fans(client, tokens), count_works(client, tokens))
        return [Candidate(read_profile(appid, info, fans, works), tokens)]

    # Works

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """A page of articles, of which a publication holds up to eight.

        The cursor is the publication's place in WeChat's list and the article's place in it.
        """
        assert isinstance(page, CursorRequest)
        place, _, skipped = (page.position or "0").partition(":")
        start = (count(place) or 0, count(skipped) or 0)
        listing = await self._articles(client, account, tokens, start, page.limit)
        shown, rest = listing.articles[: page.limit], listing.articles[page.limit :]
        works = [article.work for article in shown]
        statistics = await daily_metrics(client, account, tokens, works)
        going_on = f"{rest[0].offset}:{rest[0].index}" if rest else listing.following
        return WorksPage(
            items=[with_metrics(work, statistics) for work in works],
            next=going_on,
        )

    async def _articles(
        self, client: PlatformClient, account: Account, tokens: Tokens, start: Place, limit: int
    ) -> Listing:
        """At least a page of articles from a place on, where there are so many: at most two calls.

        As many publications as articles are wanted nearly always suffice, since each holds one.
        """
        offset = start[0]
        articles: list[Article] = []
        for _ in range(2):
            answer = await published(client, tokens, offset, limit)
            publications = rows(answer.get("item"))
            articles += expand(publications, offset, account)
            offset += len(publications)
            total = count(answer.get("total_count"))
            ended = len(publications) < limit if total is None else offset >= total
            articles = [found for found in articles if (found.offset, found.index) >= start]
            if ended or not publications or len(articles) >= limit:
                break
        return Listing(articles, None if ended or not publications else f"{offset}:0")

    # What WeChat sends and how it refuses

    async def push(self, client: PlatformClient, push: InboundMessage) -> InboundResult | None:
        return await receive(client, push)

    def classify(self, answer: Answer) -> Failure | None:
        return classify_wechat(answer)


async def authorizer(client: PlatformClient, appid: str | None, operation: str) -> Any:
    """What WeChat tells of an account; refused for one that has taken its authorization back.

    https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/api_get_authorizer_info.html
    """
    return await call_component(
        client, "api_get_authorizer_info", operation, idempotent=True, authorizer_appid=appid
    )


async def published(client: PlatformClient, tokens: Tokens, offset: int, number: int) -> Any:
    """https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_batchget.html"""
    answer = await ask(
        client,
        tokens,
        "cgi-bin/freepublish/batchget",
        "works.list",
        body={"offset": offset, "count": number, "no_content": 1},
    )
    if not isinstance(answer, dict) or not answer.keys() & {"item", "total_count"}:
        raise client.malformed("works.list")
    return answer


async def ask(
    client: PlatformClient,
    tokens: Tokens,
    path: str,
    operation: str,
    body: Mapping[str, Any],
    **more: Any,
) -> Any:
    return await client.call(
        "POST",
        f"{API}/{path}",
        operation=operation,
        idempotent=True,
        params={"access_token": tokens.access_token},
        json_body=body,
        **more,
    )


def read_grant(client: PlatformClient, info: Any, operation: str) -> Tokens:
    """https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/ThirdParty/token/authorization_info.html"""
    token = text(dig(info, "authorizer_access_token"))
    if token is None:
        raise client.malformed(operation)
    sets = dig(info, "func_info")
    numbers = (text(dig(row, "funcscope_category", "id")) for row in rows(sets))
    appid = text(dig(info, "authorizer_appid"))
    return Tokens(
        access_token=token,
        refresh_token=text(dig(info, "authorizer_refresh_token")),
        expires_at=client.clock() + (count(dig(info, "expires_in")) or 7200),
        scopes=tuple(filter(None, numbers)) if isinstance(sets, list) else None,
        extra={"appid": appid} if appid else {},
    )


def read_profile(
    appid: str, info: Mapping[str, Any], fans: int | None, works: int | None
) -> Profile:
    """`works` counts publications, each of which holds up to eight articles."""
    return Profile(
        platform=Platform("wxGzh"),
        uid=appid,
        handle=text(info.get("alias")) or text(info.get("user_name")),
        nickname=text(info.get("nick_name")) or appid,
        avatar=https(info.get("head_img")),
        counters=Counters(fans=fans, works=works),
    )


async def count_fans(client: PlatformClient, tokens: Tokens) -> int | None:
    """Followers on the last day that is counted; unverified accounts may not ask.

    https://developers.weixin.qq.com/doc/offiaccount/Analytics/User_Analysis_Data_Interface.html
    """
    yesterday = china_day(client.clock()) - timedelta(days=1)
    body = {"begin_date": f"{yesterday - timedelta(days=1)}", "end_date": f"{yesterday}"}
    try:
        answer = await ask(client, tokens, "datacube/getusercumulate", "account.stats", body)
    except PlatformFailure:
        return None
    totals = [
        (str(row.get("ref_date")), count(row.get("cumulate_user")))
        for row in rows(dig(answer, "list"))
    ]
    known = [(day, total) for day, total in totals if total is not None]
    return max(known, default=("", None))[1]


async def count_works(client: PlatformClient, tokens: Tokens) -> int | None:
    try:
        return count((await published(client, tokens, 0, 1)).get("total_count"))
    except PlatformFailure:
        return None


def expand(
    publications: Sequence[Mapping[str, Any]], offset: int, account: Account
) -> list[Article]:
    """The articles of publications in the order of the list, each with its place."""
    found = []
    for place, publication in enumerate(publications, offset):
        items = rows(dig(publication, "content", "news_item"))
        name = text(publication.get("article_id"))
        for index, item in enumerate(items if name else []):
            identifier = str(name) if len(items) == 1 else f"{name}_{index + 1}"
            work = read_work(identifier, publication, item, account)
            found.append(Article(place, index, work))
    return found


def read_work(
    identifier: str, publication: Mapping[str, Any], item: Mapping[str, Any], account: Account
) -> Work:
    return Work(
        id=identifier,
        mode=ContentMode.IMAGE,
        title=text(item.get("title")),
        description=text(item.get("digest")),
        url=https(item.get("url")),
        cover_url=https(item.get("thumb_url")),
        published_at=moment(publication.get("update_time")),
        author_name=text(item.get("author")) or account.nickname,
        author_uid=account.uid,
        status=WorkStatus.DELETED if item.get("is_deleted") is True else WorkStatus.PUBLISHED,
    )
