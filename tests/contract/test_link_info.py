"""Which work a link names: what is answered, checked and called, over both stores."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from openchannels.sandbox.ids import encode
from openchannels.sandbox.short_links import ALPHABET
from tests.contract.conftest import Workspace
from tests.contract.seeds import validator
from tests.harness.paths import WORKS

LINK_INFO = WORKS + "/link-info"
PUBLIC = ["bilibili", "douyin", "KWAI", "pinterest", "xhs", "linkedin", "wxGzh"]
WITH_ACCOUNT = ["facebook", "instagram", "threads", "tiktok", "twitter", "youtube", "wxSph"]
WATCH = "https://www.youtube.com/watch?v=aB3dE5gH7jK"
NUMBER = 7_412_345_678_901_234_567
CODE = encode(NUMBER, 11, ALPHABET)
SHORT = {
    "twitter": f"https://t.co/{CODE}",
    "tiktok": f"https://vm.tiktok.com/{CODE}/",
    "pinterest": f"https://pin.it/{CODE}",
    "linkedin": f"https://lnkd.in/{CODE}",
    "facebook": f"https://fb.watch/{CODE}/",
    "instagram": f"https://www.instagram.com/share/reel/{CODE}/",
    "KWAI": "https://v.kuaishou.com/k2b9p4m6q8w",
    "bilibili": "https://b23.tv/Xk4y1m7Qe",
    "douyin": f"https://v.douyin.com/{CODE}/",
    "xhs": "http://xhslink.com/a/AbC123",
}
TEXT_IDS = {"KWAI": "3xk2b9p4m6q8w", "bilibili": "BV1Xk4y1m7Qe"}


@pytest.fixture(scope="module")
def schema(workspace: Workspace) -> Draft202012Validator:
    document = workspace.service.client().get("/openapi.json").json()
    answers = document["paths"][LINK_INFO]["get"]["responses"]["200"]
    return validator(answers["content"]["application/json"]["schema"]["anyOf"][0], document)


def ask(workspace: Workspace, platform: str, link: str, **query: str) -> dict[str, Any]:
    params = {"platform": platform, "link": link, **query}
    answer = workspace.service.client_of().get(LINK_INFO, params=params)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def account_on(workspace: Workspace, platform: str) -> dict[str, str]:
    return {"accountId": workspace.service.account(platform)} if platform in WITH_ACCOUNT else {}


def test_a_link_is_read_without_a_call(workspace: Workspace, schema: Draft202012Validator) -> None:
    account = workspace.accounts["youtube"]
    workspace.service.reset_sandbox()
    body = ask(workspace, "youtube", f"{WATCH}&si=x", accountId=account)
    assert list(schema.iter_errors(body)) == []
    assert body["data"] == {
        "platform": "youtube",
        "work": {"id": "aB3dE5gH7jK", "url": WATCH, "mediaType": "video"},
        "snapshots": [],
        "extra": {
            "dataId": "aB3dE5gH7jK",
            "uniqueId": "youtube_aB3dE5gH7jK",
            "type": "video",
            "resolvedUrl": WATCH,
        },
    }
    assert workspace.service.calls() == {}


def test_an_id_that_the_api_does_not_know_is_no_data_id(workspace: Workspace) -> None:
    data = ask(workspace, "linkedin", "https://www.linkedin.com/feed/update/urn:li:activity:71411")
    assert data["data"]["message"] == "Link info not supported"
    link = "https://www.linkedin.com/feed/update/urn:li:activity:7141138937766391808"
    data = ask(workspace, "linkedin", link)["data"]
    assert data["work"]["id"] == "urn:li:activity:7141138937766391808"
    assert data["extra"].keys() == {"uniqueId", "resolvedUrl"}


@pytest.mark.parametrize("platform", SHORT)
def test_a_short_link_is_followed_once(
    workspace: Workspace, schema: Draft202012Validator, platform: str
) -> None:
    account = account_on(workspace, platform)
    workspace.service.reset_sandbox()
    body = ask(workspace, platform, SHORT[platform], **account)
    assert list(schema.iter_errors(body)) == []
    work = body["data"]["work"]
    if platform not in ("instagram", "xhs"):
        assert work["id"].endswith(TEXT_IDS.get(platform, str(NUMBER)))
    calls = workspace.service.calls()
    assert sum(calls.values()) == (2 if platform == "pinterest" else 1), calls
    assert ask(workspace, platform, SHORT[platform], **account)["data"]["work"] == work
    assert workspace.service.calls() == calls, "kept"


@pytest.mark.parametrize("platform", WITH_ACCOUNT)
def test_some_platforms_need_an_account(workspace: Workspace, platform: str) -> None:
    data = ask(workspace, platform, WATCH)["data"]
    assert data == {"platform": platform, "snapshots": [], "message": "Account required"}


@pytest.mark.parametrize("platform", [*PUBLIC, "google_business"])
@pytest.mark.parametrize("link", ["https://evil.example/", "nonsense", "javascript:alert(1)", "中"])
def test_a_link_of_another_host_is_a_success_with_a_message(
    workspace: Workspace, platform: str, link: str
) -> None:
    workspace.service.reset_sandbox()
    data = ask(workspace, platform, link)["data"]
    assert data == {"platform": platform, "snapshots": [], "message": "Link info not supported"}
    assert workspace.service.calls() == {}


@pytest.mark.parametrize("platform", ["youtube", "bilibili"])
def test_the_account_is_checked_before_the_link(workspace: Workspace, platform: str) -> None:
    for link in (WATCH, "nonsense"):
        assert ask(workspace, platform, link, accountId="youtube_nobody")["code"] == 12600
        other = workspace.accounts["facebook"]
        assert ask(workspace, platform, link, accountId=other)["code"] == 15040
    params = {"platform": platform, "link": WATCH, "accountId": workspace.accounts[platform]}
    stranger = workspace.service.client_of("stranger").get(LINK_INFO, params=params)
    assert stranger.json()["code"] == 12600


def test_the_metadata_says_which_platforms_have_links(workspace: Workspace) -> None:
    rows = workspace.service.client().get("/api/v2/channels/platforms").json()["data"]
    said = {row["platform"] for row in rows if row["capabilities"]["work"]["getLinkInfo"]}
    assert said == {*PUBLIC, *WITH_ACCOUNT}


def test_a_platform_without_links_checks_no_account(workspace: Workspace) -> None:
    body = ask(workspace, "google_business", "https://posts.gle/x", accountId="nobody")
    assert body["data"]["message"] == "Link info not supported"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"platform": "youtube"},
        {"platform": "youtube", "link": ""},
        {"platform": "nonsense", "link": WATCH},
    ],
)
def test_what_is_sent_is_validated(workspace: Workspace, params: dict[str, str]) -> None:
    assert workspace.service.client_of().get(LINK_INFO, params=params).json()["code"] == 10002


def test_a_platform_that_does_not_answer_is_a_failure(workspace: Workspace) -> None:
    workspace.service.fault(host="b23.tv", kind="server_error")
    try:
        body = ask(workspace, "bilibili", "https://b23.tv/Zz4y1m7Qe")
    finally:
        workspace.service.reset_sandbox()
    assert body["code"] == 15094, body
    assert body["data"]["operation"] == "links.resolve"
    assert body["data"]["retryable"] is True
