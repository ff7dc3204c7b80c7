"""KWAI (Kuaishou): OAuth by query parameters; one call lists videos with their counts."""

from dataclasses import replace
from typing import Any

from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable, by_kind
from openchannels.connectors.base.mapping import BY_ACCOUNT, ProfileMap, WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import count, dig, integer, moment, text
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.kwai.links import LINKS
from openchannels.connectors.kwai.publishing import PUBLISHING
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import PlatformClient

SITE = "https://open.kuaishou.com"
MAXIMUM = 200
DAY = 86_400
SUCCESS = 1

# https://open.kuaishou.com/platformDocs/openAbility/kwaiLogin
CODES = by_kind(
    {
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
    }
)


def check_result(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns None if `result` is 1, under any HTTP status; an answer without it is malformed."""
    body = body_of(answer)
    code = integer(dig(body, "result"))
    if code == SUCCESS:
        return None
    malformed = reading is None and code is None and isinstance(body, dict)
    return Failure(FailureKind.MALFORMED) if malformed else reading


FAILURES = FailureTable(
    code="result",
    code_decides=True,
    success=(str(SUCCESS),),
    codes=CODES,
    refine=check_result,
)


def read_paging(page: CursorRequest) -> dict[str, str | int | None]:
    """Requests more items than the page holds, to know whether another page follows."""
    # One for the next page, and one for the cursor's item, which may be returned again.
    size = min(page.limit + (2 if page.position else 1), MAXIMUM)
    return {"count": size, "cursor": page.position}


def newest_first(items: list[Item], page: CursorRequest) -> list[Item]:
    """Returns items newest first, without the cursor's item; undated items come first."""
    others = [item for item in items if text(item["photo_id"]) != page.position]
    return sorted(others, key=lambda item: -(moment(item.get("create_time")) or float("inf")))


def next_position(_answer: Any, items: list[Item], page: CursorRequest) -> str | None:
    """Returns the id of the page's oldest item: the answer contains no cursor and no total."""
    sorted_items = newest_first(items, page)
    requested = read_paging(page)["count"]
    has_more = len(sorted_items) > page.limit or (requested == MAXIMUM and len(items) >= MAXIMUM)
    shown_items = sorted_items[: page.limit]
    return text(shown_items[-1]["photo_id"]) if shown_items and has_more else None


def read_status(item: Any) -> WorkStatus:
    return WorkStatus.PENDING if dig(item, "pending") is True else WorkStatus.PUBLISHED


# https://open.kuaishou.com/platformDocs/openAbility/userInformation/publicInformation.html
PROFILE = ProfileMap(
    Platform("KWAI"),
    {"handle": "open_id", "nickname": "name", "avatar": "bigHead|head"},
    counters={"fans": "fan", "following": "follow", "works": "public_count"},
)
# https://open.kuaishou.com/platformDocs/develop/web-app.html
WORK = WorkMap(
    {
        "id": "photo_id",
        "mode": ContentMode.VIDEO,
        "title": "caption",
        "description": "caption",
        "url": lambda item: f"https://www.kuaishou.com/short-video/{text(dig(item, 'photo_id'))}",
        "cover_url": "cover",
        "published_at": "create_time",
        **BY_ACCOUNT,
        "status": read_status,
    },
    metrics={
        "views": "view_count",
        "plays": "view_count",
        "likes": "like_count",
        "comments": "comment_count",
    },
)
VIDEOS = CursorList(
    url=f"{SITE}/openapi/photo/list",
    items="video_list",
    id="photo_id",
    paging=read_paging,
    next=next_position,
)


def credential_params(client: PlatformClient, tokens: Tokens) -> dict[str, str]:
    return {"app_id": client.app.client_id, "access_token": tokens.access_token}


async def get_json(client: PlatformClient, tokens: Tokens, path: str, operation: str) -> Any:
    """Calls a path of the API; returns the answer's JSON."""
    params = credential_params(client, tokens)
    return await client.get(f"{SITE}/{path}", operation=operation, params=params)


class KwaiAuth(OAuth):
    config = OAuthConfig(
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
        # The parameters of an error are not documented; these are the names its answers use.
        error_params=("error", "error_msg", "result"),
        success_values=FAILURES.success,
        # 100200106: the app lacks the scope.
        callback_errors={**CODES, "100200106": FailureKind.MISCONFIGURED},
        # A new refresh token expires with the old one, 180 days after the consent, so refreshing
        # unused tokens gains nothing.
        # https://open.kuaishou.com/platformDocs/openAbility/kwaiLogin
        token_model=TokenModel.ROTATING,
        default_lifetime=2 * DAY,
        classify=FAILURES.classify,
    )
    instructions = Text(
        en="Open the link, scan the code with the Kuaishou app or sign in, and approve. "
        "Kuaishou ends every authorization after 180 days.",
        zh="打开链接，用快手 App 扫码或登录后同意授权。快手的授权最长 180 天，到期需要重新授权。",
    )


class KwaiAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        answer = await get_json(client, tokens, "openapi/user_info", "account.read")
        user = dig(answer, "user_info")
        open_id = text(tokens.extra.get("open_id"))
        if open_id is None or not isinstance(user, dict):
            raise client.malformed("account.read")
        works = await self._work_count(client, tokens)
        added = {"open_id": open_id, "public_count": works}
        profile = PROFILE.read({**user, **added}, open_id)
        return [Candidate(profile, tokens)]

    async def _work_count(self, client: PlatformClient, tokens: Tokens) -> int | None:
        """Returns the number of public works; None if it cannot be read."""
        try:
            answer = await get_json(client, tokens, "openapi/photo/count", "account.stats")
        except PlatformFailure:
            return None
        return count(dig(answer, "public_count"))


class KwaiWorks(WorksReader):
    paging = CursorPaging(default=20, maximum=MAXIMUM)
    coverage = WORK.coverage
    newest_first = True

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, CursorRequest)
        videos = await VIDEOS.page(client, page, params=credential_params(client, tokens))
        shown_items = newest_first(videos.items, page)[: page.limit]
        return replace(videos, items=shown_items).works(WORK, account)


class Kwai(Connector):
    """One authorization gives one account, whose `open_id` differs per app."""

    id = Platform("KWAI")
    name = Text(en="Kwai", zh="快手")
    mark = Mark("快", "#c94400")
    docs_url = "https://open.kuaishou.com/platformDocs/develop/web-app.html"
    failures = FAILURES
    auth = KwaiAuth()
    accounts = KwaiAccounts()
    publishing = PUBLISHING
    works = KwaiWorks()
    links = LINKS
