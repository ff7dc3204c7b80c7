"""Account groups over the wire: their shape, order, limits, and whom they belong to."""

import re
from typing import Any

import httpx2
import pytest

from openchannels.service.sealing import account_group_row
from openchannels.store.tables import account_groups
from tests.harness.paths import ACCOUNTS, GROUPS
from tests.harness.service import Service

ORDER = [
    "id", "name", "rank", "ip", "location", "countryCode", "proxyIp", "isDefault",
    "hasBrowserConfig", "createdAt", "updatedAt",
]  # fmt: skip


def good(answer: httpx2.Response) -> Any:
    body = answer.json()
    assert body["code"] == 0, body
    return body["data"]


def made(client: httpx2.Client, name: str = "tour", **values: Any) -> dict[str, Any]:
    group: dict[str, Any] = good(client.post(GROUPS, json={"name": name, **values}))
    return group


def handed_in(client: httpx2.Client, uid: str, **values: Any) -> str:
    """Id of a new account of a plug-in."""
    body = {"type": "xhs", "uid": uid, "nickname": "n", **values}
    return str(good(client.post(ACCOUNTS, json=body))["id"])


def names(client: httpx2.Client) -> list[str]:
    return [group["name"] for group in good(client.get(GROUPS))]


def code(answer: httpx2.Response) -> tuple[int, dict[str, Any]]:
    body = answer.json()
    return body["code"], body["data"]


def test_the_default_group_is_made_on_first_use(shared_service: Service) -> None:
    client = shared_service.client_of("first-use")
    (default,) = good(client.get(GROUPS))
    assert list(default) == ORDER
    assert re.fullmatch("[0-9a-f]{24}", default["id"])
    assert (default["name"], default["rank"], default["isDefault"]) == ("default", 1, True)
    assert default["hasBrowserConfig"] is False
    assert good(client.get(GROUPS)) == [default]
    account = handed_in(client, "first-use")
    assert good(client.get(f"{ACCOUNTS}/{account}"))["groupId"] == default["id"]


def test_groups_are_listed_by_rank(shared_service: Service) -> None:
    client = shared_service.client_of("ranked")
    for name, rank in (("last", 7), ("first", -3), ("also last", 7)):
        assert made(client, name, rank=rank)["rank"] == rank
    assert names(client) == ["first", "default", "last", "also last"]
    assert made(client)["rank"] == 1


def test_a_group_is_changed(shared_service: Service) -> None:
    client = shared_service.client_of("changed")
    place = {"ip": "1.1.1.1", "location": "成都", "countryCode": "CN", "proxyIp": "10.0.0.1"}
    group = made(client, **place)
    assert list(group) == ORDER
    assert {name: group[name] for name in place} == place
    shared_service.clock.advance(5)
    new = good(client.patch(f"{GROUPS}/{group['id']}", json={"name": "route", "ip": ""}))
    assert new == {**group, "name": "route", "ip": "", "updatedAt": new["updatedAt"]}
    assert new["updatedAt"] > group["updatedAt"]
    assert good(client.patch(f"{GROUPS}/{group['id']}", json={"other": 1})) == new
    log = good(client.get("/api/v2/channels/audit"))["list"]
    assert [(entry["action"], entry["details"]) for entry in log[:2]] == [
        ("group.updated", {"group": group["id"], "fields": ["ip", "name"]}),
        ("group.created", {"group": group["id"]}),
    ]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "n" * 129}, "name"),
        ({"name": "n\x00"}, "name"),
        ({"name": "n", "rank": "1"}, "rank"),
        ({"name": "n", "rank": 2**31}, "rank"),
        ({"name": "n", "browserConfig": None}, "browserConfig"),
        ({"name": "n", "browserConfig": [1]}, "browserConfig"),
        ({"name": "n", "browserConfig": {"a": ["\x00"]}}, "browserConfig"),
        ({"name": "n", "browserConfig": {"\x00": 1}}, "browserConfig"),
        ({"name": "n", "browserConfig": {"a": "b" * 65_536}}, "browserConfig"),
        ({"name": "n", "proxyIp": 5}, "proxyIp"),
    ],
)
def test_bad_groups_are_refused(shared_service: Service, body: Any, path: str) -> None:
    answer = shared_service.client_of().post(GROUPS, json=body)
    number, data = code(answer)
    assert (number, [issue["path"] for issue in data["issues"]]) == (10002, [path])


def test_deep_configurations_are_refused(shared_service: Service) -> None:
    client = shared_service.client_of()
    for depth, number in ((60, 0), (70, 10002), (900, 10002), (90_000, 10002)):
        body = f'{{"name": "n", "browserConfig": {{"a": {"[" * depth}{"]" * depth}}}}}'
        assert client.post(GROUPS, content=body).json()["code"] == number, depth


