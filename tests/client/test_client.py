"""Every method of the SDK against a real service."""

import http.server
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from openchannels.client import ApiError, Client, Pick, TransportError, WaitTimeout
from tests.harness.waiting import PATIENCE

Approve = Callable[..., None]


def test_connect_and_list(client: Client, approve: Approve) -> None:
    started = client.start("youtube")
    assert started.auth_instructions.keys() == {"en-US", "zh-CN"}
    assert started.expires_at > datetime.now(UTC)
    with pytest.raises(WaitTimeout) as waited:
        client.wait("youtube", started.session_id, timeout=0.05, poll=0.01)
    assert waited.value.session.status == "pending"
    approve(started.url)
    session = client.wait("youtube", started.session_id, timeout=PATIENCE, poll=0.05)
    assert (session.status, session.ended) == ("completed", True)
    assert session.account_id == session.accounts[0].account_id == session.account_ids[0]

    state = client.auth_status(session.account_ids[0])
    assert state.status == 1
    assert state.scopes

    first = client.works("youtube", session.account_ids[0], limit=5)
    assert (len(first.items), first.pagination.mode) == (5, "cursor")
    second = client.works(
        "youtube", session.account_ids[0], limit=5, cursor=first.pagination.next_cursor
    )
    back = client.works(
        "youtube",
        session.account_ids[0],
        limit=5,
        cursor=second.pagination.previous_cursor,
        direction="previous",
    )
    assert [w.platform_work_id for w in back.items] == [w.platform_work_id for w in first.items]
    work = first.items[0]
    assert work.published_at is not None
    assert work.published_at.tzinfo is not None
    assert work.metrics.view_count


def test_walks_all_pages(client: Client, approve: Approve) -> None:
    started = client.start("youtube")
    approve(started.url)
    session = client.wait("youtube", started.session_id, timeout=PATIENCE, poll=0.05)
    works = list(client.iter_works("youtube", session.account_ids[0], limit=50))
    assert len({work.platform_work_id for work in works}) == len(works) > 100
    some = list(islice(client.iter_works("youtube", session.account_ids[0]), 3))
    assert some == works[:3]
    first, last = works[60].published_at, works[10].published_at
    part = client.iter_works("youtube", session.account_ids[0], limit=20, since=first, until=last)
    within = [w for w in works if w.published_at and first <= w.published_at < last]
    assert list(part) == within != []


def test_walks_numbered_pages(client: Client, approve: Approve) -> None:
    started = client.start("bilibili")
    approve(started.url)
    session = client.wait("bilibili", started.session_id, timeout=PATIENCE, poll=0.05)
    account_id = session.account_ids[0]
    page = client.works("bilibili", account_id, page=2, page_size=50)
    assert (page.pagination.mode, page.pagination.page) == ("page", 2)
    works = list(client.iter_works("bilibili", account_id, page_size=50))
    assert works == list(client.iter_works("bilibili", account_id))
    assert len({w.platform_work_id for w in works}) == len(works) == page.pagination.total
    first = works[70].published_at
    part = list(client.iter_works("bilibili", account_id, page_size=20, since=first))
    assert part == [w for w in works if w.published_at and w.published_at >= first] != []


def test_platforms(client: Client) -> None:
    by_name = {platform.platform: platform for platform in client.platforms()}
    youtube = by_name["youtube"]
    assert youtube.content_limits.modes == ("video",)
    assert youtube.media_rules.max_video_duration == 43_200
    assert youtube.capabilities["work"]["listWorks"] is True
    assert youtube.default_option["privacyStatus"] == "public"
    assert by_name["facebook"].empty_account_hint is not None
    (board,) = client.publish_options("pinterest")
    assert (board.field, board.requires_account) == ("boardId", True)
    assert board.create_schema is not None
    assert client.publish_options("xhs") == ()


def test_choice_among_several(client: Client, approve: Approve) -> None:
    started = client.start("facebook", redirect_uri="https://app.example/done")
    approve(started.url, "mara")
    waiting = client.wait("facebook", started.session_id, timeout=PATIENCE, poll=0.05)
    assert waiting.requires_selection
    offered = waiting.selectable_accounts
    assert len(offered) == 3
    with pytest.raises(ApiError) as refused:
        client.select(started.session_id, [Pick("nobody")])
    assert refused.value.code in (15083, 15084)
    done = client.select(started.session_id, [offered[0], Pick(offered[1].platform_uid)])
    assert len(done.account_ids) == 2


def test_denied(client: Client, approve: Approve) -> None:
    started = client.start("youtube")
    approve(started.url, decision="deny")
    session = client.wait("youtube", started.session_id, timeout=PATIENCE, poll=0.05)
    assert (session.status, session.error_code) == ("failed", 15013)
    assert session.error_message


def test_plugin_account(client: Client) -> None:
    account = client.create_account("xhs", uid="u9", nickname="川西", avatar="https://a.example/i")
    assert (account.id, account.nickname, account.status) == ("xhs_u9_web", "川西", 1)
    assert account.fans_count is None
    assert account.created_at <= datetime.now(UTC)


