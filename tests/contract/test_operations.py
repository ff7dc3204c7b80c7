"""The five founding operations over the wire, held against the seeds, over both stores."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.contract.conftest import FIVE, OAUTH, Workspace
from tests.contract.seeds import DATE_TIME, assert_published, document
from tests.harness.paths import ACCOUNTS, AUTH, WORKS

START = AUTH + "/{platform}"
STATUS = AUTH + "/{platform}/status/{sessionId}"
STATE = ACCOUNTS + "/{accountId}/auth-status"
LIST = WORKS + "/{platform}"
LANGUAGES = ["en-US", "zh-CN"]
SUCCESS = ["data", "code", "message", "requestId"]

ACCOUNT_ORDER = [
    "id", "userId", "type", "clientType", "uid", "account", "loginTime", "avatar", "nickname",
    "fansCount", "followingCount", "readCount", "likeCount", "collectCount", "forwardCount",
    "commentCount", "lastStatsTime", "workCount", "income", "groupId", "status", "rank",
    "relayAccountRef", "createdAt", "updatedAt", "reason", "advice", "expiresAt",
]  # fmt: skip
ALWAYS = {"id", "userId", "type", "uid", "nickname", "groupId", "status", "rank"}
ALWAYS |= {"createdAt", "updatedAt"}


@pytest.fixture(params=LANGUAGES)
def client(request: pytest.FixtureRequest, workspace: Workspace) -> httpx2.Client:
    return workspace.service.client_of(headers={"Accept-Language": request.param})


def assert_good(answer: httpx2.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 200
    assert body["code"] == 0, body
    assert list(body) == SUCCESS
    assert body["message"] == "请求成功"
    assert no_nulls(body), "absent optional fields are left out, never null"
    return body


def no_nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return all(no_nulls(item) for item in value.values())
    if isinstance(value, list):
        return all(no_nulls(item) for item in value)
    return value is not None


def in_order(names: list[str], order: list[str]) -> bool:
    return names == [name for name in order if name in names]


def properties(name: str) -> list[str]:
    return list(document()["components"]["schemas"][name]["properties"])


# GET accounts/auth/{platform}


@pytest.mark.parametrize("platform", OAUTH)
def test_start(client: httpx2.Client, platform: str) -> None:
    answer = assert_good(client.get(f"{AUTH}/{platform}"))
    data = assert_published("get", START, answer)
    assert re.fullmatch(r"[A-Za-z0-9_-]{16}", data["sessionId"])
    assert urlsplit(data["url"]).query
    assert data["sessionId"] not in data["url"], "the public id never travels as the state"
    assert in_order(list(data), properties("AuthStartVo"))
    if "authInstructions" in data:
        assert set(data["authInstructions"]) == {"en-US", "zh-CN"}
    assert "set-cookie" not in client.get(f"{AUTH}/{platform}").headers


def test_start_takes_its_parameters(client: httpx2.Client, workspace: Workspace) -> None:
    group = workspace.service.hand_in("xhs")["groupId"]
    query = {
        "callbackUrl": "http://localhost:9000/back",
        "redirectUri": "https://app.example/done",
        "groupId": group,
    }
    assert_published("get", START, assert_good(client.get(f"{AUTH}/youtube", params=query)))


# GET accounts/auth/{platform}/status/{sessionId}


def test_pending(client: httpx2.Client) -> None:
    session = client.get(f"{AUTH}/youtube").json()["data"]["sessionId"]
    data = assert_published(
        "get", STATUS, assert_good(client.get(f"{AUTH}/youtube/status/{session}"))
    )
    assert set(data) == {"sessionId", "status", "requiresSelection", "expiresAt"}
    assert (data["status"], data["requiresSelection"]) == ("pending", False)


@pytest.mark.parametrize("platform", OAUTH)
def test_completed(client: httpx2.Client, workspace: Workspace, platform: str) -> None:
    session = workspace.done[platform].session_id
    data = assert_published(
        "get", STATUS, assert_good(client.get(f"{AUTH}/{platform}/status/{session}"))
    )
    assert (data["status"], data["requiresSelection"]) == ("completed", False)
    assert data["accountId"] == workspace.accounts[platform]
    assert data["accountIds"] == [data["accountId"]]
    (connected,) = data["accounts"]
    assert connected["accountId"] == data["accountId"]
    assert connected["platform"] == platform
    assert connected["displayName"]
    assert data["accountId"].startswith(f"{platform}_{connected['platformUid']}")
    assert not {"selectableAccounts", "errorCode"} & set(data)


def test_selection_required(client: httpx2.Client, workspace: Workspace) -> None:
    session = workspace.choosing.session_id
    data = assert_published(
        "get", STATUS, assert_good(client.get(f"{AUTH}/facebook/status/{session}"))
    )
    assert (data["status"], data["requiresSelection"]) == ("pending", True)
    assert len(data["selectableAccounts"]) == 3
    for offer in data["selectableAccounts"]:
        assert offer["platform"] == "facebook"
        assert set(offer) <= {
            *("platform", "platformUid", "account", "displayName", "avatarUrl"),
            "parentPlatformUid",
        }
    assert not {"accountId", "accounts"} & set(data)


def test_failed(client: httpx2.Client, workspace: Workspace) -> None:
    session = workspace.denied.session_id
    data = assert_published(
        "get", STATUS, assert_good(client.get(f"{AUTH}/youtube/status/{session}"))
    )
    assert (data["status"], data["requiresSelection"], data["errorCode"]) == (
        "failed",
        False,
        15013,
    )
    chinese = client.headers["accept-language"] == "zh-CN"
    assert data["errorMessage"].isascii() is not chinese
    assert data["errorData"]["platform"] == "youtube"


# GET accounts/{accountId}/auth-status


@pytest.mark.parametrize("platform", FIVE)
def test_auth_status(client: httpx2.Client, workspace: Workspace, platform: str) -> None:
    answer = assert_good(client.get(f"{ACCOUNTS}/{workspace.accounts[platform]}/auth-status"))
    data = assert_published("get", STATE, answer)
    assert data["status"] == 1
    for name in ("expiresAt", "refreshExpiresAt", "checkedAt"):
        assert name not in data or DATE_TIME.fullmatch(data[name])


# GET works/{platform}


@pytest.mark.parametrize("platform", ["youtube", "facebook", "bilibili", "wxSph"])
def test_works(client: httpx2.Client, workspace: Workspace, platform: str) -> None:
    params = {"accountId": workspace.accounts[platform]}
    data = assert_published(
        "get", LIST, assert_good(client.get(f"{WORKS}/{platform}", params=params))
    )
    assert data["platform"] == platform
    assert list(data) == ["platform", "items", "pagination"]
    assert data["items"]
    item_schema = document()["components"]["schemas"]["ChannelWorkListVo"]["properties"]["items"]
    order = list(item_schema["items"]["properties"])
    for item in data["items"]:
        assert in_order(list(item), order)
        assert item["platformWorkId"]
    ids = [item["platformWorkId"] for item in data["items"]]
    assert len(set(ids)) == len(ids)
    page = data["pagination"]
    assert page["hasNext"] is True
    assert page["hasPrevious"] is False
    if page["mode"] == "cursor":
        params["pagination[cursor]"] = page["nextCursor"]
    else:
        assert (page["page"], page["pageSize"]) == (1, 20)
        params |= {"pagination[page]": "2", "pagination[pageSize]": "20"}
    more = assert_published(
        "get", LIST, assert_good(client.get(f"{WORKS}/{platform}", params=params))
    )
    assert not {item["platformWorkId"] for item in more["items"]} & set(ids)


def test_works_take_the_limit(client: httpx2.Client, workspace: Workspace) -> None:
    params = {"accountId": workspace.accounts["facebook"], "pagination[limit]": "3"}
    data = assert_published(
        "get", LIST, assert_good(client.get(f"{WORKS}/facebook", params=params))
    )
    assert len(data["items"]) == data["pagination"]["limit"] == 3


# POST accounts


@pytest.mark.parametrize("platform", ["xhs", "wxSph"])
def test_create(client: httpx2.Client, workspace: Workspace, platform: str) -> None:
    body = workspace.service.plugin_body(platform)
    answer = assert_good(client.post(ACCOUNTS, json=body))
    assert_published("post", ACCOUNTS, answer)
    account = answer["data"]
    names = list(account)
    assert set(names) >= ALWAYS
    assert in_order(names, ACCOUNT_ORDER), names
    assert not {"relayAccountRef", "income", "loginCookie"} & set(names)
    assert account["type"] == platform
    assert (account["status"], account["rank"], account["userId"]) == (1, 1, "acme")
    assert re.fullmatch(r"[0-9a-f]{24}", account["groupId"])
    for name in ("loginTime", "lastStatsTime", "createdAt", "updatedAt"):
        assert name not in account or DATE_TIME.fullmatch(account[name])
    for name in (name for name in names if name.endswith("Count")):
        assert type(account[name]) is int
    suffix = "_web" if platform == "xhs" else ""
    assert account["id"] == f"{platform}_{account['uid']}{suffix}"
    assert account.get("clientType") == ("web" if platform == "xhs" else None)
    assert body["loginCookie"] not in str(account)


def test_names_given_win_and_survive(workspace: Workspace) -> None:
    client = workspace.service.client_of("namer")
    body = workspace.service.plugin_body("wxSph", "pia")
    named = client.post(ACCOUNTS, json={**body, "nickname": "我的号", "avatar": ""}).json()["data"]
    assert named["nickname"] == "我的号"
    again = client.post(ACCOUNTS, json=body).json()["data"]
    assert (again["id"], again["nickname"]) == (named["id"], "我的号")
    assert again["createdAt"] == named["createdAt"]


def test_counters_nobody_knows_are_left_out(workspace: Workspace) -> None:
    body = {"type": "xhs", "uid": "unproved-1", "nickname": "川"}
    account = workspace.service.client_of().post(ACCOUNTS, json=body).json()["data"]
    assert not [name for name in account if name.endswith("Count")]
    assert "avatar" not in account


def test_seeds_are_what_these_tests_cover() -> None:
    tested = {("get", START), ("get", STATUS), ("get", STATE), ("get", LIST), ("post", ACCOUNTS)}
    published = {(m, path) for path, item in document()["paths"].items() for m in item}
    assert published == tested


def test_the_seeds_can_refuse() -> None:
    """The validators are worth something: spoilt answers do not pass."""
    good_page = {"mode": "cursor", "hasNext": False, "hasPrevious": False, "limit": 1}
    for spoilt in (
        {"platform": "youtube", "items": [], "pagination": {**good_page, "limit": 0}},
        {"platform": "YouTube", "items": [], "pagination": good_page},
        {"platform": "youtube", "items": [{"contentMode": "video"}], "pagination": good_page},
        {"platform": "youtube", "items": [], "pagination": {"mode": "page"}},
        {
            "platform": "youtube",
            "items": [{"platformWorkId": "a", "contentMode": "video", "publishedAt": "2026-01-01"}],
            "pagination": good_page,
        },
    ):
        with pytest.raises(AssertionError):
            assert_published("get", LIST, {"data": spoilt, "code": 0, "message": ""})
    fine = {"platform": "youtube", "items": [], "pagination": good_page}
    assert_published("get", LIST, {"data": fine, "code": 0, "message": ""})
