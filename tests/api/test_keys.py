"""The key decides who asks, before anything else is looked at."""

import pytest

from openchannels.core import ids
from tests.api.raw import RawAnswer, exchange
from tests.harness.clock import Clock
from tests.harness.fixtures import StartService
from tests.harness.paths import ACCOUNTS, AUTH, GROUPS, WORKS
from tests.harness.service import Service

PROTECTED = [
    ("GET", f"{AUTH}/youtube"),
    ("GET", f"{AUTH}/youtube?callbackUrl=nonsense"),
    ("GET", f"{AUTH}/nonsense/status/x"),
    ("POST", f"{AUTH}/selections"),
    ("POST", ACCOUNTS),
    ("GET", f"{ACCOUNTS}/x/auth-status"),
    ("GET", f"{WORKS}/youtube"),
    ("GET", f"{WORKS}/nonsense?pagination=nonsense"),
    ("GET", f"{WORKS}/link-info?platform=youtube&link=x"),
    ("GET", f"{ACCOUNTS}/x/analytics?since=nonsense"),
    ("GET", f"{WORKS}/youtube/x"),
    ("GET", f"{WORKS}/youtube/x/analytics"),
    ("GET", f"{WORKS}/nonsense/x/history"),
    ("POST", f"{WORKS}/youtube/x/ownership/verify"),
    ("GET", ACCOUNTS),
    ("DELETE", f"{ACCOUNTS}?ids=x"),
    ("GET", f"{ACCOUNTS}/x"),
    ("DELETE", f"{ACCOUNTS}/x"),
    ("PATCH", f"{ACCOUNTS}/x"),
    ("GET", GROUPS),
    ("POST", GROUPS),
    ("DELETE", f"{GROUPS}?ids=x"),
    ("PATCH", f"{GROUPS}/x"),
    ("PATCH", f"{GROUPS}/x/accounts/rank"),
    ("POST", f"{ACCOUNTS}/x/reconnect"),
    ("POST", f"{ACCOUNTS}/x/revoke"),
    ("GET", "/api/v2/channels/auth-sessions"),
    ("DELETE", "/api/v2/channels/auth-sessions/x"),
    ("GET", "/api/v2/channels/platforms/youtube/publish-options"),
    ("GET", f"{ACCOUNTS}/x/publish-options/boardId/values?nonsense=1"),
    ("POST", f"{ACCOUNTS}/x/publish-options/boardId/values"),
    ("GET", "/api/v2/channels/platforms/availability"),
    ("GET", "/api/v2/channels/platforms/usage"),
    ("GET", "/api/v2/channels/webhooks"),
    ("POST", "/api/v2/channels/webhooks"),
    ("GET", "/api/v2/channels/webhooks/x"),
    ("PATCH", "/api/v2/channels/webhooks/x"),
    ("DELETE", "/api/v2/channels/webhooks/x"),
    ("POST", "/api/v2/channels/webhooks/x/rotate"),
    ("POST", "/api/v2/channels/webhooks/x/test"),
    ("POST", "/api/v2/channels/webhooks/x/redeliver"),
    ("GET", "/api/v2/channels/webhooks/x/deliveries"),
    ("GET", "/api/v2/channels/webhooks/x/deliveries/x"),
    ("GET", "/api/v2/channels/events"),
    ("GET", "/api/v2/channels/audit"),
    ("GET", "/api/v2/channels/engagement/comments"),
    ("POST", "/api/v2/channels/engagement/comments"),
    ("POST", "/api/v2/channels/engagement/function"),
    ("POST", "/api/v2/channels/publish/flows"),
    ("POST", "/api/v2/channels/publish/preflight"),
    ("GET", "/api/v2/channels/publish/flows/x"),
    ("POST", "/api/v2/channels/publish/tasks/x/publish-now"),
    ("POST", "/api/v2/channels/publish/tasks/x/retry"),
    ("DELETE", "/api/v2/channels/publish/tasks/x"),
    ("PATCH", "/api/v2/channels/publish/tasks/x/publish-at"),
    ("POST", "/api/v2/channels/publish/tasks/x/update"),
    ("GET", "/api/v2/channels/publish/records"),
    ("GET", "/api/v2/channels/publish/records/queued"),
    ("GET", "/api/v2/channels/publish/records/published"),
    ("GET", "/api/v2/channels/publish/records/x"),
    ("DELETE", "/api/v2/channels/publish/records/x"),
    ("PATCH", "/api/v2/channels/publish/records/x/work-link"),
    ("GET", "/api/v2/channels/publish/records/x/user-action"),
    ("POST", "/api/assets/uploadSign"),
    ("POST", "/api/assets/x/confirm"),
    ("GET", "/api/assets"),
    ("GET", "/api/assets/x"),
    ("DELETE", "/api/assets/x"),
]


def ask(service: Service, *headers: bytes, path: str = f"{ACCOUNTS}/x/auth-status") -> int:
    answer: RawAnswer = exchange(service.url, [f"GET {path} HTTP/1.1".encode(), *headers])
    assert answer.status == 200
    return int(answer.json()["code"])


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_without_a_key_nothing_else_is_told(
    shared_service: Service, method: str, path: str
) -> None:
    for client in (shared_service.client(), shared_service.client("oc_" + "A" * 43)):
        answer = client.request(method, path, content=b"{" if method == "POST" else None)
        assert answer.status_code == 200
        assert answer.json()["code"] == 401
        assert answer.json()["data"] == {}


