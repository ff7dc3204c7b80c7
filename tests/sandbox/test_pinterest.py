"""Pinterest: boards with their pins, new boards, and figures by day."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from openchannels.sandbox import create_sandbox

from .conftest import Client, walk
from .oauth_platforms import PINTEREST_API, PLATFORMS
from .oauth_protocol import bearer, login

PINTEREST = PLATFORMS["pinterest"]
SCOPES = "user_accounts:read,pins:read,boards:read,boards:write"
SECRET_SCOPES = f"{SCOPES},boards:read_secret,boards:write_secret"
MIDNIGHT = 1_900_022_400.0
"""2030-03-18T00:00:00Z."""
TODAY = datetime.fromtimestamp(MIDNIGHT, UTC).date()
BUSINESS, PERSONAL = "anna", "emil"


@pytest.fixture
async def midnight() -> AsyncIterator[Client]:
    """A sandbox in which the day has just begun, so that the counts of now are yesterday's."""
    async with AsyncTestClient(create_sandbox(clock=lambda: MIDNIGHT)) as client:
        client.follow_redirects = False
        yield client


async def head_of(client: Client, scope: str = SCOPES, person: str = "ida") -> dict[str, str]:
    return bearer(await login(client, PINTEREST, scope=scope, sandbox_person=person))


async def get(client: Client, head: dict[str, str], path: str, **query: str) -> Any:
    return await client.get(f"{PINTEREST_API}{path}", params=query, headers=head)


async def every_board(client: Client, head: dict[str, str], **query: str) -> list[str]:
    async def read(at: Any) -> tuple[list[str], Any]:
        more = {"bookmark": at} if at else {}
        body = (await get(client, head, "/boards", **query, **more)).json()
        return [board["id"] for board in body["items"]], body["bookmark"]

    return await walk(read, None)


async def test_boards_hold_the_pins_of_the_account(sandbox: Client) -> None:
    head = await head_of(sandbox, person="many")
    first = (await get(sandbox, head, "/boards", page_size="250")).json()
    second = {"page_size": "250", "bookmark": first["bookmark"]}
    boards = first["items"] + (await get(sandbox, head, "/boards", **second)).json()["items"]
    assert len({board["id"] for board in boards}) == 270
    account = (await get(sandbox, head, "/user_account")).json()
    assert sum(board["pin_count"] for board in boards) == account["pin_count"]
    assert {board["privacy"] for board in boards} == {"PUBLIC", "PROTECTED"}
    assert {board["is_ads_only"] for board in boards} == {True, False}
    assert {board["owner"]["username"] == account["username"] for board in boards} == {True, False}
    one = next(board for board in boards if board["pin_count"])
    pins = (await get(sandbox, head, f"/boards/{one['id']}/pins")).json()["items"]
    assert len(pins) == one["pin_count"]
    assert {pin["board_id"] for pin in pins} == {one["id"]}
    assert (await get(sandbox, head, f"/boards/{one['id']}")).json() == one


async def test_secret_boards_need_their_scope(sandbox: Client) -> None:
    open_head = await head_of(sandbox, person="many")
    secret_head = await head_of(sandbox, SECRET_SCOPES, "many")
    secret = await every_board(sandbox, secret_head, privacy="SECRET", page_size="250")
    assert len(secret) == 30
    assert await every_board(sandbox, open_head, privacy="SECRET") == []
    both = await every_board(sandbox, secret_head, privacy="PUBLIC_AND_SECRET", page_size="250")
    public = await every_board(sandbox, open_head, privacy="PUBLIC", page_size="250")
    assert sorted(both) == sorted(public + secret)
    for path, query, status, code in (
        (f"/boards/{secret[0]}", {}, 404, 40),
        ("/boards/1/pins", {}, 404, 40),
        ("/boards", {"privacy": "HIDDEN"}, 400, 1),
        ("/boards", {"page_size": "251"}, 400, 1),
        ("/boards", {"bookmark": "nonsense"}, 400, 1),
    ):
        refused = await get(sandbox, open_head, path, **query)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    without = await head_of(sandbox, "user_accounts:read,pins:read")
    assert (await get(sandbox, without, "/boards")).json()["code"] == 3


