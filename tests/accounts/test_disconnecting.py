"""Deleting accounts, and ending their grants at the platform."""

from typing import Any

import pytest
from sqlalchemy import select

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import Platform
from openchannels.service.sealing import grant_key
from openchannels.store.tables import audit, credentials
from tests.harness.paths import ACCOUNTS, AUTH, WORKS
from tests.harness.service import Service

REVOKING = {
    "youtube": "POST oauth2.googleapis.com/revoke",
    "tiktok": "POST open.tiktokapis.com/v2/oauth/revoke/",
    "twitter": "POST api.x.com/2/oauth2/revoke",
    "linkedin": "POST www.linkedin.com/oauth/v2/revoke",
    "google_business": "POST oauth2.googleapis.com/revoke",
}
SILENT = ("bilibili", "threads", "xhs", "instagram")


def rows(service: Service, table: Any, **where: Any) -> list[Any]:
    statement = select(table).where(*(table.c[name] == value for name, value in where.items()))
    database = service.services.context.db
    return service.run(database.read(lambda connection: list(connection.execute(statement))))


def audited(service: Service, action: str) -> list[dict[str, Any]]:
    return [row.details for row in rows(service, audit, action=action)]


def revocations(service: Service) -> int:
    marks = ("/revoke", "DELETE ")
    calls = service.calls().items()
    return sum(times for address, times in calls if any(mark in address for mark in marks))


def pages(service: Service, user: str = "acme", first: int = 0, last: int = 2) -> list[str]:
    """Connect some of one person's Facebook Pages."""
    choosing = service.connect("facebook", "mara", choose=0, user=user)
    offers = choosing.status["selectableAccounts"][first:last]
    picks = [{"platformUid": offer["platformUid"]} for offer in offers]
    body = {"sessionId": choosing.session_id, "accounts": picks}
    done = service.client_of(user).post(f"{AUTH}/selections", json=body).json()["data"]
    ids: list[str] = done["accountIds"]
    return ids


def delete(service: Service, account_id: str, user: str = "acme", **query: str) -> dict[str, Any]:
    answer: dict[str, Any] = (
        service.client_of(user).delete(f"{ACCOUNTS}/{account_id}", params=query).json()
    )
    return answer


def revoke(service: Service, account_id: str, user: str = "acme", **query: str) -> dict[str, Any]:
    answer: dict[str, Any] = (
        service.client_of(user).post(f"{ACCOUNTS}/{account_id}/revoke", params=query).json()
    )
    return answer


def state(service: Service, account_id: str, user: str = "acme") -> tuple[int, str | None]:
    data = service.client_of(user).get(f"{ACCOUNTS}/{account_id}/auth-status").json()["data"]
    return data["status"], data.get("reason")


@pytest.mark.parametrize("platform", REVOKING)
def test_deleting_revokes_first(shared_service: Service, platform: str) -> None:
    account_id = shared_service.account(platform, "ida")
    shared_service.reset_sandbox()
    assert delete(shared_service, account_id)["data"] is True
    assert shared_service.calls().get(REVOKING[platform], 0) >= 1, shared_service.calls()
    assert rows(shared_service, credentials, account_id=account_id) == []
    assert delete(shared_service, account_id)["code"] == 12600
    (note,) = rows(shared_service, audit, action="account.deleted", account_id=account_id)
    assert note.details == {"revoked": True}


@pytest.mark.parametrize("platform", SILENT)
def test_platforms_without_a_revoke_are_not_asked(shared_service: Service, platform: str) -> None:
    account_id = shared_service.account(platform)
    shared_service.reset_sandbox()
    assert revoke(shared_service, account_id)["data"] == {
        "revoked": False,
        "siblings": [],
        "reason": "not_supported",
    }
    assert state(shared_service, account_id) == (0, "revoked")
    assert delete(shared_service, account_id)["data"] is True
    assert revocations(shared_service) == 0


def test_a_refusal_keeps_nothing_from_going_offline(service: Service) -> None:
    account_id = service.account("pinterest")
    assert revoke(service, account_id)["data"] == {
        "revoked": False,
        "siblings": [],
        "reason": "refused",
    }
    assert state(service, account_id) == (0, "revoked")


