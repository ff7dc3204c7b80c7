"""What the platforms' metadata says, held against what the service then does, over both stores."""

from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx2
import pytest
from jsonschema import Draft202012Validator

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import LOCALES, Platform
from openchannels.service.platforms.registered import MARKS
from tests.contract.conftest import Workspace
from tests.contract.test_operations import assert_good
from tests.harness.paths import AUTH, WORKS
from tests.harness.service import Service

PLATFORMS = "/api/v2/channels/platforms"
LANGUAGES = {"en-US": "Visibility", "zh-CN": "可见范围"}
REQUIRED = {
    *("platform", "displayName", "logoUrl", "authType", "editor", "contentLimits", "mediaRules"),
    *("topic", "capabilities", "optionSchema", "status"),
}
CAPABILITIES = {
    "auth": {"supported", "revoke", "selectableAccounts", "refreshAccountAccess"},
    "publish": {
        *("supported", "cancel", "update", "verify", "finalize", "scheduleByPlatform"),
        "optionSources",
    },
    "analytics": {"account", "work"},
    "engagement": {"comments", "functions"},
    "work": {"listWorks", "listWorksPagination", "getLinkInfo", "getDetail", "verifyOwnership"},
    "browse": {"search", "getDetail"},
    "webhook": {"supported"},
}


def listed(service: Service, **headers: str) -> httpx2.Response:
    return service.client().get(PLATFORMS, headers=headers)


@pytest.fixture
def rows(shared_service: Service) -> dict[str, dict[str, Any]]:
    return {row["platform"]: row for row in assert_good(listed(shared_service))["data"]}


def test_every_platform_has_every_part(rows: dict[str, dict[str, Any]]) -> None:
    assert list(rows) == list(CONNECTORS)
    for platform, row in rows.items():
        assert row.keys() >= REQUIRED, platform
        parts = {name: set(part) for name, part in row["capabilities"].items()}
        parts["publish"] -= {"completionStrategy"}
        assert parts == CAPABILITIES
        for texts in (row["displayName"], row["authInstructions"]):
            assert texts.keys() == set(LOCALES)
        assert row["status"] == "available"


def test_an_authorization_starts_where_that_is_said(
    shared_service: Service, rows: dict[str, dict[str, Any]]
) -> None:
    client = shared_service.client_of()
    for platform in ("youtube", "xhs", "wxSph"):
        code = client.get(f"{AUTH}/{platform}").json()["code"]
        assert (code == 0) is rows[platform]["capabilities"]["auth"]["supported"]
        assert code in (0, 15032)
    assert rows["facebook"]["emptyAccountHint"]["action"]["url"].startswith("https://")


def test_works_page_as_is_said(workspace: Workspace, rows: dict[str, dict[str, Any]]) -> None:
    client = workspace.service.client_of()
    for platform, account in workspace.accounts.items():
        work = rows[platform]["capabilities"]["work"]
        paging, params = work["listWorksPagination"], {"accountId": account}
        answer = client.get(f"{WORKS}/{platform}", params=params).json()
        assert (answer["code"] == 0) is work["listWorks"] is (paging["mode"] != "none")
        if not work["listWorks"]:
            continue
        page = answer["data"]["pagination"]
        assert page["mode"] == paging["mode"]
        if paging["mode"] == "cursor":
            assert page["limit"] == paging["defaultLimit"]
            params["limit"] = str(paging["maxLimit"] + 1)
        else:
            assert page["pageSize"] == paging["defaultPageSize"]
            assert ("total" in page) is paging["supportsTotal"]
            params |= {"page": "1", "pageSize": str(paging["maxPageSize"] + 1)}
        refused = client.get(f"{WORKS}/{platform}", params=params).json()
        assert refused["code"] in (15089, 15090)


def test_nothing_is_claimed_that_there_is_no_operation_for(
    shared_service: Service, rows: dict[str, dict[str, Any]]
) -> None:
    paths = shared_service.client().get("/openapi.json").json()["paths"]
    parts = {"browse": "/browse", "publish": "/publish/", "engagement": "/engagement/"}
    there = {name for name, part in parts.items() if any(part in path for path in paths)}
    assert there == {"publish", "engagement"}
    assert not any(any(row["capabilities"]["browse"].values()) for row in rows.values())


def test_publishing_is_claimed_where_there_is_a_publisher(rows: dict[str, dict[str, Any]]) -> None:
    """Over a sandbox every platform's app is there."""
    for platform, row in rows.items():
        publisher = CONNECTORS[Platform(platform)].publisher
        publish = row["capabilities"]["publish"]
        assert publish["supported"] is (publisher is not None), platform
        if publisher is None:
            assert not any({**publish, "optionSources": False}.values()), platform
            continue
        assert publish["completionStrategy"] == publisher.completion
        assert publish["update"] is publisher.updates
        assert publish["scheduleByPlatform"] is publisher.schedules


