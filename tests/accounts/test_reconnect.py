"""Connecting one account again, and none but that one."""

from typing import Any

from tests.harness.paths import ACCOUNTS, AUTH
from tests.harness.service import Service


def reconnect(
    service: Service, account_id: str, person: str, user: str = "acme", **sandbox: str
) -> dict[str, Any]:
    """Go the whole way of a reconnect as a person would; the session's status."""
    client = service.client_of(user)
    start = client.post(f"{ACCOUNTS}/{account_id}/reconnect").json()
    assert start["code"] == 0, start
    platform = client.get(f"{ACCOUNTS}/{account_id}").json()["data"]["type"]
    named = "".join(f"&sandbox_{name}={value}" for name, value in sandbox.items())
    service.browser().get(
        start["data"]["url"] + f"&sandbox_decision=approve&sandbox_person={person}{named}"
    )
    status = client.get(f"{AUTH}/{platform}/status/{start['data']['sessionId']}").json()
    data: dict[str, Any] = status["data"]
    return data


def ids(service: Service, user: str = "acme") -> list[str]:
    listed = service.client_of(user).get(ACCOUNTS).json()["data"]["list"]
    return [account["id"] for account in listed]


def test_the_same_person_heals_the_account(service: Service) -> None:
    account_id = service.account("youtube")
    client = service.client_of()
    client.post(f"{ACCOUNTS}/{account_id}/revoke")
    assert client.get(f"{ACCOUNTS}/{account_id}/auth-status").json()["data"]["status"] == 0
    status = reconnect(service, account_id, "ida")
    assert (status["status"], status["accountIds"]) == ("completed", [account_id])
    assert client.get(f"{ACCOUNTS}/{account_id}/auth-status").json()["data"]["status"] == 1


def test_another_person_changes_nothing(service: Service) -> None:
    account_id = service.account("tiktok")
    before = service.client_of().get(f"{ACCOUNTS}/{account_id}").json()["data"]
    status = reconnect(service, account_id, "nils")
    assert (status["status"], status["errorCode"]) == ("failed", 15200)
    assert status["errorData"] == {"platform": "tiktok", "accountId": account_id}
    assert status["errorMessage"].startswith("Another account")
    assert ids(service) == [account_id]
    assert service.client_of().get(f"{ACCOUNTS}/{account_id}").json()["data"] == before


def test_among_several_the_right_one_is_taken_without_a_choice(service: Service) -> None:
    choosing = service.connect("facebook", "mara", choose=0)
    offers = choosing.status["selectableAccounts"]
    body = {
        "sessionId": choosing.session_id,
        "accounts": [{"platformUid": offers[1]["platformUid"]}],
    }
    done = service.client_of().post(f"{AUTH}/selections", json=body).json()["data"]
    account_id = done["accountId"]
    status = reconnect(service, account_id, "mara")
    assert (status["status"], status["requiresSelection"]) == ("completed", False)
    assert status["accountIds"] == ids(service) == [account_id]


def test_an_account_deleted_meanwhile_does_not_come_back(service: Service) -> None:
    account_id = service.account("pinterest")
    client = service.client_of()
    start = client.post(f"{ACCOUNTS}/{account_id}/reconnect").json()["data"]
    assert client.delete(f"{ACCOUNTS}/{account_id}").json()["data"] is True
    service.browser().get(start["url"] + "&sandbox_decision=approve&sandbox_person=ida")
    status = client.get(f"{AUTH}/pinterest/status/{start['sessionId']}").json()["data"]
    assert (status["status"], status["errorCode"]) == ("failed", 12600)
    assert ids(service) == []


def test_what_cannot_be_reconnected(service: Service) -> None:
    account_id, plugin = service.account("youtube"), service.account("xhs")
    client = service.client_of()
    assert client.post(f"{ACCOUNTS}/unknown/reconnect").json()["code"] == 12600
    stranger = service.client_of("stranger").post(f"{ACCOUNTS}/{account_id}/reconnect").json()
    assert stranger["code"] == 12600
    answer = client.post(f"{ACCOUNTS}/{plugin}/reconnect").json()
    assert answer["code"] == 15032
    assert (answer["data"]["platform"], answer["data"]["reason"]) == ("xhs", "plugin")
    path = f"{ACCOUNTS}/{account_id}/reconnect"
    assert client.post(path, params={"redirectUri": "javascript:1"}).json()["code"] == 10002
    assert client.post(path, params={"groupId": "0" * 24}).json()["code"] == 12601
