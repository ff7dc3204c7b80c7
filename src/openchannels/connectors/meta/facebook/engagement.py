"""Facebook: comments on a Page's works, their moderation, and likes as the Page.

https://developers.facebook.com/docs/graph-api/reference/object/comments
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from openchannels.connectors.base.comments import CommentMap
from openchannels.connectors.base.engagement import InteractionRule
from openchannels.connectors.base.parse import dig
from openchannels.connectors.meta.engagement import GraphEngagement
from openchannels.connectors.meta.graph import GRAPH_LIST, graph_request
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import InteractionName
from openchannels.core.paging import CursorPaging
from openchannels.transport.client import Params
from openchannels.transport.platform_client import PlatformClient

READ = ("pages_read_engagement", "pages_read_user_content")
ACT = (*READ, "pages_manage_engagement")
STATE = InteractionRule(ACT)
WRITTEN = InteractionRule(ACT, repeatable=False)


class FacebookEngagement(GraphEngagement):
    """The Page acts. Its token reads who wrote a comment; a person's reads an empty list."""

    paging = CursorPaging(default=25, maximum=100, previous=True)
    list_scopes = READ
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = {
        InteractionName.COMMENT: WRITTEN,
        InteractionName.REPLY: WRITTEN,
        InteractionName.DELETE_COMMENT: STATE,
        InteractionName.HIDE_REPLY: STATE,
        InteractionName.UNHIDE_REPLY: STATE,
        InteractionName.LIKE: STATE,
        InteractionName.UNLIKE: STATE,
    }
    # A post's id is that of its Page and its own, a comment's that of its post and its own.
    ids = re.compile("[0-9]{1,32}(_[0-9]{1,32})?")
    edges = ("comments", "comments")
    hiding = "is_hidden"
    parent = ("parent{id}", "parent.id")
    listing = GRAPH_LIST
    list_params: ClassVar[Mapping[str, str]] = {
        "fields": "id,message,from{id,name},created_time,like_count,comment_count,is_hidden",
        "filter": "toplevel",
        # Without it, a Page that ranks its comments gives them by rank.
        "order": "reverse_chronological",
    }
    comment = CommentMap(
        {
            "id": "id",
            "content": "message",
            "author_name": "from.name",
            "author_uid": "from.id",
            "created_at": "created_time",
            "likes": "like_count",
            "replies": "comment_count",
            "hidden": "is_hidden",
        }
    )

    def request(
        self, client: PlatformClient, tokens: Tokens, path: str, params: Params
    ) -> dict[str, Any]:
        return graph_request(client, path, tokens.access_token, params)

    def is_own(self, account: Account, row: Mapping[str, Any]) -> bool:
        return bool(dig(row, "from", "id") == account.uid)
