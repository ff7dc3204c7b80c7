"""Which check comes first: behaviour.md 1.3, 1.7, 2.3 and 4.1, with the design's decisions."""

from typing import Any

import pytest

from tests.contract.conftest import Workspace
from tests.harness.paths import ACCOUNTS, AUTH, WORKS
from tests.harness.waiting import wait_until

NO_GROUP = "0" * 24


def assert_code(workspace: Workspace, path: str, code: int, **options: Any) -> dict[str, Any]:
    """`data` of a failure that must have this code."""
    user = options.pop("user", "acme")
    method = "POST" if "json" in options else "GET"
    body = workspace.service.client_of(user).request(method, path, **options).json()
    assert body["code"] == code, body
    data: dict[str, Any] = body["data"]
    return data


def paths(data: dict[str, Any]) -> list[str]:
    return [issue["path"] for issue in data["issues"]]


# Start


@pytest.mark.parametrize(
    ("platform", "query", "code", "data"),
    [
        ("nonsense", {"callbackUrl": "ftp://x"}, 10002, None),
        ("xhs", {"redirectUri": "javascript:1"}, 10002, None),
        ("nonsense", {"groupId": NO_GROUP}, 15032, {"platform": "nonsense"}),
        ("youtube", {"groupId": NO_GROUP}, 12601, {}),
        ("youtube", {"groupId": "nope"}, 12601, {}),
        ("youtube", {"groupId": "x" * 5000}, 12601, {}),
        ("youtube", {"groupId": "中"}, 12601, {}),
    ],
)
def test_start(
    workspace: Workspace,
    platform: str,
    query: dict[str, str],
    code: int,
    data: dict[str, Any] | None,
) -> None:
    found = assert_code(workspace, f"{AUTH}/{platform}", code, params=query)
    assert data is None or found == data


@pytest.mark.parametrize("name", ["groupId", "callbackUrl", "redirectUri"])
def test_an_empty_option_of_a_start_is_none(workspace: Workspace, name: str) -> None:
    assert_code(workspace, f"{AUTH}/youtube", 0, params={name: ""})


@pytest.mark.parametrize(
    ("written", "meant"),
    [("YouTube", "youtube"), ("kwai", "KWAI"), ("wxgzh", "wxGzh"), ("tik-tok", "tiktok"),
     ("Google Business", "google_business"), ("instagramm", "instagram"), ("小红书", "xhs")],
)  # fmt: skip
def test_a_misspelt_platform_is_answered_with_the_right_one(
    workspace: Workspace, written: str, meant: str
) -> None:
    found = assert_code(workspace, f"{AUTH}/{written}", 15032)
    assert (found["platform"], found["alternative"]) == (written, meant)
    assert meant in found["detail"]
    (issue,) = assert_code(workspace, f"{WORKS}/{written}?accountId=x", 10002)["issues"]
    assert issue["message"] == f"is not one of the platforms; did you mean {meant}?"


@pytest.mark.parametrize("path", ["link-infos", "detail", "youtub-e2", "x" * 900])
def test_what_is_no_platform_below_works_says_what_stands_there(
    workspace: Workspace, path: str
) -> None:
    (issue,) = assert_code(workspace, f"{WORKS}/{path}?accountId=x", 10002)["issues"]
    assert issue["path"] == "platform"
    assert "douyin" in issue["message"] or "did you mean youtube?" in issue["message"]


@pytest.mark.parametrize("platform", ["xhs", "wxSph"])
def test_a_plug_in_platform_names_the_way_to_connect(workspace: Workspace, platform: str) -> None:
    found = assert_code(workspace, f"{AUTH}/{platform}", 15032)
    assert (found["platform"], found["reason"]) == (platform, "plugin")
    assert f"POST {ACCOUNTS}" in found["detail"]


# Status


def test_status(workspace: Workspace) -> None:
    mine = workspace.done["youtube"].session_id
    for platform, session, code in (
        ("youtube", mine, 0),
        ("facebook", mine, 15040),
        ("nonsense", mine, 15040),
        ("nonsense", "AAAAAAAAAAAAAAAA", 15039),
        ("youtube", mine[:-1], 15039),
        ("youtube", mine + "A", 15039),
        ("youtube", mine.swapcase(), 15039),
    ):
        assert_code(workspace, f"{AUTH}/{platform}/status/{session}", code)
    assert_code(workspace, f"{AUTH}/facebook/status/{mine}", 15039, user="stranger")


