"""Who posts at LinkedIn: the member, or an organization in which they have a role for it.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
"""

from dataclasses import dataclass

from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply
from openchannels.sandbox.platforms.linkedin.pages import (
    error_reply,
    member,
    member_id,
    organizations_of,
)

MEMBER_SCOPE, ORGANIZATION_SCOPE = "w_member_social", "w_organization_social"
WRITING_SCOPES = (MEMBER_SCOPE, ORGANIZATION_SCOPE)
_POSTING = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")
_UPLOADING = ("ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")


@dataclass(frozen=True, slots=True)
class Author:
    """A member or an organization; the member has no role."""

    urn: str
    creator: Creator
    role: str = ""

    @property
    def is_organization(self) -> bool:
        """Whether this is an organization."""
        return bool(self.role)

    @property
    def may_upload(self) -> bool:
        """Whether the member may upload media for this author."""
        return not self.is_organization or self.role in _UPLOADING


def authors_of(person: str) -> dict[str, Author]:
    """The member and the organizations they may post for, by URN."""
    own = f"urn:li:person:{member_id(person)}"
    found = {own: Author(own, member(person))}
    for one in organizations_of(person):
        if one.role in _POSTING:
            found[one.urn] = Author(one.urn, one.creator, one.role)
    return found


def require_author(token: Token, urn: str) -> Author:
    """The author that a call names. Raises EarlyReply unless the token may write for them."""
    author = authors_of(token.grant.person).get(urn)
    if urn.startswith("urn:li:organization:") and ORGANIZATION_SCOPE not in token.grant.scopes:
        message = "Organization permissions must be used when using organization as author"
        raise EarlyReply(error_reply(400, "INVALID_VALUE_FOR_FIELD", message))
    if author is None or (not author.is_organization and MEMBER_SCOPE not in token.grant.scopes):
        message = "Field Value validation failed in REQUEST_BODY: Data Processing Exception while"
        raise EarlyReply(
            error_reply(403, "ACCESS_DENIED", f"{message} processing fields [/author]")
        )
    return author
