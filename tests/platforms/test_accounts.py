"""Who stands behind a grant, against what the sandbox's world says."""

import re
from urllib.parse import quote

from openchannels.core.availability import ACCOUNT_FIELDS
from openchannels.core.ids import SESSION_ID
from tests.harness.paths import ACCOUNTS, PLUGINS
from tests.platforms.cases import BY_NAME, each, each_of
from tests.platforms.facts import IDENTITIES, Expected
from tests.platforms.live import USER, Live

PERSONS = ("ida", "mara", "empty")


def expected(live: Live, platform: str, person: str) -> list[Expected]:
    return IDENTITIES[platform](live.world(platform, person))


@each_of("accounts of person", PERSONS)
def test_accounts_are_those_of_the_world(live: Live, platform: str, person: str) -> None:
    wanted = expected(live, platform, person)
    if not wanted:
        assert_refused(live, platform, person)
        return
    shown = {live.shown(one)["uid"]: live.shown(one) for one in live.accounts(platform, person)}
    assert shown.keys() == {one.uid for one in wanted}
    for one in wanted:
        account = shown[one.uid]
        assert account["type"] == platform
        assert account["nickname"]
        told = {"account": one.account, "workCount": one.works, "nickname": one.nickname}
        for name, value in told.items():
            if value is not None and not (platform in PLUGINS and name == "nickname"):
                assert account[name] == value or str(account[name]).startswith(f"{value} ("), name


@each("accounts: several")
def test_a_grant_opens_several_where_that_is_declared(live: Live, platform: str) -> None:
    connector = BY_NAME[platform]
    most = max(len(expected(live, platform, person)) for person in PERSONS)
    assert connector.accounts.several(live.platforms.client(connector).app) is (most > 1)


def assert_refused(live: Live, platform: str, person: str) -> None:
    if platform in PLUGINS:
        body = live.service.plugin_body(platform, person)
        assert live.client.post(ACCOUNTS, json=body).json()["code"] == 15003
        return
    status = live.service.connect(platform, person, user=USER).status
    assert (status["status"], status["errorCode"]) == ("failed", 15014)
    assert "accountIds" not in status


@each_of("ids of person", PERSONS)
def test_ids_are_texts_and_one_segment_of_a_path(live: Live, platform: str, person: str) -> None:
    assert expected(live, platform, person)
    for account_id in live.accounts(platform, person):
        account = live.shown(account_id)
        assert account["id"] == account_id
        assert all(isinstance(account[name], str) for name in ("id", "uid", "nickname", "groupId"))
        assert account_id.startswith(f"{platform}_{account['uid']}")
        assert re.fullmatch(r"[A-Za-z0-9_.:~-]+", account_id), account_id
        answer = live.client.get(f"{ACCOUNTS}/{quote(account_id, safe='')}/auth-status").json()
        assert (answer["code"], answer["data"]["status"]) == (0, 1)
        counters = [name for name in ACCOUNT_FIELDS if name.endswith("Count") and name in account]
        assert all(type(account[name]) is int and account[name] >= 0 for name in counters)
        avatar = account.get("avatar")
        assert avatar is None or avatar.startswith("https://")
        assert not [name for name, value in account.items() if value in (None, "")]


@each("nothing behind the grant")
def test_the_hint_is_given_in_the_language_asked_for(live: Live, platform: str) -> None:
    assert expected(live, platform, "empty") == []
    connected = live.service.connect(platform, "empty", user=USER)
    assert SESSION_ID.fullmatch(connected.session_id)
    declared = BY_NAME[platform].accounts.empty_hint
    assert declared is not None
    hint = declared.as_text()
    assert hint.en != hint.zh
    for locale, text in hint.as_wire().items():
        status = live.status(platform, connected.session_id, **{"Accept-Language": locale})
        assert (status["status"], status["errorCode"]) == ("failed", 15014)
        assert status["errorData"]["hint"] == text
    assert status["errorMessage"] != connected.status["errorMessage"]


@each("connecting again")
def test_connecting_again_changes_no_id(live: Live, platform: str) -> None:
    assert live.connect(platform, "ida") == live.accounts(platform, "ida")
