"""What a publication keeps of its work reaches the engagement of its platform, and no other."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from openchannels.connectors.base.engagement import Engagement, InteractionRule
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import CursorPaging, PageRequest
from openchannels.core.platforms import Platform
from openchannels.transport.platform_client import PlatformClient
from tests.publishing.conftest import Desk

pytestmark = pytest.mark.asyncio(loop_scope="module")
COMMENTS, FUNCTION = "/api/v2/channels/engagement/comments", "/api/v2/channels/engagement/function"


class Noting(Engagement):
    """Notes what is known of each work that it is asked about."""

    paging = CursorPaging(default=10, maximum=10)
    uses_publications = True
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = dict.fromkeys(
        (InteractionName.LIKE, InteractionName.REPLY, InteractionName.DELETE_COMMENT),
        InteractionRule(),
    )

    def __init__(self) -> None:
        self.known: list[Mapping[str, Any]] = []

    async def list_comments(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        thread: Thread,
        page: PageRequest,
    ) -> CommentsPage:
        self.known.append(thread.known)
        return CommentsPage()

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> None:
        self.known.append(interaction.known)


async def test_engagement_gets_what_the_newest_publication_of_a_work_keeps(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    noting = Noting()
    connector = desk.rig.runtime.services.context.platforms.connector(Platform("youtube"))
    monkeypatch.setattr(connector, "engagement", noting)
    now = desk.rig.clock()
    done = {"stage": "done", "due_at": None, "work_id": "w1"}
    await desk.add("Old", **done, committed_at=now - 9, link_meta={"key": "old"})
    await desk.add("New", **done, committed_at=now, link_meta={"key": "new"})
    await desk.add("Else", **done, committed_at=now + 9, link_meta={}, account_id="other")
    work = {"accountId": desk.account, "platform": "youtube", "platformWorkId": "w1"}
    for asked in (work, {**work, "platformWorkId": "w2"}):
        assert (await desk.tool.get(COMMENTS, **asked)).code == 0
    about = f"?accountId={desk.account}"
    reply = {"platform": "youtube", "platformWorkId": "w1", "content": "x", "parentCommentId": "c"}
    assert (await desk.tool.post(COMMENTS + about, reply)).code == 0
    for name, data in (("like", {"platformWorkId": "w1"}), ("delete_comment", {"commentId": "w1"})):
        body = {"platform": "youtube", "name": name, "data": data}
        assert (await desk.tool.post(FUNCTION + about, body)).code == 0
    kept = {"key": "new"}
    assert noting.known == [kept, {}, kept, kept, {}]