# Create


@pytest.mark.parametrize(
    ("body", "code", "data"),
    [
        ({}, 10002, None),
        ({"type": "nonsense"}, 10002, None),
        ({"type": "youtube", "uid": ""}, 10002, None),
        ({"type": "youtube"}, 15081, {}),
        ({"type": "youtube", "groupId": NO_GROUP}, 15081, {}),
        ({"type": "douyin", "uid": "u", "nickname": "n"}, 15081, {}),
        ({"type": "xhs", "groupId": NO_GROUP}, 15092, {"fields": ["uid", "nickname"]}),
        ({"type": "xhs", "nickname": "n", "loginCookie": "x"}, 15092, {"fields": ["uid"]}),
        ({"type": "xhs", "uid": "u"}, 15092, {"fields": ["nickname"]}),
        ({"type": "wxSph", "uid": "u", "nickname": "n"}, 15092, {"fields": ["loginCookie"]}),
        ({"type": "xhs", "uid": "u-order", "nickname": "n", "groupId": NO_GROUP}, 12601, {}),
    ],
)
def test_create(
    workspace: Workspace, body: dict[str, str], code: int, data: dict[str, Any] | None
) -> None:
    found = assert_code(workspace, ACCOUNTS, code, json=body)
    assert data is None or found == data


def test_an_empty_group_is_the_default_one(workspace: Workspace) -> None:
    body = {"type": "xhs", "uid": "u-empty", "nickname": "n", "groupId": ""}
    created = assert_code(workspace, ACCOUNTS, 0, json=body)
    assert created["groupId"] == workspace.service.hand_in("xhs")["groupId"]


@pytest.mark.parametrize(
    ("path", "params", "without"),
    [
        (ACCOUNTS, {"groupId": ""}, {}),
        (ACCOUNTS, {"page": "", "pageSize": "", "cursor": "", "limit": ""}, {}),
        ("/api/v2/channels/auth-sessions", {"status": "", "platform": "", "limit": ""}, {}),
        ("/api/v2/channels/events", {"after": "", "limit": ""}, {}),
        (
            "/api/v2/channels/audit",
            {"accountId": "", "action": "", "since": "", "until": "", "cursor": "", "limit": ""},
            {},
        ),
        # The contract reads an empty status as 0.
        (ACCOUNTS, {"status": ""}, {"status": "0"}),
    ],
)
def test_an_empty_filter_is_none(
    workspace: Workspace, path: str, params: dict[str, str], without: dict[str, str]
) -> None:
    def lists() -> list[Any] | None:
        plain, found, again = (
            assert_code(workspace, path, 0, params=each) for each in (without, params, without)
        )
        # Background work may add an entry between two calls.
        return [plain, found] if plain == again else None

    plain, found = wait_until(lists)
    assert found == plain


@pytest.mark.parametrize(
    ("cookie", "category"),
    [
        ("a=b", "auth"),
        ("sessionid=", "auth"),
        ("sessionid=dead", "auth"),
        ("sessionid=x\r\nEvil: 1", "validation"),
        ("sessionid=x\ny", "validation"),
    ],
)
def test_a_refused_cookie_comes_before_the_group(
    workspace: Workspace, cookie: str, category: str
) -> None:
    body = {"type": "wxSph", "loginCookie": cookie, "groupId": NO_GROUP}
    data = assert_code(workspace, ACCOUNTS, 15003, json=body)
    assert data["platform"] == "wxSph"
    assert data["category"] == category
    assert data["retryable"] is False


def test_a_wrong_uid_comes_before_the_group(workspace: Workspace) -> None:
    body = workspace.service.plugin_body("wxSph") | {"uid": "someone", "groupId": NO_GROUP}
    data = assert_code(workspace, ACCOUNTS, 15072, json=body)
    assert data["platform"] == "wxSph"