def test_engagement_is_claimed_with_the_schemas_of_its_calls(
    rows: dict[str, dict[str, Any]],
) -> None:
    named = 0
    for platform, row in rows.items():
        engagement = row["capabilities"]["engagement"]
        comments = engagement["comments"]
        listing = comments["list"]
        assert listing["supported"] is (listing["pagination"]["mode"] != "none"), platform
        body = {"platform": platform, "platformWorkId": "1", "content": "Cone 10."}
        assert Draft202012Validator(comments["create"]["parameters"]["bodySchema"]).is_valid(body)
        for function in engagement["functions"]:
            named += 1
            schema = Draft202012Validator(function["parameters"]["bodySchema"])
            needed = function["parameters"]["dataSchema"]["required"]
            data = dict.fromkeys(needed, "1")
            call = {"platform": platform, "name": function["name"], "data": data}
            assert schema.is_valid(call), function
            assert not schema.is_valid({**call, "data": {}}), function
            assert not schema.is_valid({**call, "name": "other"}), function
    assert named > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_are_a_schema_in_the_callers_language(
    shared_service: Service, language: str
) -> None:
    answer = listed(shared_service, **{"Accept-Language": language})
    rows = {row["platform"]: row for row in assert_good(answer)["data"]}
    for row in rows.values():
        Draft202012Validator.check_schema(row["optionSchema"])
    visibility = rows["youtube"]["optionSchema"]["properties"]["privacyStatus"]
    assert visibility["title"] == LANGUAGES[language]
    assert rows["youtube"]["defaultOption"]["privacyStatus"] == "public"


def test_an_answer_that_is_known_is_not_sent_again(shared_service: Service) -> None:
    tags = set()
    for language in LANGUAGES:
        fresh = listed(shared_service, **{"Accept-Language": language})
        assert fresh.headers["vary"] == "Accept-Language"
        assert fresh.headers["cache-control"] == "public, max-age=300"
        tag = fresh.headers["etag"]
        tags.add(tag)
        for known in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
            again = listed(shared_service, **{"Accept-Language": language, "If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
            assert again.headers["vary"] == "Accept-Language"
    assert len(tags) == len(LANGUAGES)
    other = {"Accept-Language": "en-US", "If-None-Match": '"other"'}
    assert listed(shared_service, **other).status_code == 200


def test_a_key_changes_nothing(shared_service: Service) -> None:
    """Not even a wrong one: the answer is the same for all."""
    without = assert_good(listed(shared_service))["data"]
    for client in (shared_service.client_of(), shared_service.client("oc_" + "A" * 43)):
        assert assert_good(client.get(PLATFORMS))["data"] == without


def test_each_logo_is_a_drawing_with_the_platforms_name(
    shared_service: Service, rows: dict[str, dict[str, Any]]
) -> None:
    client = shared_service.client()
    for platform, row in rows.items():
        assert row["logoUrl"].startswith(shared_service.url)
        answer = client.get(urlsplit(row["logoUrl"]).path)
        assert answer.headers["content-type"].startswith("image/svg+xml")
        drawing = ElementTree.fromstring(answer.text)
        texts = [element.text for element in drawing.iter() if element.text]
        assert texts == [
            row["displayName"]["en-US"],
            MARKS[platform].letters,
            row["displayName"]["en-US"],
        ]
        assert MARKS[platform].colour in answer.text
    for unknown in ("nonsense.svg", "youtube", "youtube.png"):
        assert client.get(f"/assets/logos/{unknown}").status_code == 404


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_options_with_values_of_their_own(shared_service: Service, language: str) -> None:
    client = shared_service.client_of(headers={"Accept-Language": language})
    sources = {
        platform: assert_good(client.get(f"{PLATFORMS}/{platform}/publish-options"))["data"]
        for platform in CONNECTORS
    }
    assert {name: [one["field"] for one in some] for name, some in sources.items() if some} == {
        "bilibili": ["tid"],
        "pinterest": ["boardId"],
        "threads": ["location_id"],
        "youtube": ["categoryId"],
    }
    (section,), (board,) = sources["bilibili"], sources["pinterest"]
    label = {"en-US": "Section", "zh-CN": "分区"}[language]
    assert section == {
        "field": "tid",
        "label": label,
        "valueType": "tree",
        "requiresAccount": True,
    }
    assert board["createSchema"]["required"] == ["name"]


def test_a_platform_that_is_unknown_has_no_options(shared_service: Service) -> None:
    answer = shared_service.client_of().get(f"{PLATFORMS}/YouTube/publish-options").json()
    assert answer["code"] == 15032
    assert answer["data"]["platform"] == "YouTube"
    assert answer["data"]["alternative"] == "youtube"
