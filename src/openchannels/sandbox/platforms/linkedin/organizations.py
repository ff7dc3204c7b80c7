"""LinkedIn: the organizations of a member, and how many follow them.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
"""

from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.platforms.linkedin.pages import (
    RequireToken,
    error_reply,
    member_id,
    organization,
    organizations_of,
    paging,
    parse_list,
)

DEFAULT_PAGE, MOST_PER_PAGE = 10, 100
_API = "api.linkedin.com"


class Organizations:
    """The calls about organizations."""

    def __init__(self, require_token: RequireToken) -> None:
        self._require_token = require_token

    def routes(self) -> list[Route]:
        """Roles, organizations by id, numbers of followers."""
        return [
            Route("GET", _API, "/rest/organizationAcls", self.acls),
            Route("GET", _API, "/rest/organizations", self.organizations),
            Route("GET", _API, "/rest/networkSizes/{urn}", self.network_size),
        ]

    def acls(self, request: Request) -> Reply:
        """The member's roles, a page at a time."""
        token = self._require_token(request, "rw_organization_admin", "r_organization_admin")
        query = request.query
        start, count = query.integer("start", 0), query.integer("count", DEFAULT_PAGE)
        if query.get("q") != "roleAssignee" or start is None or not count or start < 0:
            return error_reply(400, "ILLEGAL_ARGUMENT", "q, start or count")
        count = min(count, MOST_PER_PAGE)
        every = organizations_of(token.grant.person)
        role = query.get("role").upper()
        fitting = [one for one in every if not role or one.role == role]
        assignee = f"urn:li:person:{member_id(token.grant.person)}"
        shown = fitting[start : start + count]
        elements = [
            {
                "role": one.role,
                "organization": one.urn,
                "roleAssignee": assignee,
                "state": "APPROVED",
            }
            for one in shown
        ]
        where = paging(request, start, count, start + len(shown) < len(fitting))
        return Reply.json({"paging": {**where, "total": len(fitting)}, "elements": elements})

    def organizations(self, request: Request) -> Reply:
        """Organizations by id, as a batch."""
        token = self._require_token(request, "rw_organization_admin", "r_organization_admin")
        known = {one.id: one for one in organizations_of(token.grant.person)}
        wanted = parse_list(request.query, "ids")
        results = {one: known[one].profile() for one in wanted if one in known}
        statuses = {one: 404 for one in wanted if one not in known}
        return Reply.json({"results": results, "statuses": statuses, "errors": {}})

    def network_size(self, request: Request) -> Reply:
        """The number of followers of an organization."""
        token = self._require_token(request, "rw_organization_admin", "r_organization_admin")
        one = organization(token.grant.person, request.params["urn"])
        if one is None:
            message = f"No virtual resource found for {request.path}"
            return error_reply(404, "RESOURCE_NOT_FOUND", message)
        kinds = ("COMPANY_FOLLOWED_BY_MEMBER", "CompanyFollowedByMember")
        if request.query.get("edgeType") not in kinds:
            return error_reply(400, "ILLEGAL_ARGUMENT", "edgeType")
        return Reply.json({"firstDegreeSize": one.followers(request.now)})