def test_the_browser_configuration_is_sealed(shared_service: Service) -> None:
    client = shared_service.client_of("sealed")
    group = made(client, browserConfig={"proxy": "http://u:canary@10.0.0.1"})
    address = f"{GROUPS}/{group['id']}"
    assert group["hasBrowserConfig"] is True
    assert "canary" not in client.get(GROUPS).text

    def sealed() -> bytes | None:
        query = account_groups.select().where(account_groups.c.id == group["id"])
        row = shared_service.run(shared_service.runtime.db.read(lambda c: c.execute(query).one()))
        return row.sealed  # type: ignore[no-any-return]

    vault, first = shared_service.services.context.vault, sealed()
    assert first is not None
    assert b"canary" not in first
    assert b"canary" in vault.open(first, account_group_row(group["id"]))
    assert good(client.patch(address, json={"name": "n"}))["hasBrowserConfig"] is True
    assert sealed() == first
    assert good(client.patch(address, json={"browserConfig": {}}))["hasBrowserConfig"] is True
    assert good(client.patch(address, json={"browserConfig": None}))["hasBrowserConfig"] is False
    assert sealed() is None


def test_accounts_of_deleted_groups_move_to_the_default_one(shared_service: Service) -> None:
    client = shared_service.client_of("deleting")
    default = good(client.get(GROUPS))[0]["id"]
    first, second = made(client, "a")["id"], made(client, "b")["id"]
    account = handed_in(client, "deleting", groupId=first)
    refused = {"reasonCode": "default_group_delete_not_allowed"}
    ids = {"ids": [first, default]}
    assert code(client.delete(GROUPS, params=ids)) == (12601, refused)
    assert code(client.delete(GROUPS))[0] == 10002
    assert names(client) == ["default", "a", "b"]
    assert good(client.delete(GROUPS, params={"ids": [first, second, "unknown"]})) is True
    assert names(client) == ["default"]
    assert good(client.get(f"{ACCOUNTS}/{account}"))["groupId"] == default
    assert good(client.delete(GROUPS, params={"ids[]": first})) is False
    log = good(client.get("/api/v2/channels/audit", params={"action": "group.deleted"}))["list"]
    assert sorted((e["details"]["group"], e["details"]["movedAccounts"]) for e in log) == sorted(
        [(first, 1), (second, 0)]
    )


def test_accounts_of_a_group_are_sorted(shared_service: Service) -> None:
    client = shared_service.client_of("sorting")
    one, two = handed_in(client, "sorting-1"), handed_in(client, "sorting-2")
    group = good(client.get(f"{ACCOUNTS}/{one}"))["groupId"]

    def sort(*ranks: tuple[str, int], of: str = group) -> tuple[int, Any]:
        body = {"list": [{"id": each, "rank": rank} for each, rank in ranks]}
        return code(client.patch(f"{GROUPS}/{of}/accounts/rank", json=body))

    def ranks() -> list[int]:
        return [good(client.get(f"{ACCOUNTS}/{each}"))["rank"] for each in (one, two)]

    assert sort((one, 5), (two, 4)) == (0, True)
    assert ranks() == [5, 4]
    assert sort((one, 9), ("unknown", 1))[0] == 12600
    assert sort((one, 9), of="unknown")[0] == 12601
    assert sort((one, 9), of=made(client)["id"])[0] == 12600
    assert sort((one, 9), (one, 8))[0] == 10002
    assert sort((one + "\x00", 9))[0] == 10002
    assert client.patch(f"{GROUPS}/{group}/accounts/rank", json={}).json()["code"] == 10002
    assert ranks() == [5, 4]
    assert sort() == (0, True)


def test_groups_of_another_user_do_not_exist(shared_service: Service) -> None:
    owner, stranger = shared_service.client_of("owner"), shared_service.client_of("stranger")
    group = made(owner, "mine")["id"]
    account = handed_in(owner, "owned")
    home = good(owner.get(f"{ACCOUNTS}/{account}"))["groupId"]
    assert names(stranger) == ["default"]
    for one in (group, "0" * 24):
        body = {"list": [{"id": account, "rank": 9}]}
        assert code(stranger.patch(f"{GROUPS}/{one}", json={"name": "x"})) == (12601, {})
        assert code(stranger.patch(f"{GROUPS}/{one}/accounts/rank", json=body)) == (12601, {})
        assert code(stranger.delete(GROUPS, params={"ids": one})) == (0, False)
    assert code(stranger.delete(GROUPS, params={"ids": home})) == (0, False)
    assert len(names(owner)) == 2
    own = good(stranger.get(GROUPS))[0]["id"]
    body = {"list": [{"id": account, "rank": 9}]}
    assert code(stranger.patch(f"{GROUPS}/{own}/accounts/rank", json=body)) == (12600, {})
    assert names(owner) == ["default", "mine"]
