"""The Pages of a person, with their tokens.

https://developers.facebook.com/docs/graph-api/reference/user/accounts
"""

from typing import Any

from openchannels.sandbox.grants import Grants, Token
from openchannels.sandbox.http import Request
from openchannels.sandbox.ids import letters
from openchannels.sandbox.platforms.facebook import login
from openchannels.sandbox.platforms.facebook.access import Access, unknown_field
from openchannels.sandbox.platforms.facebook.fields import PAGE_FIELDS
from openchannels.sandbox.platforms.facebook.pages import Page, user_id
from openchannels.sandbox.platforms.facebook.paging import field_text
from openchannels.sandbox.platforms.meta.graph import (
    HOST,
    Field,
    cursor,
    limit_of,
    paging_url,
    project,
    read_cursor,
)
from openchannels.sandbox.platforms.meta.professional import Professionals

MOST_PER_PAGE, DEFAULT_PER_PAGE = 100, 25


class Accounts:
    """Pages as fields of a person and by themselves."""

    def __init__(self, access: Access, grants: Grants, instagram: Professionals) -> None:
        self._access = access
        self._grants = grants
        self._instagram = instagram

    def page_fields(
        self, token: Token, page: Page, fields: list[Field], now: float
    ) -> dict[str, Any]:
        """The fields of a Page, its token among them if it is asked for."""
        node = page.node(now)
        if page.slot == 0:
            node["instagram_business_account"] = self._instagram.profile(page.person, now)
        for one in fields:
            if one.name not in PAGE_FIELDS:
                raise unknown_field(one.name, "Page")
            if one.name == "access_token":
                node["access_token"] = self._page_token(token, page, now)
        shown: dict[str, Any] = project(node, fields)
        return shown

    def _page_token(self, token: Token, page: Page, now: float) -> str:
        """The Page's token, which never expires if the user token is long-lived."""
        if token.kind == "page":
            return token.value
        value = "EAAGP" + letters(21, token.value, page.id) + letters(21, page.id, token.value)
        known = self._grants.token(value, "page")
        if known is None:
            long = token.account == login.LONG or token.expires is None
            left = None if long or token.expires is None else token.expires - now
            self._grants.issue(token.grant, "page", value, left, page.id)
        return value

    def edge(
        self, request: Request, token: Token, fields: list[Field], modifiers: dict[str, str]
    ) -> dict[str, Any]:
        """A page of the Pages that the person shares, with links to the others."""
        pages = self._access.pages(token.grant) if "pages_show_list" in token.grant.scopes else []
        limit = limit_of(modifiers.get("limit", ""), DEFAULT_PER_PAGE, MOST_PER_PAGE)
        start = read_cursor(modifiers["after"]) + 1 if modifiers.get("after") else 0
        end = start + limit
        if modifiers.get("before"):
            end = read_cursor(modifiers["before"])
            start = max(0, end - limit)
        some = pages[start:end]
        if not some:
            return {"data": []}
        default = [Field(name) for name in ("access_token", "category", "name", "id", "tasks")]
        edge: dict[str, Any] = {
            "data": [
                self.page_fields(token, page, fields or default, request.now) for page in some
            ],
            "paging": {
                "cursors": {"before": cursor(start), "after": cursor(start + len(some) - 1)}
            },
        }
        query = {"access_token": token.value, "limit": str(limit)}
        if fields:
            query["fields"] = field_text(fields)
        path, cursors = f"/{user_id(token.grant.person)}/accounts", edge["paging"]["cursors"]
        if end < len(pages):
            more = {**query, "after": cursors["after"]}
            edge["paging"]["next"] = paging_url(request, HOST, path, more)
        if start:
            more = {**query, "before": cursors["before"]}
            edge["paging"]["previous"] = paging_url(request, HOST, path, more)
        return edge
