"""Changing an account's name, picture, group and rank, which stay through reconnects."""

from typing import Any

import pytest

from tests.harness.paths import ACCOUNTS, API, GROUPS
from tests.harness.service import Service

AVATAR = "https://cdn.example.com/me.png"
RENEWED = ("updatedAt", "loginTime", "lastStatsTime", "expiresAt")
"""What each connection sets again."""


def test_what_is_set_survives_a_reconnect(shared_service: Service) -> None:
    client = shared_service.client_of("updating")
    account_id = shared_service.connect("youtube", user="updating").account_id
    group = client.post(GROUPS, json={"name": "tour"}).json()["data"]["id"]
    before = client.get(f"{ACCOUNTS}/{account_id}").json()["data"]
    shared_service.clock.advance(5)

    def update(**values: Any) -> dict[str, Any]:
        answer = client.patch(f"{ACCOUNTS}/{account_id}", json=values).json()
        assert answer["code"] == 0, answer
        shown: dict[str, Any] = answer["data"]
        return shown

    assert update(rank=-3)["rank"] == -3
    assert update(nickname="Ours", avatar="")["nickname"] == "Ours"
    set_by_us = {"nickname": "Ours", "avatar": AVATAR, "groupId": group, "rank": -3}
    after = update(avatar=AVATAR, groupId=group)
    assert after == {**before, **set_by_us, "updatedAt": after["updatedAt"]}
    assert after["updatedAt"] > before["updatedAt"]
    assert shared_service.connect("youtube", user="updating").account_id == account_id
    again = client.get(f"{ACCOUNTS}/{account_id}").json()["data"]
    renewed = {name: again[name] for name in RENEWED}
    assert again == {**after, **set_by_us, **renewed}
    log = client.get(f"{API}/audit", params={"action": "account.updated"}).json()["data"]["list"]
    assert [(entry["accountId"], entry["details"]["fields"]) for entry in log] == [
        (account_id, ["avatar", "groupId"]), (account_id, ["nickname"]), (account_id, ["rank"])
    ]  # fmt: skip


def test_what_is_not_ours_does_not_exist(shared_service: Service) -> None:
    owner, stranger = shared_service.client_of("has"), shared_service.client_of("has-not")
    body = {"type": "xhs", "uid": "updating", "nickname": "n"}
    account_id = owner.post(ACCOUNTS, json=body).json()["data"]["id"]
    group = stranger.post(GROUPS, json={"name": "theirs"}).json()["data"]["id"]
    for one in (account_id, "unknown"):
        answer = stranger.patch(f"{ACCOUNTS}/{one}", json={"rank": 2, "groupId": group}).json()
        assert (answer["code"], answer["data"]) == (12600, {})
    for one in (group, "0" * 24):
        answer = owner.patch(f"{ACCOUNTS}/{account_id}", json={"groupId": one, "rank": 2}).json()
        assert (answer["code"], answer["data"]) == (12601, {})
    assert owner.get(f"{ACCOUNTS}/{account_id}").json()["data"]["rank"] == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "body"),
        ({"avatar": "", "groupId": ""}, "body"),
        ({"status": 1}, "body"),
        ({"nickname": ""}, "nickname"),
        ({"nickname": "n" * 513}, "nickname"),
        ({"avatar": "ftp://a.example"}, "avatar"),
        ({"rank": 1.5}, "rank"),
        ({"rank": None}, "rank"),
    ],
)
def test_bad_changes_are_named(shared_service: Service, body: dict[str, Any], path: str) -> None:
    answer = shared_service.client_of().patch(f"{ACCOUNTS}/unknown", json=body).json()
    assert answer["code"] == 10002, answer
    assert [issue["path"] for issue in answer["data"]["issues"]] == [path]
