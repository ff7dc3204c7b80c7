"""Looking through one's authorizations, and calling one off."""

from typing import Any

import pytest

from tests.harness.paths import AUTH
from tests.harness.service import Service

SESSIONS = "/api/v2/channels/auth-sessions"


def started(service: Service, platform: str = "youtube", user: str = "acme") -> dict[str, Any]:
    answer = service.client_of(user).get(f"{AUTH}/{platform}").json()
    assert answer["code"] == 0, answer
    data: dict[str, Any] = answer["data"]
    return data


def listed(service: Service, user: str = "acme", **query: Any) -> list[dict[str, Any]]:
    answer = service.client_of(user).get(SESSIONS, params=query).json()
    assert answer["code"] == 0, answer
    found: list[dict[str, Any]] = answer["data"]["list"]
    return found


def cancelled(service: Service, session_id: str, user: str = "acme") -> dict[str, Any]:
    answer: dict[str, Any] = service.client_of(user).delete(f"{SESSIONS}/{session_id}").json()
    return answer


def test_sessions_come_newest_first_with_their_outcome(service: Service) -> None:
    done = service.connect("youtube")
    denied = service.connect("tiktok", decision="deny")
    choosing = service.connect("facebook", "mara", choose=0)
    waiting = started(service, "pinterest")
    found = listed(service)
    assert [one["sessionId"] for one in found] == [
        waiting["sessionId"],
        choosing.session_id,
        denied.session_id,
        done.session_id,
    ]
    assert [one["status"] for one in found] == ["pending", "pending", "failed", "completed"]
    assert [one["platform"] for one in found] == ["pinterest", "facebook", "tiktok", "youtube"]
    assert found[1]["requiresSelection"]
    assert found[2]["errorCode"] == 15013
    assert found[3]["accountId"] == done.account_id
    by_itself = {**found[3]}
    assert by_itself.pop("platform") == "youtube"
    assert by_itself.pop("createdAt") < found[0]["createdAt"]
    assert by_itself == done.status


def test_the_list_is_narrowed(service: Service) -> None:
    for platform in ("youtube", "tiktok", "youtube"):
        started(service, platform)
    service.connect("tiktok", decision="deny")
    assert len(listed(service, limit=2)) == 2
    assert len(listed(service, platform="youtube")) == 2
    assert [one["platform"] for one in listed(service, status="failed")] == ["tiktok"]
    assert listed(service, status="pending", platform="tiktok", limit="1e1")
    assert listed(service, status="completed") == []


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"status": "claimed"}, "status"),
        ({"platform": "YouTube"}, "platform"),
    ],
)
def test_bad_queries_are_named(shared_service: Service, query: dict[str, Any], path: str) -> None:
    answer = shared_service.client_of().get(SESSIONS, params=query).json()
    assert answer["code"] == 10002
    assert [issue["path"] for issue in answer["data"]["issues"]] == [path]


def test_what_cannot_be_read_is_not_listed(service: Service) -> None:
    service.connect("youtube", decision="deny")
    started(service)
    service.clock.advance(16 * 60)
    assert [one["status"] for one in listed(service)] == ["failed"]
    service.clock.advance(24 * 3600)
    assert listed(service) == []


def test_a_session_is_seen_and_called_off_by_its_user_only(service: Service) -> None:
    mine = started(service)
    assert listed(service, "stranger") == []
    assert cancelled(service, mine["sessionId"], "stranger")["code"] == 15039
    assert cancelled(service, "nonsense")["code"] == 15039
    assert listed(service)[0]["status"] == "pending"


def test_a_pending_session_is_called_off_once_and_for_all(service: Service) -> None:
    mine = started(service)
    answer = cancelled(service, mine["sessionId"])
    assert answer["code"] == 0
    status = answer["data"]
    assert (status["status"], status["errorCode"]) == ("failed", 15013)
    assert status["errorData"]["reason"] == "cancelled"
    assert cancelled(service, mine["sessionId"])["data"] == status
    page = service.browser().get(mine["url"] + "&sandbox_decision=approve")
    assert page.status_code == 200
    assert listed(service)[0]["status"] == "failed"
    assert not any("token" in address for address in service.calls())


def test_an_open_choice_is_called_off_with_its_tokens(service: Service) -> None:
    choosing = service.connect("facebook", "mara", choose=0)
    status = cancelled(service, choosing.session_id)["data"]
    assert (status["status"], status["requiresSelection"]) == ("failed", False)
    offer = choosing.status["selectableAccounts"][0]
    body = {"sessionId": choosing.session_id, "accounts": [{"platformUid": offer["platformUid"]}]}
    assert service.client_of().post(f"{AUTH}/selections", json=body).json()["code"] == 15039


def test_a_completed_session_stays_completed(service: Service) -> None:
    done = service.connect("youtube")
    assert cancelled(service, done.session_id)["data"] == done.status
