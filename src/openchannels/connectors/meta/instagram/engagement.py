"""Instagram: comments on the account's works, and their moderation.

https://developers.facebook.com/docs/instagram-platform/comment-moderation
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.engagement import InteractionRule
from openchannels.connectors.base.paginators import CursorList
from openchannels.connectors.meta.engagement import GraphEngagement
from openchannels.connectors.meta.graph import read_next, read_paging
from openchannels.connectors.meta.instagram.api import api_request, uses_facebook_login
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import InteractionName
from openchannels.core.paging import CursorPaging
from openchannels.transport.client import Params
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

SCOPE = "instagram_business_manage_comments"
FACEBOOK_SCOPE = "instagram_manage_comments"
STATE = InteractionRule((SCOPE,))
WRITTEN = InteractionRule((SCOPE,), repeatable=False)


class InstagramEngagement(GraphEngagement):
    """Each of the two logins has a scope of its own; an account needs that of its login."""

    paging = CursorPaging(default=25, maximum=50)
    list_scopes = (SCOPE,)
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = {
        InteractionName.COMMENT: WRITTEN,
        InteractionName.REPLY: WRITTEN,
        InteractionName.DELETE_COMMENT: STATE,
        InteractionName.HIDE_REPLY: STATE,
        InteractionName.UNHIDE_REPLY: STATE,
    }
    ids = re.compile("[0-9]{1,32}")
    edges = ("comments", "replies")
    hiding = "hide"
    parent = ("parent_id", "parent_id")
    listing = CursorList(items="data", paging=read_paging, next=read_next)
    list_params: ClassVar[Mapping[str, str]] = {
        "fields": "id,text,timestamp,username,from{id,username},like_count,hidden"
    }
    comment = CommentMap(
        {
            "id": "id",
            "content": "text",
            "author_name": "username|from.username",
            "author_uid": "from.id",
            "created_at": "timestamp",
            "likes": "like_count",
            "hidden": "hidden",
        }
    )

    def scopes_for(self, app: App) -> Sequence[str]:
        return (FACEBOOK_SCOPE if uses_facebook_login(app) else SCOPE,)

    def missing_scopes(
        self, app: App, needed: Sequence[str], account_scopes: Sequence[str]
    ) -> Sequence[str]:
        granted = SCOPE in account_scopes or FACEBOOK_SCOPE in account_scopes
        return () if granted or not needed else self.scopes_for(app)

    def request(
        self, client: PlatformClient, tokens: Tokens, path: str, params: Params
    ) -> dict[str, Any]:
        return api_request(client, tokens, path, params)

    def is_own(self, account: Account, row: Mapping[str, Any]) -> bool:
        return account.handle is not None and row.get("username") == account.handle
