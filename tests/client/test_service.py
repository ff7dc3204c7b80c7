"""Both clients against the real service."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import httpx2
import pytest

from openchannels.client import (
    AuthenticationError,
    Client,
    Conflict,
    NotFound,
    Pick,
    PlatformUnavailable,
    RateLimited,
    ReconnectNeeded,
    Unsupported,
    ValidationError,
    WaitTimeout,
    Work,
)
from tests.client.both import BothClients, listed, settled
from tests.client.stub import Answer, Received, Stub, success
from tests.harness.service import Service
from tests.harness.waiting import PATIENCE

Approve = Callable[..., None]
Open = Callable[..., BothClients]


async def connected(client: BothClients, approve: Approve, platform: str, **consent: str) -> str:
    connection = await settled(client.connect(platform))
    approve(connection.url, **consent)
    session = await settled(connection.wait(timeout=PATIENCE, poll=0.02))
    return str(session.account_ids[0])


async def test_connect_and_list(client: BothClients, approve: Approve) -> None:
    connection = await settled(client.connect("youtube"))
    assert connection.started.auth_instructions.keys() == {"en-US", "zh-CN"}
    with pytest.raises(WaitTimeout) as waited:
        await settled(connection.wait(timeout=0))
    assert waited.value.session.status == "pending"
    approve(connection.url)
    session = await settled(connection.wait(timeout=PATIENCE, poll=0.02))
    assert (session.status, session.ended) == ("completed", True)
    (account,) = session.accounts
    state = await settled(client.accounts.status(account.account_id))
    assert state.status == 1
    assert state.scopes

    where = ("youtube", account.account_id)
    first = await settled(client.works.list(*where, limit=5))
    assert (len(first.items), first.pagination.mode) == (5, "cursor")
    at = first.pagination.next_cursor
    second = await settled(client.works.list(*where, limit=5, cursor=at))
    back = await settled(
        client.works.list(
            *where, limit=5, cursor=second.pagination.previous_cursor, direction="previous"
        )
    )
    assert back.items == first.items
    work = first.items[0]
    assert work.published_at.tzinfo is not None
    assert work.metrics.view_count
    single = await settled(client.works.get("youtube", work.platform_work_id, account.account_id))
    assert single.work.title == work.title
    owned = await settled(
        client.works.verify_ownership("youtube", work.platform_work_id, account.account_id)
    )
    assert owned.owned


def ids(works: list[Work]) -> list[str]:
    """Their figures go on growing meanwhile."""
    return [work.platform_work_id for work in works]


@pytest.mark.parametrize("platform", ["youtube", "bilibili"])
async def test_all_works_by_cursor_or_by_number(
    platform: str, client: BothClients, approve: Approve
) -> None:
    account_id = await connected(client, approve, platform)
    works = await listed(client.works.iter(platform, account_id))
    assert len({work.platform_work_id for work in works}) == len(works) > 100
    dates = [work.published_at for work in works if work.published_at]
    since, until = dates[70], dates[10]
    part = await listed(client.works.iter(platform, account_id, since=since, until=until))
    within = [w for w in works if w.published_at and since <= w.published_at < until]
    assert ids(part) == ids(within) != []
    some = client.works.iter(platform, account_id)
    begun = await listed(some, 63)
    rest = client.works.iter(platform, account_id, position=some.position)
    assert ids(begun + await listed(rest)) == ids(works)
    assert await listed(client.works.iter(platform, account_id, position=rest.position)) == []
    with pytest.raises(ValueError, match="position"):
        client.works.iter(platform, account_id, position="somewhere")


async def test_a_choice_among_several(client: BothClients, approve: Approve) -> None:
    connection = await settled(client.connect("facebook", redirect_uri="https://app.example/done"))
    approve(connection.url, "mara")
    waiting = await settled(connection.wait(timeout=PATIENCE, poll=0.02))
    assert waiting.requires_selection
    offered = waiting.selectable_accounts
    with pytest.raises((ValidationError, Conflict)):
        await settled(connection.select([Pick("nobody")]))
    done = await settled(connection.select([offered[0], Pick(offered[1].platform_uid)]))
    assert len(done.account_ids) == 2
    sessions = await settled(client.auth.sessions(platform="facebook"))
    assert connection.session_id in {one.session_id for one in sessions}


async def test_a_denied_and_a_cancelled_connection(client: BothClients, approve: Approve) -> None:
    connection = await settled(client.connect("youtube"))
    approve(connection.url, decision="deny")
    session = await settled(connection.wait(timeout=PATIENCE, poll=0.02))
    assert (session.status, session.error_code) == ("failed", 15013)
    another = await settled(client.connect("youtube"))
    assert (await settled(client.auth.cancel(another.session_id))).status == "failed"


async def test_comments_are_written_answered_and_deleted(
    client: BothClients, approve: Approve
) -> None:
    connection = await settled(client.connect("youtube", purpose=["read", "engage"]))
    approve(connection.url)
    session = await settled(connection.wait(timeout=PATIENCE, poll=0.02))
    account_id = session.account_ids[0]
    status = await settled(client.accounts.status(account_id))
    assert {"read", "engage"} <= {*status.purposes}
    works = (await settled(client.works.list("youtube", account_id, limit=20))).items
    work = next(one for one in works if one.metrics.comment_count)
    where = ("youtube", account_id, work.platform_work_id)
    before = await listed(client.engagement.iter_comments(*where))
    first = await settled(client.engagement.comments(*where, limit=1))
    assert (len(first.items), first.pagination.mode) == (1, "cursor")
    assert first.items[0].created_at.tzinfo is not None
    written = await settled(client.engagement.comment(*where, "Cone 10."))
    assert (written.action_type, written.target_type) == ("comment", "work")
    reader = before[0].platform_comment_id
    answer = await settled(client.engagement.comment(*where, "Cone 6.", parent_comment_id=reader))
    assert (answer.action_type, answer.target_id) == ("reply", reader)
    answers = await listed(client.engagement.iter_comments(*where, parent_comment_id=reader))
    assert answer.platform_action_id in [one.platform_comment_id for one in answers]
    for made in (answer, written):
        gone = await settled(
            client.engagement.call(*where[:2], "delete_comment", comment_id=made.platform_action_id)
        )
        assert gone.success
    after = await listed(client.engagement.iter_comments(*where))
    assert [one.content for one in after] == [one.content for one in before]
    with pytest.raises(Unsupported):
        await settled(client.engagement.call(*where[:2], "quote", work_id="1", content="x"))


async def test_comments_by_page_number(open_client: Open, stub: Stub) -> None:
    def page(request: Received) -> Answer:
        number = int(request.query.get("pagination[page]", "1"))
        comment = {"platformCommentId": str(number), "content": "text"}
        at = {"mode": "page", "page": number, "pageSize": 50, "hasNext": number < 3}
        return success({"platform": "wxGzh", "items": [comment], "pagination": at})

    stub.answer = page
    client = open_client(stub.url, "oc_x")
    found = await listed(client.engagement.iter_comments("wxGzh", "a", "1"))
    assert [one.platform_comment_id for one in found] == ["1", "2", "3"]
    asked = [
        (one.query.get("pagination[page]"), one.query.get("pagination[pageSize]"))
        for one in stub.calls
    ]
    assert asked == [(None, None), ("2", "50"), ("3", "50")]


async def test_accounts_and_groups(client: BothClients) -> None:
    group = await settled(client.groups.create("tour", rank=9, browser_config={"a": 1}))
    assert (group.has_browser_config, group.is_default) == (True, False)
    changed = await settled(
        client.groups.update(group.id, name="route", remove_browser_config=True)
    )
    assert (changed.name, changed.rank, changed.has_browser_config) == ("route", 9, False)
    assert changed in await settled(client.groups.list())
    uid = f"u{group.id}"
    account = await settled(
        client.accounts.create("xhs", uid=uid, nickname="川西", group_id=group.id)
    )
    assert (account.id, account.status) == (f"xhs_{uid}_web", 1)
    await settled(client.groups.sort_accounts(group.id, {account.id: 4}))
    await settled(client.accounts.update(account.id, nickname="renamed"))
    shown = await settled(client.accounts.get(account.id))
    assert (shown.rank, shown.nickname, shown.reason) == (4, "renamed", None)
    assert (await settled(client.accounts.list([account.id, "unknown"]))).list == (shown,)
    assert await listed(client.accounts.iter(group_ids=[group.id], platforms=["xhs"])) == [shown]
    assert await settled(client.accounts.delete_many([account.id, "xhs_none_web"])) == (account.id,)
    assert await settled(client.groups.delete([group.id]))
    assert not await settled(client.groups.delete([group.id]))


async def test_reconnect_revoke_and_delete(client: BothClients, approve: Approve) -> None:
    account_id = await connected(client, approve, "pinterest", person="leaving")
    again = await settled(client.accounts.reconnect(account_id))
    approve(again.url, person="leaving")
    assert (await settled(client.auth.session("pinterest", again.session_id))).ended
    assert (await settled(client.accounts.revoke(account_id))).siblings == ()
    state = await settled(client.accounts.status(account_id))
    assert (state.status, state.reason) == (0, "revoked")
    assert state.advice.keys() == {"en-US", "zh-CN"}
    await settled(client.accounts.delete(account_id))
    with pytest.raises(NotFound):
        await settled(client.accounts.get(account_id))
    entries = await listed(client.audit.iter(account_id=account_id))
    assert entries[-1].action
    assert {entry.account_id for entry in entries} == {account_id}


async def test_figures(client: BothClients, approve: Approve) -> None:
    account_id = await connected(client, approve, "youtube", person="figures")
    found = await settled(client.accounts.analytics(account_id))
    assert found.metrics.fans_count is not None
    (work,) = (await settled(client.works.list("youtube", account_id, limit=1))).items
    where = ("youtube", work.platform_work_id, account_id)
    now = await settled(client.works.analytics(*where))
    assert now.metrics.view_count == work.metrics.view_count
    kept = await listed(client.works.iter_history(*where))
    assert now.snapshot_id in {one.id for one in kept}
    assert (await settled(client.platforms.usage())).used


async def test_platforms_and_options(client: BothClients, approve: Approve) -> None:
    by_name = {one.platform: one for one in await settled(client.platforms.list())}
    assert by_name["youtube"].media_rules.max_video_duration == 43_200
    assert by_name["facebook"].empty_account_hint is not None
    matrix = {one.platform: one for one in await settled(client.platforms.availability())}
    assert matrix["youtube"].lists_works
    (board,) = await settled(client.platforms.publish_options("pinterest"))
    assert board.create_schema is not None
    account_id = await connected(client, approve, "pinterest")
    values = await settled(client.options.values(account_id, board.field))
    assert values.items
    link = await settled(
        client.works.link_info("bilibili", "https://www.bilibili.com/video/BV1Xk4y1m7Qe?p=2")
    )
    assert (link.work.id, link.message) == ("BV1Xk4y1m7Qe", None)


async def test_any_operation_by_its_path(client: BothClients) -> None:
    path = "/api/v2/channels/account-groups"
    made = await settled(client.request("post", path, body={"name": "raw"}))
    assert made["id"] in {one["id"] for one in await settled(client.request("GET", path))}
    await settled(client.request("DELETE", path, query={"ids[]": [made["id"]]}))
    for elsewhere in ("https://elsewhere.example/api", "api/v2"):
        with pytest.raises(ValueError, match="slash"):
            await settled(client.request("GET", elsewhere))


async def test_errors_say_what_is_wrong(client: BothClients) -> None:
    with pytest.raises(ValidationError) as invalid:
        await settled(client.accounts.create("xhs", uid="u9"))
    error = invalid.value
    assert (error.code, error.data["fields"], error.retryable) == (15092, ["nickname"], False)
    assert error.request_id
    assert error.request_id in str(error)
    with pytest.raises(ValidationError) as invalid:
        await settled(client.works.list("youtube", ""))
    assert invalid.value.issues[0]["path"] == "accountId"
    with pytest.raises(Unsupported):
        await settled(client.auth.start("nowhere"))
    for account_id in ("a b?c=d#e", "../auth/youtube"):
        with pytest.raises(NotFound):
            await settled(client.accounts.status(account_id))
    with pytest.raises(ValueError, match="time zone"):
        await settled(client.audit.list(since=datetime(2026, 1, 1)))


@pytest.mark.parametrize("wrong", ["", ".", ".."])
async def test_an_id_that_no_path_holds_is_refused(client: BothClients, wrong: str) -> None:
    """The path would be that of another operation, such as the list."""
    for call in (
        lambda: client.works.get("youtube", wrong, "a"),
        lambda: client.accounts.get(wrong),
        lambda: client.webhooks.delete(wrong),
    ):
        with pytest.raises(ValueError, match="cannot be an id"):
            await settled(call())


async def test_times_of_any_zone_are_sent(client: BothClients) -> None:
    """Local mean times have seconds in their offset."""
    mean = timezone(timedelta(hours=8, minutes=5, seconds=43))
    for since in (datetime(1900, 1, 1, tzinfo=mean), datetime(2026, 1, 1, tzinfo=mean)):
        assert (await settled(client.audit.list(since=since))).list
    with pytest.raises(ValueError, match="years"):
        await settled(client.audit.list(since=datetime(1, 1, 1, tzinfo=mean)))


async def test_an_account_that_a_person_must_connect_again(
    client: BothClients, approve: Approve, hosted: Service
) -> None:
    """When it is noticed, and from then on."""
    account_id = await connected(client, approve, "tiktok", person="gone")
    hosted.sandbox.post("/_grants/revoke", json={"platform": "tiktok", "person": "gone"})
    for _ in range(2):
        with pytest.raises(ReconnectNeeded) as refused:
            await settled(client.works.list("tiktok", account_id))
        assert refused.value.reason == "grant_dead"
        assert refused.value.advice is not None
        assert refused.value.advice.startswith("TikTok no longer accepts")
        assert refused.value.data["accountId"] == account_id


@pytest.mark.parametrize(
    ("fault", "error"), [("rate_limit", RateLimited), ("status", PlatformUnavailable)]
)
async def test_failures_of_a_platform(
    fault: str, error: type[Exception], open_client: Open, hosted: Service, key: str
) -> None:
    account_id = hosted.account("twitter", f"failing-{fault}")
    client = open_client(hosted.url, key, max_retries=0)
    hosted.fault(host="api.x.com", kind=fault, times=50, status=503)
    try:
        with pytest.raises(error) as failed:
            await settled(client.works.list("twitter", account_id))
    finally:
        hosted.reset_sandbox()
        hosted.clock.advance(3600)
    assert failed.value.retryable  # type: ignore[attr-defined]


async def test_language(open_client: Open, hosted: Service, key: str) -> None:
    messages = []
    for language in ("en-US", "zh-CN"):
        with pytest.raises(Unsupported) as raised:
            await settled(open_client(hosted.url, key, language=language).auth.start("nowhere"))
        messages.append(raised.value.message)
    assert messages[0].isascii()
    assert not messages[1].isascii()


async def test_a_wrong_key(open_client: Open, hosted: Service) -> None:
    with pytest.raises(AuthenticationError):
        await settled(open_client(hosted.url, "oc_wrong").auth.start("youtube"))


async def test_events_are_polled(client: BothClients, hosted: Service, approve: Approve) -> None:
    hosted.clock.advance(10)
    seen = await listed(client.events.iter())
    account_id = await connected(client, approve, "youtube", person=f"event{len(seen)}")
    hosted.clock.advance(10)
    last = seen[-1].sequence if seen else 0
    found = await listed(client.events.follow(last, poll=0.01), 1)
    assert [(one.type, one.data["accountId"]) for one in found] == [
        ("account.connected", account_id)
    ]
    assert (await settled(client.events.list(last, limit=1))).list == tuple(found)
    ago = datetime.now(UTC) - timedelta(days=30)
    assert found[0].timestamp > ago


class _LostOnce(httpx2.HTTPTransport):
    """Loses the first answer to a POST, after the service has acted."""

    lost = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = super().handle_request(request)
        if request.method == "POST" and not self.lost:
            answer.read()
            answer.close()
            self.lost = True
            raise httpx2.ReadError("cut", request=request)
        return answer


def test_an_answer_that_is_lost_makes_no_second_group(hosted: Service, key: str) -> None:
    # From the idempotency keys of the service on.
    transport = _LostOnce()
    with Client(hosted.url, key, transport=transport) as client:
        made = client.groups.create("made once")
        assert transport.lost
        assert [one.id for one in client.groups.list() if one.name == "made once"] == [made.id]
