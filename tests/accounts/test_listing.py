"""Listing accounts, and reading one."""

from typing import Any

import pytest

from tests.harness.paths import ACCOUNTS
from tests.harness.service import Service


def listed(service: Service, user: str = "acme", **query: Any) -> list[str]:
    answer = service.client_of(user).get(ACCOUNTS, params=query).json()
    assert answer["code"] == 0, answer
    assert answer["data"]["total"] == len(answer["data"]["list"])
    return [account["id"] for account in answer["data"]["list"]]


def test_filters_and_their_precedence(service: Service) -> None:
    first = service.account("youtube")
    second = service.account("tiktok")
    third = service.account("xhs")
    foreign = service.account("pinterest", user="other")
    assert listed(service) == [first, second, third]
    assert listed(service, ids=[third, foreign, "unknown"], status=0) == [third]
    assert listed(service, **{"ids[]": third}) == [third]
    assert listed(service, **{"ids[0]": first, "ids[1]": second}) == [first, second]
    assert listed(service, ids=second) == [second]
    assert listed(service, types=["xhs", "tiktok"]) == [second, third]
    assert listed(service, types="xhs", status="1") == [third]
    assert listed(service, status="") == []
    group = service.client_of().get(f"{ACCOUNTS}/{first}").json()["data"]["groupId"]
    assert listed(service, spaceIds=[group], types="douyin") == [first, second, third]
    assert listed(service, spaceIds=["0" * 24]) == []
    assert listed(service, groupId=group, types="youtube") == [first]
    assert listed(service, "other") == [foreign]
    assert listed(service, "other", spaceIds=[group]) == []
    assert listed(service, "other", groupId=group) == []


def test_an_ended_grant_is_listed_as_one(service: Service) -> None:
    account_id = service.account("threads")
    service.clock.advance(61 * 86_400)
    assert listed(service, status=1) == []
    assert listed(service, status=0) == [account_id]
    client = service.client_of()
    state = client.get(f"{ACCOUNTS}/{account_id}/auth-status").json()["data"]["status"]
    assert client.get(f"{ACCOUNTS}/{account_id}").json()["data"]["status"] == state == 0


def test_one_account_is_the_one_that_was_made(service: Service) -> None:
    made = service.hand_in("wxSph")
    client = service.client_of()
    assert client.get(f"{ACCOUNTS}/{made['id']}").json()["data"] == made
    assert client.get(ACCOUNTS).json()["data"] == {"total": 1, "list": [made]}
    assert client.get(f"{ACCOUNTS}/unknown").json()["code"] == 12600
    assert service.client_of("other").get(f"{ACCOUNTS}/{made['id']}").json()["code"] == 12600


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"ids": ""}, "ids"),
        ({"ids[]": ""}, "ids"),
        ({"types": "YouTube"}, "types"),
        ({"status": "2"}, "status"),
        ({"status": "ok"}, "status"),
        ({"ids": "\x00"}, "ids"),
    ],
)
def test_bad_filters_are_named(shared_service: Service, query: dict[str, str], path: str) -> None:
    answer = shared_service.client_of().get(ACCOUNTS, params=query).json()
    assert answer["code"] == 10002, answer
    assert [issue["path"].partition("[")[0] for issue in answer["data"]["issues"]] == [path]
