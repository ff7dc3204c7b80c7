"""KWAI (Kuaishou): OAuth by query parameters, videos with their counts in one call."""

from collections.abc import Mapping
from typing import Any, ClassVar

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, https, moment, rows, text, whole
from openchannels.core.accounts import Account, Candidate, Counters, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, Metrics, Work, WorkStatus
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient, body_of, classify_status

SITE = "https://open.kuaishou.com"
MAXIMUM = 200
DAY = 86_400

# https://open.kuaishou.com/platformDocs/openAbility/kwaiLogin
CODES = {
    code: kind
    for kind, codes in {
        FailureKind.TOKEN_EXPIRED: (100200102, 100200108),
        FailureKind.DEAD_GRANT: (100200105, 100200107, 100200109, 100200110, 100200111, 100200113),
        FailureKind.MISCONFIGURED: (100200100, 100200101, 100200103, 100200104, 100200112),
        FailureKind.PERMISSION: (100200106,),
        FailureKind.UNAVAILABLE: (100200500, 400003, 100200114, 100200115, 300001, 300002),
        FailureKind.RATE_LIMITED: (
            *(400002, 100100402, 100100403, 100100404),
            *(200100410, 100200301, 100200410),
        ),
        FailureKind.NOT_FOUND: (120001, 100120001, 120002, 120003),
        FailureKind.INVALID: (100400,),
    }.items()
    for code in codes
}


def classify_kwai(answer: Answer) -> Failure | None:
    """`result` tells, whatever the HTTP status says, and its success is 1."""
    by_status = classify_status(answer)
    body = body_of(answer)
    code = whole(dig(body, "result"))
    if code == 1:
        return None
    if code is None:
        return by_status or (Failure(FailureKind.MALFORMED) if isinstance(body, dict) else None)
    kind = CODES.get(code) or (by_status.kind if by_status else FailureKind.INVALID)
    return Failure(kind, str(code), retry_after=by_status.retry_after if by_status else None)


class Kwai(Connector):
    """One authorization opens one account, named by an `open_id` that differs per app."""

    id = Platform("KWAI")
    name = Text(en="Kwai", zh="快手")
    mark = Mark("快", "#c94400")
    docs_url = "https://open.kuaishou.com/platformDocs/develop/web-app.html"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        authorize_url=f"{SITE}/oauth2/authorize",
        token_url=f"{SITE}/oauth2/access_token",
        refresh_url=f"{SITE}/oauth2/refresh_token",
        scopes=("user_info", "user_video_info"),
        required_scopes=("user_info", "user_video_info"),
        scope_separator=",",
        client_id_param="app_id",
        client_secret_param="app_secret",
        redirect_in_token=False,
        token_method="GET",
        extra={"ua": "pc"},
        # What a denial looks like is not documented; these are the names its answers use.
        denial_params=("error", "error_msg", "result"),
        # A new refresh token ends when the old one would have, 180 days after the consent, so
        # nothing is gained by refreshing what nobody uses.
        # https://open.kuaishou.com/platformDocs/openAbility/kwaiLogin
        token_model=TokenModel.ROTATING,
        default_lifetime=2 * DAY,
        classify=classify_kwai,
    )
    paging = CursorPaging(default=20, maximum=MAXIMUM)
    refused_again_is_dead = True
    account_given = FieldCoverage("uid account nickname avatar fansCount followingCount workCount")
    work_given = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status viewCount playCount likeCount commentCount"
    )
    instructions = Text(
        en="Open the link, scan the code with the Kuaishou app or sign in, and approve. "
        "Kuaishou ends every authorization after 180 days.",
        zh="打开链接，用快手 App 扫码或登录后同意授权。快手的授权最长 180 天，到期需要重新授权。",
    )

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        open_id = text(tokens.extra.get("open_id"))
        answer = await self._ask(client, tokens, "openapi/user_info", "account.read")
        person = dig(answer, "user_info")
        if open_id is None or not isinstance(person, dict):
            raise client.malformed("account.read")
        works = await self._work_count(client, tokens)
        return [Candidate(read_profile(open_id, person, works), tokens)]

    async def _work_count(self, client: PlatformClient, tokens: Tokens) -> int | None:
        """How many works are public; without it, it is still an account."""
        try:
            answer = await self._ask(client, tokens, "openapi/photo/count", "account.stats")
        except PlatformFailure:
            return None
        return count(dig(answer, "public_count"))

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """One page by one call that asks for more than the page holds, to know whether it goes on.

        The answer names no cursor, end or total: one goes on from the id of the oldest item.
        """
        assert isinstance(page, CursorRequest)
        # One more for what follows, and one for the cursor's own item, should it come again.
        asked = min(page.limit + (2 if page.position else 1), MAXIMUM)
        answer = await self._ask(
            client,
            tokens,
            "openapi/photo/list",
            "works.list",
            count=asked,
            cursor=page.position,
        )
        if not isinstance(dig(answer, "video_list"), list):
            raise client.malformed("works.list")
        given = [item for item in rows(answer["video_list"]) if text(item.get("photo_id"))]
        items = newest_first([item for item in given if text(item["photo_id"]) != page.position])
        shown = items[: page.limit]
        more = len(items) > page.limit or (asked == MAXIMUM and len(given) >= asked)
        return WorksPage(
            items=[read_work(item, account) for item in shown],
            next=text(shown[-1]["photo_id"]) if shown and more else None,
        )

    async def _ask(
        self,
        client: PlatformClient,
        tokens: Tokens,
        path: str,
        operation: str,
        **params: str | int | None,
    ) -> Any:
        given = {"app_id": client.app.client_id, "access_token": tokens.access_token}
        return await client.get(f"{SITE}/{path}", operation=operation, params={**given, **params})

    def classify(self, answer: Answer) -> Failure | None:
        return classify_kwai(answer)


def read_profile(open_id: str, person: Mapping[str, Any], works: int | None) -> Profile:
    """https://open.kuaishou.com/platformDocs/openAbility/userInformation/publicInformation.html"""
    return Profile(
        platform=Platform("KWAI"),
        uid=open_id,
        handle=open_id,
        nickname=text(person.get("name")) or open_id,
        avatar=https(person.get("bigHead")) or https(person.get("head")),
        counters=Counters(
            fans=count(person.get("fan")), following=count(person.get("follow")), works=works
        ),
    )


def newest_first(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The order in which the last item leads on; an item without a date never comes last."""
    return sorted(items, key=lambda item: -(moment(item.get("create_time")) or float("inf")))


def read_work(item: Mapping[str, Any], account: Account) -> Work:
    """https://open.kuaishou.com/platformDocs/develop/web-app.html"""
    identifier = str(text(item["photo_id"]))
    caption = text(item.get("caption"))
    views = count(item.get("view_count"))
    return Work(
        id=identifier,
        mode=ContentMode.VIDEO,
        title=caption,
        description=caption,
        url=f"https://www.kuaishou.com/short-video/{identifier}",
        cover_url=https(item.get("cover")),
        published_at=moment(item.get("create_time")),
        author_name=account.nickname,
        author_uid=account.uid,
        status=WorkStatus.PENDING if item.get("pending") is True else WorkStatus.PUBLISHED,
        metrics=Metrics(
            views=views,
            plays=views,
            likes=count(item.get("like_count")),
            comments=count(item.get("comment_count")),
        ),
    )
