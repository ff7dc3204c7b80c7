"""LinkedIn: reading the accounts of a grant."""

from typing import Any

from openchannels.connectors.base.accounts import AccountReader, unusable_candidate
from openchannels.connectors.base.mapping import ProfileMap
from openchannels.connectors.base.parse import dig, first, text
from openchannels.connectors.base.shapes import object_at, rows_at
from openchannels.connectors.linkedin.api import (
    ADMIN_SCOPE,
    ADMINISTRATOR,
    ORGANIZATION,
    batch_results,
    batches,
    get_json,
    get_optional,
    granted_scopes,
    has_next,
    rest_li_list,
    retry_until_token_is_known,
)
from openchannels.core.accounts import Candidate, Profile
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Platform, Text
from openchannels.transport.client import Params
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

ROLES = (ADMINISTRATOR, "CONTENT_ADMINISTRATOR")
"""Roles that may read a page's posts, the higher one first."""
ACL_SCOPES = (ADMIN_SCOPE, "r_organization_admin")
ACL_PAGES = 10
# Without the state, a single revoked role fails the whole call.
APPROVED: Params = {"q": "roleAssignee", "state": "APPROVED"}
OPERATION = "account.organizations"
ORGANIZATION_BATCH = 100


def read_name(member: Any) -> str | None:
    names = (dig(member, "localizedFirstName"), dig(member, "localizedLastName"))
    return text(dig(member, "name")) or " ".join(filter(None, map(text, names)))


def read_logo(organization: Any) -> str | None:
    """Returns the logo's URN in the form that the images API accepts."""
    kinds = ("cropped", "original")
    logo = text(first(dig(organization, "logoV2", kind) for kind in kinds))
    return logo.replace(":digitalmediaAsset:", ":image:") if logo else None


def read_picture(item: Any) -> Any:
    return dig(item, "logos", read_logo(dig(item, "organization")) or "", "downloadUrl")


PERSON = ProfileMap(
    Platform("linkedin"),
    {"uid": "sub|id", "handle": "vanityName", "nickname": read_name, "avatar": "picture"},
)
# Reads the member's role, the organisation and the logos, merged into one object.
PAGE = ProfileMap(
    Platform("linkedin"),
    {
        "handle": "organization.vanityName",
        "nickname": "organization.localizedName|organization.vanityName",
        "avatar": read_picture,
    },
    facts={"role": "role"},
    never={
        "fansCount": Text(
            en="Followers cost a call for each page and are not asked for while connecting.",
            zh="粉丝数需要逐个主页额外调用接口，连接时不获取。",
        )
    },
)


class LinkedInAccounts(AccountReader):
    coverage = PAGE.coverage

    def several(self, app: App) -> bool:
        return True

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        member = await retry_until_token_is_known(lambda: self._member(client, tokens))
        organizations = await retry_until_token_is_known(
            lambda: self._organizations(client, tokens)
        )
        return [
            Candidate(profile, tokens, grant_subject=member.uid)
            if profile is member or profile.facts["role"] in ROLES
            else unusable_candidate(profile, role_too_low(profile.facts["role"]))
            for profile in (member, *organizations)
        ]

    async def _member(self, client: PlatformClient, tokens: Tokens) -> Profile:
        """Returns the member, from the endpoint of the product that the app has.

        https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
        """
        path = "v2/userinfo" if "openid" in granted_scopes(client, tokens) else "v2/me"
        profile = PERSON.read(await get_json(client, tokens, path, "account.read"))
        if profile is None:
            raise client.malformed("account.read")
        return profile

    async def _organizations(self, client: PlatformClient, tokens: Tokens) -> list[Profile]:
        """Returns the organisations in which the member has a role, with names and logos.

        https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-lookup-api
        """
        if not set(ACL_SCOPES) & set(granted_scopes(client, tokens)):
            return []
        roles = await self._roles(client, tokens)
        organizations_by_id: dict[str, Any] = {}
        for ids in batches([id_of_urn(urn) for urn in roles], ORGANIZATION_BATCH):
            path = f"rest/organizations?ids={rest_li_list(ids)}"
            answer = await get_json(client, tokens, path, OPERATION)
            organizations_by_id |= object_at(client, OPERATION, answer, "results")
        organizations = {urn: organizations_by_id.get(id_of_urn(urn)) for urn in roles}
        logos = await self._logos(client, tokens, list(map(read_logo, organizations.values())))
        return [
            PAGE.read({"role": roles[urn], "organization": row, "logos": logos}, urn)
            for urn, row in organizations.items()
        ]

    async def _logos(
        self, client: PlatformClient, tokens: Tokens, logos: list[str | None]
    ) -> dict[str, Any]:
        if not any(logos):
            return {}
        path = f"rest/images?ids={rest_li_list(logos)}"
        return batch_results(await get_optional(client, tokens, path, "account.logos"))

    async def _roles(self, client: PlatformClient, tokens: Tokens) -> dict[str, str]:
        """Returns the member's highest role by organisation URN.

        https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
        """
        listing: list[dict[str, Any]] = []
        for number in range(ACL_PAGES):
            params = {**APPROVED, "start": number * 100, "count": 100}
            answer = await get_json(client, tokens, "rest/organizationAcls", OPERATION, params)
            listing += rows_at(client, OPERATION, answer, "elements")
            if not has_next(answer):
                break
        return best_roles(listing)


def id_of_urn(urn: str) -> str:
    return urn.rsplit(":", 1)[1]


def best_roles(listing: list[dict[str, Any]]) -> dict[str, str]:
    """Returns the highest role by organisation URN; `listing` has a row for every role."""
    best: dict[str, str] = {}
    for row in listing:
        urn = text(row.get("organization")) or text(row.get("organizationTarget")) or ""
        role = text(row.get("role"))
        if role and urn.startswith(ORGANIZATION) and rank(role) < rank(best.get(urn)):
            best[urn] = role
    return best


def rank(role: str | None) -> int:
    """Returns a sort key: higher roles before lower ones, and these before none."""
    if role in ROLES:
        return ROLES.index(role)
    return len(ROLES) if role else len(ROLES) + 1


def role_too_low(role: str) -> Text:
    return Text(
        en=f"The role {role} does not permit reading this page's posts. Ask an administrator of "
        "the page for the role of a content admin or super admin.",
        zh=f"角色 {role} 无权读取该主页的动态。请联系主页管理员授予内容管理员或超级管理员角色。",
    )