def test_a_key_of_another_store_is_named_as_such(shared_service: Service) -> None:
    own = shared_service.key_of().key
    tag = ids.store_tag_of(own)
    assert tag is not None
    assert ids.API_KEY.fullmatch(own)
    answers = [
        shared_service.client(key, headers={"Accept-Language": "en"}).get(ACCOUNTS).json()
        for key in (
            ids.new_api_key("zzzzzz"),
            ids.new_api_key(tag),
            f"{own[:-1]}!",
            f"{own[:12]}zzzz{own[16:]}",
        )
    ]
    assert [answer["code"] for answer in answers] == [401] * 4
    foreign, *unknown = (answer["data"] for answer in answers)
    assert foreign["reason"] == "other_store"
    assert "another store" in foreign["detail"]
    assert unknown == [{}] * 3


def test_every_operation_is_on_the_list(shared_service: Service) -> None:
    document = shared_service.client().get("/openapi.json").json()
    listed = {(m, p.partition("?")[0]) for m, p in PROTECTED}
    paths = [
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
        if described["security"]
    ]
    for method, path in paths:
        pieces = path.split("/")
        assert any(
            method == m
            and len(pieces) == len(p.split("/"))
            and all(a == b or a.startswith("{") for a, b in zip(pieces, p.split("/"), strict=True))
            for m, p in listed
        ), f"{method} {path} is not tested without a key"


def test_forms_of_the_header(shared_service: Service) -> None:
    key = shared_service.key_of().key.encode()
    assert ask(shared_service, b"X-Api-Key: " + key) == 12600
    assert ask(shared_service, b"x-api-key:" + key) == 12600
    assert ask(shared_service, b"X-API-KEY:  \t " + key + b" \t ") == 12600
    assert ask(shared_service, b"X-Api-Key: " + key, b"X-Api-Key: " + key) == 401
    assert ask(shared_service, b"X-Api-Key: " + key, b"X-Api-Key:") == 401
    assert ask(shared_service, b"X-Api-Key:") == 401
    assert ask(shared_service, b"X-Api-Key:   ") == 401
    assert ask(shared_service, b"X-Api-Key: " + key + b"," + key) == 401
    assert ask(shared_service, b"X-Api-Key: " + key[:-1]) == 401
    assert ask(shared_service, b"X-Api-Key: " + key + b"A") == 401
    assert ask(shared_service, b"X-Api-Key: " + key.swapcase()) == 401
    assert ask(shared_service, b"X-Api-Key: Bearer " + key) == 401
    assert ask(shared_service, b"Authorization: Bearer " + key) == 401
    assert ask(shared_service, path=f"{ACCOUNTS}/x/auth-status?X-Api-Key={key.decode()}") == 401
    assert ask(shared_service, b"Cookie: X-Api-Key=" + key) == 401


def test_an_expired_key_is_none(start_service: StartService) -> None:
    clock = Clock()
    service = start_service(clock=clock)
    new = service.api_key(expires_at=clock() + 60)
    client = service.client(new.key)
    assert client.get(f"{ACCOUNTS}/x/auth-status").json()["code"] == 12600
    clock.advance(61)
    assert client.get(f"{ACCOUNTS}/x/auth-status").json()["code"] == 401


def test_a_revoked_key_stops_at_once(shared_service: Service) -> None:
    new = shared_service.api_key()
    client = shared_service.client(new.key)
    assert client.get(f"{ACCOUNTS}/x/auth-status").json()["code"] == 12600
    assert shared_service.run(shared_service.services.api_keys.revoke(new.id))
    assert client.get(f"{ACCOUNTS}/x/auth-status").json()["code"] == 401
    assert not shared_service.run(shared_service.services.api_keys.revoke(new.id))


def test_another_user_finds_nothing(shared_service: Service) -> None:
    mine = shared_service.connect("facebook", "mara", user="owner", choose=0)
    account = shared_service.account("youtube", user="owner")
    stranger = shared_service.client_of("stranger")

    def codes(user: str) -> list[int]:
        client = shared_service.client_of(user)
        choice = {"sessionId": mine.session_id, "accounts": []}
        return [
            client.get(f"{ACCOUNTS}/{account}/auth-status").json()["code"],
            client.get(f"{WORKS}/youtube", params={"accountId": account}).json()["code"],
            client.get(f"{AUTH}/facebook/status/{mine.session_id}").json()["code"],
            client.get(f"{AUTH}/youtube/status/{mine.session_id}").json()["code"],
            client.post(f"{AUTH}/selections", json=choice).json()["code"],
        ]

    assert codes("owner") == [0, 0, 0, 15040, 15083]
    assert codes("stranger") == [12600, 12600, 15039, 15039, 15039]
    group = shared_service.hand_in("xhs", user="owner")["groupId"]
    assert stranger.get(f"{AUTH}/youtube", params={"groupId": group}).json()["code"] == 12601
    body = shared_service.plugin_body("xhs", "mara") | {"groupId": group}
    assert stranger.post(ACCOUNTS, json=body).json()["code"] == 12601
    claimed = shared_service.plugin_body("xhs")
    assert stranger.post(ACCOUNTS, json=claimed).json()["code"] == 15082
    second = shared_service.client(shared_service.api_key("owner").key)
    assert second.get(f"{ACCOUNTS}/{account}/auth-status").json()["code"] == 0
