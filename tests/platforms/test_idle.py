"""Grants that nobody uses, kept alive by what is due and by nothing more."""

import pytest

from openchannels.store.queries import credentials
from openchannels.transport.client import HttpClient
from tests.connectors.test_lives import LIVES
from tests.platforms.cases import BY_NAME
from tests.platforms.live import Live, Recorder
from tests.platforms.test_tokens import http

__all__ = ["http"]

DAY = 86_400
WATCHED = 400 * DAY
KEPT = tuple(name for name, (_, days) in LIVES.items() if days is not None)
MOST_CALLS = {
    # 27 days at a time by two calls; the last time an access token is all there is to be had.
    "douyin": 11,
    "youtube": 2,
    "bilibili": 14,
    "twitter": 2,
    "tiktok": 1,
    # The person's token is extended, then the Page's fetched by it.
    "facebook": 16,
    "instagram": 8,
    "threads": 8,
    "pinterest": 8,
    "google_business": 2,
}
"""Calls in 400 days."""


@pytest.mark.parametrize("platform", KEPT)
async def test_an_idle_grant_lives_on(live: Live, platform: str, http: HttpClient) -> None:
    connector, clock = BY_NAME[platform], live.service.clock
    # Due times lie whole days apart, and the last of them on the very end of the watch.
    clock.hold()
    account_id = live.connect(platform, "idle")[0]
    tokens, began = live.tokens(account_id), clock()
    context = live.service.services.context
    row = live.service.run(context.db.read(credentials.get, account_id))
    assert row is not None
    # The service is not to refresh it as well.
    live.service.run(context.db.write(credentials.delete_version, account_id, row.version))
    recorder = Recorder(http)
    line, since = live.platform_client(platform, recorder), clock()
    while (
        due := connector.auth.next_refresh_at(tokens, since)
    ) is not None and due <= began + WATCHED:
        clock.advance(due - clock())
        tokens, since = await connector.auth.refresh(line, tokens), clock()
    assert len(recorder.calls) == MOST_CALLS[platform]
    end = connector.auth.grant_end(tokens)
    if platform == "douyin":
        # Five renewals, three days before each end, and what the last access token serves.
        assert end is not None
        assert round((end - began) / DAY) == 30 + 5 * 27 - 3 + 15
        return
    assert end is None or end > began + WATCHED
    # A token of Instagram's or Threads' can be extended again from its second day on.
    clock.advance(max(0.0, began + WATCHED + 2 * DAY - clock()))
    assert connector.auth.refreshable(tokens, clock())
    assert await connector.auth.refresh(line, tokens)