def test_errors_carry_code_details_and_request(client: Client) -> None:
    with pytest.raises(ApiError) as raised:
        client.create_account("xhs", uid="u9")
    error = raised.value
    assert error.code == 15092
    assert error.data["fields"] == ["nickname"]
    assert error.request_id
    assert error.request_id in str(error)


def test_ids_stay_one_segment(client: Client) -> None:
    for account_id in ("a b?c=d#e", "../auth/youtube"):
        with pytest.raises(ApiError) as raised:
            client.auth_status(account_id)
        assert raised.value.code == 12600


def test_language(service: tuple[str, Path], key: str) -> None:
    messages = []
    for language in ("en-US", "zh-CN"):
        with Client(service[0], key, language=language) as client:
            with pytest.raises(ApiError) as raised:
                client.start("nowhere")
            assert raised.value.code == 15032
            messages.append(raised.value.message)
    assert messages[0].isascii()
    assert not messages[1].isascii()


def test_a_wrong_key(service: tuple[str, Path]) -> None:
    with Client(service[0], "oc_wrong") as client, pytest.raises(ApiError) as raised:
        client.start("youtube")
    assert raised.value.code == 401


def test_no_connection() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Client(address, "oc_x", timeout=2) as client, pytest.raises(TransportError):
            client.start("youtube")
    with Client("no address", "oc_x") as client, pytest.raises(TransportError):
        client.start("youtube")


@pytest.fixture(params=[b"<h1>Bad gateway</h1>", b"[]", b'{"code": 0}', b'{"code":0,"data":{}}'])
def stranger(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server that is none of ours."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(502)
            self.send_header("Content-Length", str(len(request.param)))
            self.end_headers()
            self.wfile.write(request.param)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_answers_nobody_can_read(stranger: str) -> None:
    with Client(stranger, "oc_x") as client, pytest.raises(TransportError, match="HTTP 502"):
        client.start("youtube")


SECRET = "oc_" + "S" * 43


@pytest.mark.parametrize("key", [f"{SECRET}\n", f"  {SECRET}", f"\t{SECRET}\r\n"])
def test_white_space_around_the_key_is_no_part_of_it(service: tuple[str, Path], key: str) -> None:
    with Client(service[0], key) as client, pytest.raises(ApiError) as refused:
        client.auth_status("x")
    assert refused.value.code == 401


@pytest.mark.parametrize(
    "key", ["", " ", f"{SECRET}\nX: y", f"{SECRET} x", f"{SECRET}\x00", f"é{SECRET}"]
)
def test_a_key_that_is_none_is_refused_unseen(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as refused:
        Client("http://127.0.0.1:1", key)
    assert SECRET not in everything_about(refused.value)


def test_nothing_shows_the_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Client("http://127.0.0.1:1", f"{SECRET}\n", timeout=5) as client:
        assert SECRET not in repr(client) + str(vars(client))
        with pytest.raises(TransportError) as failed:
            client.auth_status("x")
    assert SECRET not in everything_about(failed.value)
    assert SECRET not in caplog.text


def everything_about(error: BaseException) -> str:
    """The traceback, and the attributes of all exceptions in the chain and of their requests."""
    shown = traceback.format_exception(error)
    chained: BaseException | None = error
    while chained is not None:
        shown.append(repr(vars(chained)))
        request = getattr(chained, "_request", None)
        shown.append(repr(getattr(request, "headers", None)))
        chained = chained.__cause__ or chained.__context__
    return "".join(shown)


def test_groups_from_making_to_deleting(client: Client) -> None:
    made = client.groups.create("tour", rank=9, proxy_ip="10.0.0.1", browser_config={"a": 1})
    assert (made.proxy_ip, made.has_browser_config, made.is_default) == ("10.0.0.1", True, False)
    changed = client.groups.update(made.id, name="route", remove_browser_config=True)
    assert (changed.name, changed.rank, changed.has_browser_config) == ("route", 9, False)
    assert client.groups.list()[-1] == changed
    account = client.create_account("xhs", uid="grouped", nickname="n", group_id=made.id)
    client.groups.sort_accounts(made.id, {account.id: 4})
    client.update_account(account.id, nickname="renamed")
    shown = client.account(account.id)
    assert (shown.rank, shown.nickname, shown.reason) == (4, "renamed", None)
    assert shown in client.accounts([account.id, "unknown"]).list
    assert client.accounts(group_ids=[made.id]).list == (shown,)
    assert account.id in {one.id for one in client.accounts(platforms=["xhs"], status=1).list}
    assert client.groups.delete([made.id])
    assert not client.groups.delete([made.id])


def test_a_link_names_its_work(client: Client) -> None:
    found = client.link_info("bilibili", "https://www.bilibili.com/video/BV1Xk4y1m7Qe?p=2")
    assert found.work is not None
    assert (found.work.id, found.work.media_type) == ("BV1Xk4y1m7Qe", "video")
    assert found.extra is not None
    assert (found.extra.data_id, found.message) == ("BV1Xk4y1m7Qe", None)
    assert client.link_info("youtube", "nonsense").message == "Account required"
