"""Keys with scopes, and keys that take one another's place."""

import hashlib
import time
from typing import Any

import pytest

from openchannels.core.keys import HELD_BY, Scope
from openchannels.core.sessions import Binding
from openchannels.service import api_keys
from openchannels.service.api_keys import ApiKeys
from openchannels.service.authorization.caller_redirect import signature
from openchannels.service.context import Caller
from openchannels.store.queries.keys import by_hash
from tests.harness.clock import Clock
from tests.harness.fixtures import StartService
from tests.harness.paths import ACCOUNTS, AUTH, ENGAGEMENT, WORKS
from tests.harness.service import Service

ASKED = {
    Scope.ACCOUNTS_READ: ("GET", ACCOUNTS),
    Scope.ACCOUNTS_WRITE: ("DELETE", f"{ACCOUNTS}/x"),
    Scope.WORKS_READ: ("GET", f"{WORKS}/youtube?accountId=x"),
    Scope.ASSETS_READ: ("GET", "/api/assets"),
    Scope.ASSETS_WRITE: ("DELETE", "/api/assets/x"),
    Scope.PUBLISH_READ: ("GET", "/api/v2/channels/publish/records"),
    Scope.PUBLISH_WRITE: ("DELETE", "/api/v2/channels/publish/tasks/x"),
    Scope.ENGAGEMENT_READ: (
        "GET",
        f"{ENGAGEMENT}/comments?accountId=x&platform=youtube&platformWorkId=x",
    ),
    Scope.ENGAGEMENT_WRITE: ("POST", f"{ENGAGEMENT}/function?accountId=x"),
    Scope.ADMIN: ("GET", "/api/v2/channels/audit"),
}


@pytest.mark.parametrize("held", Scope)
@pytest.mark.parametrize("needed", Scope)
def test_each_scope_alone(shared_service: Service, held: Scope, needed: Scope) -> None:
    made = shared_service.run(shared_service.services.api_keys.create("acme", scopes=[held]))
    method, path = ASKED[needed]
    answer = shared_service.client(made.key).request(method, path).json()
    if held in HELD_BY[needed]:
        assert answer["code"] in (0, 10002, 12600, 12750, 15004)
    else:
        assert (answer["code"], answer["data"]) == (15203, {"scope": needed.value})
        assert needed.value in answer["message"]


def test_the_document_says_which_scope(shared_service: Service) -> None:
    document = shared_service.client().get("/openapi.json").json()
    paths = document["paths"]
    assert paths[ACCOUNTS]["get"]["x-required-scope"] == "accounts:read"
    assert paths[ACCOUNTS]["post"]["x-required-scope"] == "accounts:write"
    page = shared_service.client().get("/reference/operations").text
    assert page.count(">accounts:write</span>") > 4


def code_of(service: Service, key: str) -> int:
    return int(service.client(key).get(f"{ACCOUNTS}/x/auth-status").json()["code"])


def rotate(service: Service, key_id: str, overlap: float) -> Any:
    return service.run(service.services.api_keys.rotate(key_id, overlap))


def test_both_work_during_the_overlap(start_service: StartService) -> None:
    clock = Clock()
    service = start_service(clock=clock)
    old = service.run(
        service.services.api_keys.create(
            *("acme", "back end", ["https://a.example"], clock() + 1000),
            scopes=[Scope.ACCOUNTS_READ],
            binding=Binding.BOUND,
        )
    )
    clock.advance(100)
    new = rotate(service, old.id, 60)
    for name in ("user_id", "name", "origins", "scopes", "binding"):
        assert getattr(new, name) == getattr(old, name)
    assert new.expires_at == pytest.approx(clock() + 1000, abs=5)
    assert {new.key, new.signing_secret}.isdisjoint({old.key, old.signing_secret})
    assert [code_of(service, key.key) for key in (old, new)] == [12600, 12600]
    clock.advance(61)
    assert [code_of(service, key.key) for key in (old, new)] == [401, 12600]


def test_an_overlap_never_lengthens_a_key(start_service: StartService) -> None:
    clock = Clock()
    service = start_service(clock=clock)
    old = service.api_key(expires_at=clock() + 10)
    assert rotate(service, old.id, 1000) is not None
    clock.advance(11)
    assert code_of(service, old.key) == 401


def test_what_is_not_rotated(service: Service) -> None:
    gone, old = service.api_key(), service.api_key()
    assert service.run(service.services.api_keys.revoke(gone.id))
    assert rotate(service, gone.id, 60) is None
    assert rotate(service, "0" * 24, 60) is None
    assert rotate(service, old.id, 60) is not None
    assert rotate(service, old.id, 60) is None
    assert len(service.run(service.services.api_keys.list_keys())) == 3


def test_results_are_signed_by_the_key_that_started(service: Service) -> None:
    old = service.api_key()
    start = service.client(old.key).get(f"{AUTH}/youtube").json()["data"]
    new = rotate(service, old.id, 0)
    person = "&sandbox_decision=approve&sandbox_person=ida"
    service.browser().get(start["url"] + person)
    caller = Caller("acme", old.id)
    session = service.run(service.services.sessions.get_owned(caller, start["sessionId"]))
    fields = dict(service.run(service.services.caller_redirects.form(session)))
    assert fields["signature"] == signature(old.signing_secret, fields)
    assert fields["signature"] != signature(new.signing_secret, fields)
    path = f"{AUTH}/youtube/status/{start['sessionId']}"
    assert code_of(service, old.key) == 401
    assert service.client(new.key).get(path).json()["data"]["status"] == "completed"


def test_cursors_serve_both_keys(service: Service) -> None:
    account = service.account("youtube")
    old = service.key_of()
    new = rotate(service, old.id, 600)
    asked: dict[str, Any] = {"accountId": account, "limit": 5}
    path = f"{WORKS}/youtube"
    page = service.client(old.key).get(path, params=asked).json()["data"]
    cursor = page["pagination"]["nextCursor"]
    pages = [
        service.client(key).get(path, params={**asked, "cursor": cursor}).json()["data"]["items"]
        for key in (old.key, new.key)
    ]
    assert pages[0] == pages[1] != page["items"]


def test_the_key_is_stored_as_a_digest(service: Service) -> None:
    old = service.api_key()
    new = rotate(service, old.id, 60)
    digest = hashlib.sha256(new.key.encode()).digest()
    row = service.run(service.runtime.db.read(by_hash, digest))
    assert row.id == new.id


def test_a_key_is_read_again_after_half_a_second(
    shared_service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(api_keys, "monotonic", lambda: now)
    here, elsewhere = shared_service.services.api_keys, ApiKeys(shared_service.services.context)
    first, second = shared_service.api_key(), shared_service.api_key()
    assert [code_of(shared_service, key.key) for key in (first, second)] == [12600] * 2
    assert shared_service.run(elsewhere.revoke(first.id))
    assert code_of(shared_service, first.key) == 12600
    monkeypatch.setattr(api_keys, "monotonic", lambda: now + api_keys.REMEMBERED_SECONDS)
    assert code_of(shared_service, first.key) == 401
    assert code_of(shared_service, second.key) == 12600
    assert shared_service.run(here.revoke(second.id))
    assert code_of(shared_service, second.key) == 401
