"""LinkedIn: posts of the organisations a member administers; those of persons are closed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any, ClassVar
from urllib.parse import quote

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, first, https, rows, text
from openchannels.connectors.linkedin.posts import cover_of, read_work
from openchannels.connectors.linkedin.token import introspect
from openchannels.core.accounts import Account, Candidate, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.paging import NumberRequest, PagePaging, PageRequest, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer, Params
from openchannels.transport.oauth import OAuthConfig, bearer, classify_by_text
from openchannels.transport.platform_client import PlatformClient, body_of, classify_status

API = "https://api.linkedin.com"
VERSION = "202609"
DAY = 86_400
ORGANIZATION = "urn:li:organization"
POSTS = ("urn:li:share:", "urn:li:ugcPost:")
ADMINISTRATOR = "ADMINISTRATOR"
ROLES = (ADMINISTRATOR, "CONTENT_ADMINISTRATOR")
"""Roles on a page that may read its posts, the mightier first."""
ADMIN_SCOPE = "rw_organization_admin"
ACL_SCOPES = (ADMIN_SCOPE, "r_organization_admin")
ACL_PAGES = 10
NAMED_AT_ONCE = 100
COUNTED_AT_ONCE = 50
CALLS_BESIDE_THE_LIST = 3

NOT_YET_KNOWN = "65601"
PROPAGATION = (0.5, 1.0, 2.0, 4.0)
"""Waits, in seconds, until LinkedIn knows everywhere a token that it has just issued."""
FRESH = 60.0

PERSONS_CLOSED = Text(
    en="LinkedIn does not let apps list posts of personal profiles; connect an organization page.",
    zh="LinkedIn 不允许应用读取个人主页的动态，请连接组织（公司）主页。",
)
VERSION_ENDED = Text(
    en="LinkedIn has ended this version of its API; the operator has to set "
    "platforms.linkedin.version to a newer one.",
    zh="LinkedIn 已停用该接口版本，运营者需将设置 platforms.linkedin.version 改为更新的版本。",
)


class LinkedIn(Connector):
    """One member's authorization opens the member and every organisation the member runs."""

    id = Platform("linkedin")
    name = Text(en="LinkedIn", zh="LinkedIn")
    mark = Mark("in", "#0a66c2")
    request_id_header = "x-li-uuid"
    docs_url = "https://learn.microsoft.com/en-us/linkedin/"
    oauth: ClassVar[OAuthConfig] = OAuthConfig(
        # https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
        authorize_url="https://www.linkedin.com/oauth/v2/authorization",
        token_url="https://www.linkedin.com/oauth/v2/accessToken",
        revoke_url="https://www.linkedin.com/oauth/v2/revoke",
        # None is required: an app without the Community Management API connects members only,
        # and nobody can grant a part of what is asked.
        scopes=("r_basicprofile", "r_organization_social", ADMIN_SCOPE),
        # The refresh token, given to approved partners only, keeps the end of its first consent,
        # and no access token outlives it: nothing is gained by refreshing what nobody uses.
        # https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
        token_model=TokenModel.STATIC,
        default_lifetime=60 * DAY,
        leeway=DAY,
        # The app lacks the product that the scope belongs to; nobody said no.
        denials={"unauthorized_scope_error": FailureKind.MISCONFIGURED},
        classify=classify_by_text(
            (
                r"(grant|token|code).*(invalid|expired|revoked)|does not match",
                FailureKind.DEAD_GRANT,
            )
        ),
    )
    paging = PagePaging(default=10, maximum=100, total=False)
    # An access token lives 60 days, and LinkedIn tells nobody when a member ends it before.
    probe_every = 7.0 * DAY
    instructions = Text(
        en="Open the link, sign in to LinkedIn as a member who administers the page, approve, "
        "then choose the pages to connect. Posts of personal profiles cannot be listed.",
        zh="打开链接，使用管理公司主页的 LinkedIn 账号登录并同意授权，然后选择要连接的主页。"
        "个人主页的动态无法获取。",
    )
    account_given = FieldCoverage(
        "uid account nickname avatar",
        never={
            "fansCount": Text(
                en="Followers cost a call for each page and are not asked for while connecting.",
                zh="粉丝数需要逐个主页额外调用接口，连接时不获取。",
            )
        },
    )
    work_given = FieldCoverage(
        "platformWorkId contentMode title description url coverUrl publishedAt authorName"
        " authorPlatformUid status likeCount commentCount",
        scoped=dict.fromkeys(
            ("impressionCount", "reachCount", "shareCount", "clickCount", "engagementCount"),
            ADMIN_SCOPE,
        ),
    )

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        await introspect(client, tokens)

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        person = await settled(lambda: self._person(client, tokens))
        organizations = await settled(lambda: self._organizations(client, tokens))
        return [
            Candidate(profile, tokens, grant_subject=person.uid)
            for profile in (person, *organizations)
        ]

    async def _person(self, client: PlatformClient, tokens: Tokens) -> Profile:
        """The member, from whichever of two products the app has.

        https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
        """
        path = "v2/userinfo" if "openid" in scopes(client, tokens) else "v2/me"
        person = await ask(client, tokens, path, "account.read")
        uid = text(dig(person, "sub")) or text(dig(person, "id"))
        if uid is None:
            raise client.malformed("account.read")
        names = (dig(person, "localizedFirstName"), dig(person, "localizedLastName"))
        return Profile(
            platform=Platform("linkedin"),
            uid=uid,
            handle=text(dig(person, "vanityName")),
            nickname=text(dig(person, "name")) or " ".join(filter(None, map(text, names))) or uid,
            avatar=https(dig(person, "picture")),
        )

    async def _organizations(self, client: PlatformClient, tokens: Tokens) -> list[Profile]:
        """Organisations in whose posts the member may look, with names and logos.

        https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-lookup-api
        """
        if not set(ACL_SCOPES) & set(scopes(client, tokens)):
            return []
        roles = await self._roles(client, tokens)
        found: dict[str, Any] = {}
        for ids in parts([number_of(urn) for urn in roles], NAMED_AT_ONCE):
            path = f"rest/organizations?ids={listed(ids)}"
            found |= results(await ask(client, tokens, path, "account.organizations"))
        told = {urn: found.get(number_of(urn)) for urn in roles}
        pictures = await self._logos(client, tokens, list(map(read_logo, told.values())))
        return [read_organization(urn, roles[urn], row, pictures) for urn, row in told.items()]

    async def _logos(
        self, client: PlatformClient, tokens: Tokens, logos: list[str | None]
    ) -> dict[str, Any]:
        if not any(logos):
            return {}
        path = f"rest/images?ids={listed(logos)}"
        return results(await attempt(client, tokens, path, "account.logos"))

    async def _roles(self, client: PlatformClient, tokens: Tokens) -> dict[str, str]:
        """Organisations by URN with the member's best role; there is a row for each role.

        https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
        """
        listing: list[dict[str, Any]] = []
        for number in range(ACL_PAGES):
            # Without the state, one role that was taken back refuses the whole answer.
            params: Params = {
                "q": "roleAssignee",
                "state": "APPROVED",
                "start": number * 100,
                "count": 100,
            }
            answer = await ask(
                client, tokens, "rest/organizationAcls", "account.organizations", params
            )
            listing += rows(dig(answer, "elements"))
            if not has_next(answer):
                break
        return best_roles(listing)

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        assert isinstance(page, NumberRequest)
        if not account.uid.startswith(ORGANIZATION):
            raise PlatformFailure(
                self.id, "works.list", Failure(FailureKind.PERMISSION, detail=PERSONS_CLOSED)
            )
        listing = await self._posts(client, account, tokens, page)
        posts = [post for post in rows(dig(listing, "elements")) if text(post.get("id"))]
        more = await asyncio.gather(
            *(
                attempt(client, tokens, path, operation)
                for operation, path in details(client, account, tokens, posts)
            )
        )
        statistics = {
            text(row.get("share")) or text(row.get("ugcPost")): row.get("totalShareStatistics")
            for answer in more
            for row in rows(dig(answer, "elements"))
        }
        known = {urn: told for answer in more for urn, told in results(answer).items()}
        return WorksPage(
            items=[read_work(post, account, statistics, known) for post in posts],
            has_next=has_next(listing),
            total=count(dig(listing, "paging", "total")),
        )

    async def _posts(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: NumberRequest
    ) -> Any:
        """https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api"""
        params: Params = {
            "author": account.uid,
            "q": "author",
            "count": page.size,
            "start": (page.page - 1) * page.size,
            "sortBy": "CREATED",
            "viewContext": "AUTHOR",
        }

        async def fetch() -> Any:
            finder = {"X-RestLi-Method": "FINDER"}
            return await ask(client, tokens, "rest/posts", "works.list", params, finder)

        fresh = client.clock() - (account.login_at or 0.0) < FRESH
        return await (settled(fetch) if fresh else fetch())

    def classify(self, answer: Answer) -> Failure | None:
        """https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling"""
        reading = classify_status(answer)
        if reading is None:
            return None
        body = body_of(answer)
        names = (text(dig(body, "code")), text(dig(body, "serviceErrorCode")))
        reading = replace(reading, code="/".join(filter(None, names)) or None)
        if answer.status == 426:
            return replace(reading, kind=FailureKind.MISCONFIGURED, detail=VERSION_ENDED)
        message = str(dig(body, "message")).upper()
        if answer.status == 429 and "DAY LIMIT" in message:
            reading = replace(reading, kind=FailureKind.QUOTA, day=UTC)
            return replace(reading, bucket="app") if "APPLICATION" in message else reading
        return reading