def test_the_group_comes_before_the_holder(workspace: Workspace) -> None:
    body = workspace.service.plugin_body("wxSph")
    assert_code(workspace, ACCOUNTS, 12601, json=body | {"groupId": NO_GROUP}, user="taker")
    assert assert_code(workspace, ACCOUNTS, 15082, json=body, user="taker") == {}


# Works


@pytest.mark.parametrize(
    ("platform", "query", "code"),
    [
        ("nonsense", "accountId=nobody", 10002),
        ("xhs", "", 10002),
        ("xhs", "accountId=nobody&limit=0", 10002),
        ("xhs", "accountId=nobody&limit=999", 15080),
        ("xhs", "accountId=nobody", 15080),
        ("youtube", "accountId=nobody&page=1&pageSize=999", 15088),
        ("youtube", "accountId=nobody&limit=51", 15089),
        ("facebook", "accountId=nobody&limit=101&cursor=x&direction=previous", 15089),
        ("bilibili", "accountId=nobody&limit=5", 15088),
        ("bilibili", "accountId=nobody&page=1&pageSize=51", 15090),
        ("wxSph", "accountId=nobody&page=1&pageSize=21", 15090),
        ("youtube", "accountId=nobody&cursor=forged", 10002),
        ("youtube", "accountId=nobody&limit=51&cursor=forged", 15089),
        ("youtube", "accountId=nobody", 12600),
        ("youtube", "accountId=nobody&limit=50", 12600),
        ("bilibili", "accountId={youtube}", 15040),
        ("youtube", "accountId={facebook}&limit=1", 15040),
        ("youtube", "accountId={facebook}&limit=51", 15089),
        ("xhs", "accountId={youtube}", 15080),
    ],
)
def test_works(workspace: Workspace, platform: str, query: str, code: int) -> None:
    assert_code(workspace, f"{WORKS}/{platform}?{query.format(**workspace.accounts)}", code)


def test_data_of_the_pagination_rules(workspace: Workspace) -> None:
    for query, code, data in (
        ("page=1&pageSize=2", 15088, {"expectedMode": "cursor", "actualMode": "page"}),
        ("limit=51", 15089, {"limit": 51, "maxLimit": 50}),
    ):
        found = assert_code(workspace, f"{WORKS}/youtube?accountId=x&{query}", code)
        assert found == {"platform": "youtube", **data}
    found = assert_code(workspace, f"{WORKS}/bilibili?accountId=x&page=1&pageSize=51", 15090)
    assert found == {"platform": "bilibili", "pageSize": 51, "maxPageSize": 50}
    found = assert_code(workspace, f"{WORKS}/xhs?accountId=x", 15080)
    assert (found["platform"], found["capability"]) == ("xhs", "work.listWorks")


def test_a_dead_account_comes_after_the_account_checks(workspace: Workspace) -> None:
    service = workspace.service
    account = service.account("youtube", "dora", user="dead")
    kill = {"platform": "youtube", "person": "dora"}
    assert service.sandbox.post("/_grants/revoke", json=kill).status_code == 200
    path = f"{WORKS}/youtube?accountId={account}"
    found = assert_code(workspace, path, 15009, user="dead")
    assert (found["platform"], found["category"], found["retryable"]) == ("youtube", "auth", False)
    assert (found["accountId"], found["reason"]) == (account, "grant_dead")
    again = assert_code(workspace, path, 15001, user="dead")
    known = {"accountId": account, "platform": "youtube", "reason": "grant_dead"}
    assert again == {**known, "advice": found["advice"]}
    assert "Connect the account again" in again["advice"] or "重新连接" in again["advice"]
    assert_code(workspace, f"{path}&limit=51", 15089, user="dead")
    assert_code(workspace, f"{WORKS}/facebook?accountId={account}", 15040, user="dead")
    state = service.client_of("dead").get(f"{ACCOUNTS}/{account}/auth-status").json()["data"]
    assert (state["status"], state["reason"]) == (0, "grant_dead")


def test_a_known_path_below_another(workspace: Workspace) -> None:
    """`accounts/auth/auth-status` is the status of an account called `auth`, or of no platform."""
    body = workspace.service.client_of().get(f"{ACCOUNTS}/auth/auth-status").json()
    assert body["code"] in (12600, 15032)