async def test_a_new_board_stays_and_its_name_is_taken(tmp_path: Path) -> None:
    url, file = f"{PINTEREST_API}/boards", tmp_path / "sandbox.sqlite"
    new = {"name": "Bowls", "description": "Ash glazes", "privacy": "PROTECTED"}
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        client.follow_redirects = False
        head = await head_of(client, person="empty")
        assert await every_board(client, head) == []
        made = await client.post(url, json=new, headers=head)
        assert made.status_code == 201
        assert made.json().items() >= new.items()
        for body, status, code in (
            ({"name": " bowls"}, 400, 58),
            ({"description": "no name"}, 400, 1),
            ({"name": ""}, 400, 1),
            ({"name": "x" * 51}, 400, 1),
            ({"name": "Cups", "privacy": "OPEN"}, 400, 1),
            ({"name": "Cups", "colour": "blue"}, 400, 1),
            ({"name": "Cups", "privacy": "SECRET"}, 401, 3),
        ):
            refused = await client.post(url, json=body, headers=head)
            assert (refused.status_code, refused.json()["code"]) == (status, code)
        reader = await head_of(client, "user_accounts:read,pins:read,boards:read", "empty")
        assert (await client.post(url, json=new, headers=reader)).json()["code"] == 3
    async with AsyncTestClient(create_sandbox(state_file=file)) as client:
        assert await every_board(client, head) == [made.json()["id"]]


def days(back: int, until: int = 0) -> dict[str, str]:
    start, end = TODAY - timedelta(days=back), TODAY - timedelta(days=until)
    return {"start_date": start.isoformat(), "end_date": end.isoformat()}


async def test_the_days_of_a_pin_add_up_to_its_metrics(midnight: Client) -> None:
    head = await head_of(midnight, person=BUSINESS)
    query = {"pin_metrics": "true", "pin_filter": "exclude_repins", "page_size": "12"}
    pins = (await get(midnight, head, "/pins", **query)).json()["items"]
    asked = {"metric_types": "IMPRESSION,PIN_CLICK,SAVE,SAVE_RATE,TOTAL_COMMENTS"} | days(90)
    before = [pin for pin in pins if pin["created_at"] < TODAY.isoformat()]
    measured = [pin for pin in before if pin["pin_metrics"]]
    assert len(measured) > 5
    for pin in measured:
        body = (await get(midnight, head, f"/pins/{pin['id']}/analytics", **asked)).json()["all"]
        whole, total = pin["pin_metrics"]["lifetime_metrics"], body["summary_metrics"]
        shown = [row["metrics"] for row in body["daily_metrics"] if row["metrics"]]
        assert sum(row["IMPRESSION"] for row in shown) == total["IMPRESSION"]
        assert total["IMPRESSION"] == whole["impression"] == pin["pin_metrics"]["90d"]["impression"]
        assert total["PIN_CLICK"] == whole["pin_click"]
        assert total["SAVE_RATE"] == (total["SAVE"] / total["IMPRESSION"] if shown else 0)
        assert body["lifetime_metrics"] == {"TOTAL_COMMENTS": whole["comment"]}
        states = [row["data_status"] for row in body["daily_metrics"]]
        assert len(states) == 91
        assert states[-2:] == ["ESTIMATE", "PROCESSING"]
        assert states[0] == "BEFORE_DATA_RETENTION_PERIOD"


