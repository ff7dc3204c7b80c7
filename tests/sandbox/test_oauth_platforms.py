"""What every further OAuth platform of the sandbox must do, in its own words."""

import pytest

from .conftest import Client, advance, answered, walk
from .oauth_platforms import PLATFORMS
from .oauth_protocol import OAuthProtocol, login, secret

EXTENDING = [name for name, one in PLATFORMS.items() if one.extends]
ROTATING = [name for name, one in PLATFORMS.items() if one.rotates and not one.extends]
STAYING = [name for name, one in PLATFORMS.items() if not one.rotates]


@pytest.fixture(params=list(PLATFORMS), ids=str)
def protocol(request: pytest.FixtureRequest) -> OAuthProtocol:
    return PLATFORMS[request.param]


def accepted(response: object) -> bool:
    """Whether a call did what was asked, whatever status the platform uses for a refusal."""
    body = response.json()  # type: ignore[attr-defined]
    refused = body.get("error") not in (None, "", {}) and body.get("error", {}) != {}
    if isinstance(body.get("error"), dict):
        refused = body["error"].get("code") != "ok"
    data = body.get("data")
    coded = data.get("error_code", 0) if isinstance(data, dict) else 0
    refused = refused or coded not in (0, "0") or body.get("err_no", 0) != 0
    return response.status_code < 300 and not refused  # type: ignore[attr-defined]


async def test_approval_leads_to_every_work_once(sandbox: Client, protocol: OAuthProtocol) -> None:
    tokens = await login(sandbox, protocol)
    assert accepted(await protocol.profile(sandbox, tokens))
    ids = await walk(lambda at: protocol.page(sandbox, tokens, at), None)
    world = (await sandbox.get(f"/_world/{protocol.name}/ida")).json()
    assert len(ids) == len(set(ids)) == world["works"] > 100


async def test_an_empty_account_has_an_empty_list(sandbox: Client, protocol: OAuthProtocol) -> None:
    tokens = await login(sandbox, protocol, sandbox_person="empty")
    assert await protocol.page(sandbox, tokens, None) == ([], None)


async def test_denial_comes_back_in_the_platforms_words(
    sandbox: Client, protocol: OAuthProtocol
) -> None:
    query = protocol.asking | {"sandbox_decision": "deny"}
    back = answered(await sandbox.get(protocol.authorize, params=query))
    assert back["state"] == "s1"
    assert "code" not in back
    assert protocol.denial.items() <= back.items()


async def test_a_code_is_good_once_and_only_for_its_client(
    sandbox: Client, protocol: OAuthProtocol
) -> None:
    query = protocol.asking | {"sandbox_decision": "approve"}
    code = answered(await sandbox.get(protocol.authorize, params=query))["code"]
    assert not accepted(await protocol.exchange(sandbox, code, "not the secret"))
    assert accepted(await protocol.exchange(sandbox, code, secret(protocol.name)))
    assert not accepted(await protocol.exchange(sandbox, code, secret(protocol.name)))


async def test_a_code_expires(sandbox: Client, protocol: OAuthProtocol) -> None:
    query = protocol.asking | {"sandbox_decision": "approve"}
    code = answered(await sandbox.get(protocol.authorize, params=query))["code"]
    await advance(sandbox, 3601)
    assert not accepted(await protocol.exchange(sandbox, code, secret(protocol.name)))


@pytest.mark.parametrize("name", ROTATING)
async def test_a_refresh_replaces_both_tokens_and_the_old_one_is_void(
    sandbox: Client, name: str
) -> None:
    protocol = PLATFORMS[name]
    tokens = await login(sandbox, protocol)
    await advance(sandbox, protocol.access_seconds + 1)
    assert not accepted(await protocol.profile(sandbox, tokens))
    fresh = (await protocol.refresh(sandbox, tokens["refresh_token"])).json()
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert accepted(await protocol.profile(sandbox, fresh))
    assert not accepted(await protocol.refresh(sandbox, tokens["refresh_token"]))


@pytest.mark.parametrize("name", STAYING)
async def test_a_refresh_token_that_stays(sandbox: Client, name: str) -> None:
    protocol = PLATFORMS[name]
    tokens = await login(sandbox, protocol)
    await advance(sandbox, protocol.access_seconds + 1)
    assert not accepted(await protocol.profile(sandbox, tokens))
    for _ in range(2):
        response = await protocol.refresh(sandbox, tokens["refresh_token"])
        fresh = tokens | protocol.tokens(response.json())
        assert fresh["refresh_token"] == tokens["refresh_token"]
        assert accepted(await protocol.profile(sandbox, fresh))


@pytest.mark.parametrize("name", EXTENDING)
async def test_a_token_extends_itself_after_a_day_and_before_its_end(
    sandbox: Client, name: str
) -> None:
    protocol = PLATFORMS[name]
    tokens = await login(sandbox, protocol)
    assert not accepted(await protocol.refresh(sandbox, tokens["access_token"]))
    await advance(sandbox, 86_401)
    fresh = (await protocol.refresh(sandbox, tokens["access_token"])).json()
    await advance(sandbox, protocol.access_seconds - 3600)
    assert not accepted(await protocol.profile(sandbox, tokens))
    assert accepted(await protocol.profile(sandbox, fresh))
    await advance(sandbox, 7200)
    assert not accepted(await protocol.refresh(sandbox, fresh["access_token"]))


async def test_a_revoked_grant_answers_nothing(sandbox: Client, protocol: OAuthProtocol) -> None:
    tokens = await login(sandbox, protocol)
    body = {"platform": protocol.name, "person": "ida"}
    assert (await sandbox.post("/_grants/revoke", json=body)).json()["revokedGrants"] == 1
    assert not accepted(await protocol.profile(sandbox, tokens))
    held = tokens["access_token" if protocol.extends else "refresh_token"]
    assert not accepted(await protocol.refresh(sandbox, held))


async def test_what_is_published_and_deleted_shows_at_once(
    sandbox: Client, protocol: OAuthProtocol
) -> None:
    tokens = await login(sandbox, protocol)
    where = f"/_world/{protocol.name}/ida/works"
    added = (await sandbox.post(where, json={"add": 1})).json()
    before, _ = await protocol.page(sandbox, tokens, None)
    await sandbox.post(where, json={"remove": [before[0]]})
    after, _ = await protocol.page(sandbox, tokens, None)
    assert added
    assert before[0] not in after
    assert before[1] == after[0]
