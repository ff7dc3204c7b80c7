"""Palaver: talks of one's own, with how often each was heard."""

from openchannels.connectors.base.account_call import AccountCall
from openchannels.connectors.base.accounts import AccountReader
from openchannels.connectors.base.auth import OAuth, consent_instructions
from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.failures import FailureTable
from openchannels.connectors.base.mapping import ProfileMap, WorkMap
from openchannels.connectors.base.paginators import CursorList
from openchannels.connectors.base.sources import BY_ACCOUNT
from openchannels.connectors.base.works import WorksReader
from openchannels.core.accounts import Account, Candidate
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import CursorPaging, PageRequest, WorksPage
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import OAuthConfig, bearer
from openchannels.transport.platform_client import PlatformClient

ID = Platform("palaver")
NAME = Text(en="Palaver", zh="闲谈")
API = "https://api.palaver.example/v1"

FAILURES = FailureTable(
    code="error",
    codes={
        "token_dead": FailureKind.DEAD_GRANT,
        "token_expired": FailureKind.TOKEN_EXPIRED,
        "scope": FailureKind.PERMISSION,
    },
)
PROFILE = ProfileMap(
    ID,
    {"uid": "id", "handle": "handle", "nickname": "name", "avatar": "picture"},
    counters={"fans": "listeners", "works": "talks"},
)
WORK = WorkMap(
    {
        "id": "id",
        "mode": ContentMode.VIDEO,
        "title": "title",
        "url": "link",
        "published_at": "published",
        **BY_ACCOUNT,
        "status": WorkStatus.PUBLISHED,
    },
    metrics={"views": "heard", "likes": "applause"},
    never={"shareCount": Text(en="Talks cannot be shared.", zh="闲谈无法分享。")},
)
ME = AccountCall(f"{API}/me")
TALKS = CursorList(url=f"{API}/talks", items="talks", size="limit", cursor="after", next="after")


class PalaverAuth(OAuth):
    config = OAuthConfig(
        authorize_url="https://palaver.example/consent",
        token_url=f"{API}/token",
        scopes=("talks.read",),
        required_scopes=("talks.read",),
        pkce=True,
        token_model=TokenModel.STATIC,
    )
    instructions = consent_instructions(NAME)


class PalaverAccounts(AccountReader):
    coverage = PROFILE.coverage

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        profile = await ME.profile(client, PROFILE, headers=bearer(tokens))
        return [Candidate(profile, tokens)]


class PalaverWorks(WorksReader):
    paging = CursorPaging(default=10, maximum=30)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        talks = await TALKS.page(client, page, headers=bearer(tokens))
        return talks.works(WORK, account)


class Palaver(Connector):
    """One authorization opens one account."""

    id = ID
    name = NAME
    mark = Mark("Pa", "#3d2c8d")
    request_id_header = "x-palaver-call"
    docs_url = "https://palaver.example/docs"
    auth = PalaverAuth()
    accounts = PalaverAccounts()
    works = PalaverWorks()
    failures = FAILURES