async def test_an_account_counts_its_pins(midnight: Client) -> None:
    head = await head_of(midnight, person=BUSINESS)
    path = "/user_account/analytics"
    bodies = {
        source: (await get(midnight, head, path, source=source, **days(30))).json()["all"]
        for source in ("ALL", "YOUR_PINS", "OTHER_PINS")
    }
    sums = {source: body["summary_metrics"] for source, body in bodies.items()}
    account = (await get(midnight, head, "/user_account")).json()
    assert sums["ALL"]["IMPRESSION"] == account["monthly_views"]
    for name in ("IMPRESSION", "ENGAGEMENT", "SAVE"):
        assert sums["ALL"][name] == sums["YOUR_PINS"][name] + sums["OTHER_PINS"][name] > 0
    assert len(bodies["ALL"]["daily_metrics"]) == 31
    split = (await get(midnight, head, path, split_field="APP_TYPE", **days(7))).json()
    week = (await get(midnight, head, path, **days(7))).json()["all"]["summary_metrics"]
    assert set(split) == {"MOBILE", "TABLET", "WEB"}
    parts = [group["summary_metrics"]["IMPRESSION"] for group in split.values()]
    assert sum(parts) == week["IMPRESSION"]
    paid = (await get(midnight, head, path, content_type="PAID", **days(7))).json()["all"]
    assert paid["summary_metrics"]["IMPRESSION"] == 0


async def test_past_days_stay_and_differ_by_account(midnight: Client) -> None:
    path = "/user_account/analytics"

    async def past(person: str) -> list[dict[str, Any]]:
        body = (
            await get(midnight, await head_of(midnight, person=person), path, **days(30, 2))
        ).json()
        return body["all"]["daily_metrics"]

    before = await past(BUSINESS)
    assert before != await past("ida")
    await midnight.post("/_clock", json={"advanceSeconds": 5 * 86_400 + 7_000})
    assert await past(BUSINESS) == before


async def test_controls_reach_boards_and_figures(sandbox: Client) -> None:
    head = await head_of(sandbox)
    host = PINTEREST_API.strip("/").partition("/")[0]
    for path in ("/boards", "/pins/1/analytics", "/user_account/analytics"):
        for kind, status, code in (
            ("rate_limit", 429, 8),
            ("dead_grant", 401, 2),
            ("missing_scope", 401, 3),
            ("server_error", 500, 0),
        ):
            rule = {"host": host, "path": f"/v5{path}", "kind": kind, "person": "ida", "times": 1}
            await sandbox.post("/_faults", json=rule)
            failed = await get(sandbox, head, path)
            assert (failed.status_code, failed.json()["code"]) == (status, code)


async def test_what_analytics_refuse(midnight: Client) -> None:
    head = await head_of(midnight, person=BUSINESS)
    pins = (await get(midnight, head, "/pins", page_size="30")).json()["items"]
    image = next(pin for pin in pins if pin["media"]["media_type"] == "image")
    saved = next(pin for pin in pins if not pin["is_owner"])
    impressions = {"metric_types": "IMPRESSION"}
    of_image = f"/pins/{image['id']}/analytics"
    for path, query, status in (
        (of_image, days(7), 400),
        (of_image, impressions, 400),
        (of_image, impressions | days(91), 400),
        (of_image, impressions | days(1, 5), 400),
        (of_image, impressions | {"start_date": "30-11-2026", "end_date": "x"}, 400),
        (of_image, impressions | days(7) | {"start_date": "20300311"}, 400),
        (of_image, {"metric_types": "VIDEO_MRC_VIEW"} | days(7), 400),
        (of_image, {"metric_types": "ENGAGEMENT"} | days(7), 400),
        (of_image, impressions | days(7) | {"split_field": "SOURCE"}, 400),
        ("/pins/123/analytics", impressions | days(7), 404),
        (f"/pins/{saved['id']}/analytics", impressions | days(7), 403),
        ("/pins/analytics", impressions | days(7) | {"pin_ids": image["id"]}, 403),
        ("/user_account/analytics", days(91), 400),
        ("/user_account/analytics", days(7) | {"source": "MINE"}, 400),
    ):
        assert (await get(midnight, head, path, **query)).status_code == status, (path, query)
    person = await head_of(midnight, person=PERSONAL)
    assert (await get(midnight, person, "/user_account/analytics", **days(7))).status_code == 403
    without = await head_of(midnight, "pins:read,boards:read", BUSINESS)
    closed = await get(midnight, without, "/user_account/analytics", **days(7))
    assert (closed.status_code, closed.json()["code"]) == (401, 3)