async def settled(fetch: Callable[[], Awaitable[Any]]) -> Any:
    """Ask again for some seconds while a new token counts as revoked."""
    for wait in PROPAGATION:
        try:
            return await fetch()
        except PlatformFailure as failure:
            if NOT_YET_KNOWN not in (failure.reading.code or ""):
                raise
        await asyncio.sleep(wait)
    return await fetch()


async def ask(
    client: PlatformClient,
    tokens: Tokens,
    path: str,
    operation: str,
    params: Params | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """https://learn.microsoft.com/en-us/linkedin/marketing/versioning"""
    return await client.get(
        f"{API}/{path}",
        operation=operation,
        params=params or {},
        headers={
            **bearer(tokens),
            "LinkedIn-Version": str(client.app.option("version", VERSION)),
            "X-Restli-Protocol-Version": "2.0.0",
            **(headers or {}),
        },
    )


async def attempt(client: PlatformClient, tokens: Tokens, path: str, operation: str) -> Any:
    """A call whose failure costs only what it would have told.

    LinkedIn limits every kind of call by itself, so a limit met here must not stop the list.
    """

    def classify(answer: Answer) -> Failure | None:
        reading = client.classify(answer)
        limited = reading and reading.kind in (FailureKind.RATE_LIMITED, FailureKind.QUOTA)
        return replace(reading, kind=FailureKind.PERMISSION) if reading and limited else reading

    try:
        return await ask(replace(client, classify=classify), tokens, path, operation)
    except PlatformFailure:
        return None


def scopes(client: PlatformClient, tokens: Tokens) -> tuple[str, ...]:
    """What was granted, which is all that was asked where the answer does not say."""
    return client.app.scopes if tokens.scopes is None else tokens.scopes


def listed(urns: Iterable[str | None]) -> str:
    """A list as Rest.li writes it: the items are encoded, brackets and commas are not."""
    return f"List({','.join(quote(urn, safe='') for urn in urns if urn)})"


def number_of(urn: str) -> str:
    return urn.rsplit(":", 1)[1]


def parts(ids: list[str], size: int) -> list[list[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def results(answer: Any) -> dict[str, Any]:
    """The objects of a batch answer by id."""
    found = dig(answer, "results")
    return found if isinstance(found, dict) else {}


def has_next(answer: Any) -> bool:
    """A page may be shorter than asked and still not be the last: only the link tells."""
    return any(link.get("rel") == "next" for link in rows(dig(answer, "paging", "links")))


def details(
    client: PlatformClient, account: Account, tokens: Tokens, posts: list[dict[str, Any]]
) -> list[tuple[str, str]]:
    """The calls that add counts and pictures to a page, as operation and path.

    A large page of pictures and videos would need one more; it goes without the videos'.
    """
    ids = [str(post["id"]) for post in posts if str(post["id"]).startswith(POSTS)]
    urns = list(dict.fromkeys(filter(None, (cover_of(post) for post in posts))))
    administers = account.facts.get("role", ADMINISTRATOR) == ADMINISTRATOR
    full = administers and ADMIN_SCOPE in scopes(client, tokens)
    calls = [
        ("works.metrics", statistics_path(account, some) if full else social_path(some))
        for some in parts(ids, COUNTED_AT_ONCE)
    ]
    for kind in ("image", "video"):
        wanted = [urn for urn in urns if urn.startswith(f"urn:li:{kind}:")]
        if wanted:
            calls.append((f"works.{kind}s", f"rest/{kind}s?ids={listed(wanted)}"))
    return calls[:CALLS_BESIDE_THE_LIST]


def statistics_path(account: Account, ids: list[str]) -> str:
    """https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics"""
    path = "rest/organizationalEntityShareStatistics?q=organizationalEntity"
    path += f"&organizationalEntity={quote(account.uid, safe='')}"
    for name, start in zip(("shares", "ugcPosts"), POSTS, strict=True):
        if some := [urn for urn in ids if urn.startswith(start)]:
            path += f"&{name}={listed(some)}"
    return path


def social_path(ids: list[str]) -> str:
    """https://learn.microsoft.com/en-us/linkedin/shared/references/v2/social-metadata"""
    return f"rest/socialMetadata?ids={listed(ids)}"


def best_roles(listing: list[dict[str, Any]]) -> dict[str, str]:
    """The mightiest role on each organisation: there is a row for every role."""
    best: dict[str, str] = {}
    for role in reversed(ROLES):
        for row in listing:
            urn = text(row.get("organization")) or text(row.get("organizationTarget")) or ""
            if row.get("role") == role and urn.startswith(ORGANIZATION):
                best[urn] = role
    return best


def read_logo(organization: Any) -> str | None:
    """The logo's URN, under the name by which pictures are asked for."""
    kinds = ("cropped", "original")
    logo = text(first(dig(organization, "logoV2", kind) for kind in kinds))
    return logo.replace(":digitalmediaAsset:", ":image:") if logo else None


def read_organization(urn: str, role: str, told: Any, pictures: Mapping[str, Any]) -> Profile:
    handle = text(dig(told, "vanityName"))
    return Profile(
        platform=Platform("linkedin"),
        uid=urn,
        handle=handle,
        nickname=text(dig(told, "localizedName")) or handle or urn,
        avatar=https(dig(pictures.get(read_logo(told) or ""), "downloadUrl")),
        facts={"role": role},
    )