def test_deleting_leaves_the_grant_when_asked_to(service: Service) -> None:
    account_id = service.account("tiktok")
    service.reset_sandbox()
    assert delete(service, account_id, revoke="maybe")["code"] == 10002
    assert delete(service, account_id, revoke="false")["data"] is True
    assert revocations(service) == 0
    assert audited(service, "account.deleted") == [{"revoked": False, "reason": "not_asked"}]


def test_a_grant_ends_with_the_last_account_on_it(service: Service) -> None:
    first, second = pages(service)
    assert delete(service, first)["data"] is True
    assert revocations(service) == 0
    assert state(service, second) == (1, None)
    works = service.client_of().get(f"{WORKS}/facebook", params={"accountId": second}).json()
    assert works["code"] == 0
    assert delete(service, second)["data"] is True
    assert revocations(service) == 1
    assert audited(service, "account.deleted") in (
        [{"revoked": False, "reason": "grant_shared"}, {"revoked": True}],
        [{"revoked": True}, {"revoked": False, "reason": "grant_shared"}],
    )


def test_a_grant_that_another_user_needs_stays(service: Service) -> None:
    mine, _ = pages(service)
    (theirs,) = pages(service, "other", 2, 3)
    answer = revoke(service, mine, siblings="true")["data"]
    assert (answer["revoked"], answer["reason"]) == (False, "grant_shared")
    assert theirs not in answer["siblings"]
    service.client_of().delete(ACCOUNTS, params={"ids": pages(service)})
    assert revocations(service) == 0
    assert state(service, theirs, "other") == (1, None)


def test_google_ends_both_of_its_platforms() -> None:
    def key(platform: Platform, app: str = "client") -> str | None:
        return grant_key(CONNECTORS[platform], "subject", app)

    assert key(Platform("youtube")) == key(Platform("google_business"))
    assert key(Platform("facebook")) == key(Platform("instagram"))
    assert (
        len({key(Platform("youtube")), key(Platform("facebook")), key(Platform("linkedin"))}) == 3
    )
    assert key(Platform("youtube")) != key(Platform("google_business"), "another client")
    assert grant_key(CONNECTORS[Platform("youtube")], None, "client") is None


def test_several_go_at_once_with_one_revocation_of_a_grant(service: Service) -> None:
    ids = pages(service)
    foreign = service.account("tiktok", user="other")
    service.reset_sandbox()
    client = service.client_of()
    answer = client.delete(ACCOUNTS, params={"ids": [*ids, foreign, "unknown"]}).json()
    assert sorted(answer["data"]["deleted"]) == sorted(ids)
    assert revocations(service) == 1
    assert state(service, foreign, "other") == (1, None)
    assert client.delete(ACCOUNTS).json()["code"] == 10002
    assert client.delete(ACCOUNTS, params={"ids": foreign}).json()["data"] == {"deleted": []}


def test_a_platform_that_is_down(service: Service) -> None:
    account_id = service.account("tiktok")
    service.fault(host="open.tiktokapis.com", kind="server_error", path="/v2/oauth/revoke/")
    assert revoke(service, account_id)["code"] == 15094
    assert state(service, account_id) == (1, None)
    assert delete(service, account_id)["data"] is True
    assert audited(service, "account.deleted") == [{"revoked": False, "reason": "failed"}]


def test_siblings_are_named_and_spared_unless_given_up(service: Service) -> None:
    first, second = pages(service)
    assert revoke(service, first)["data"] == {
        "revoked": False,
        "siblings": [second],
        "reason": "siblings",
    }
    assert revocations(service) == 0
    assert state(service, first) == state(service, second) == (1, None)
    assert revoke(service, first, siblings="true")["data"] == {
        "revoked": True,
        "siblings": [second],
    }
    assert state(service, first) == state(service, second) == (0, "revoked")
    assert rows(service, credentials) == []
    assert audited(service, "account.revoked") == [{"revoked": True}] * 2
    assert revoke(service, first)["data"]["reason"] == "grant_dead"


def test_nobody_disconnects_what_is_not_theirs(service: Service) -> None:
    account_id = service.account("youtube")
    assert delete(service, account_id, "stranger")["code"] == 12600
    assert revoke(service, account_id, "stranger")["code"] == 12600
    assert state(service, account_id) == (1, None)
    assert revocations(service) == 0
