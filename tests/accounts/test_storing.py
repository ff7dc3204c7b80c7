"""Uids that a caller may give, and texts that are too long, no addresses or not storable."""

import pytest

from openchannels.store.queries.accounts import is_storable
from tests.harness.paths import ACCOUNTS
from tests.harness.service import Service

LOOK_ALIKES = ["\uff41bc", "e\u0301", "\u00e9", "\u0430bc", "abc\u200b", "\u2170", "\u0661"]
BAD_UIDS = ["", " ", "a/b", "a%2Fb", "..", "a.b", "a b", "abc\n", "\nabc", "a:b", "a+b", "a" * 65]


@pytest.mark.parametrize("uid", [*LOOK_ALIKES, *BAD_UIDS])
@pytest.mark.parametrize("platform", ["xhs", "wxSph"])
def test_a_uid_that_no_platform_gives(shared_service: Service, platform: str, uid: str) -> None:
    body = {"type": platform, "uid": uid, "nickname": "n", "loginCookie": "sessionid=x"}
    answer = shared_service.client_of().post(ACCOUNTS, json=body).json()
    assert answer["code"] == 10002, answer
    assert [issue["path"] for issue in answer["data"]["issues"]] == ["uid"]


@pytest.mark.parametrize("uid", ["-_-", "0", "A_b-9", "z" * 64])
def test_a_uid_that_reaches_its_account(shared_service: Service, uid: str) -> None:
    client = shared_service.client_of()
    body = {"type": "xhs", "uid": uid, "nickname": "n"}
    made = client.post(ACCOUNTS, json=body).json()["data"]
    assert client.get(f"{ACCOUNTS}/{made['id']}").json()["data"]["uid"] == uid


@pytest.mark.parametrize(
    ("uid", "storable"), [("a" * 256, True), ("a" * 257, False), ("a\x00", False)]
)
def test_texts_that_no_column_holds(uid: str, storable: bool) -> None:
    assert is_storable({"uid": uid, "rank": 1}) is storable


AVATAR = "https://cdn.example/"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nickname", "n" * 513),
        ("nickname", "n" * 1_000_000),
        ("avatar", AVATAR + "a" * (2049 - len(AVATAR))),
        ("avatar", "javascript:alert(1)"),
        ("avatar", "JaVaScRiPt:alert(1)//https://cdn.example/"),
        ("avatar", "data:image/svg+xml;base64,PHN2Zz4="),
        ("avatar", "//cdn.example/a.png"),
        ("avatar", "https:cdn.example"),
        ("avatar", "https://"),
        ("avatar", "https://cdn.example/a b"),
        ("avatar", "https://cdn.example/a\nb"),
        ("avatar", "https://[cdn.example/"),
        ("avatar", " https://cdn.example/a"),
        ("loginCookie", "a=" + "b" * 65_535),
    ],
    ids=lambda value: value[:40],
)
def test_texts_of_callers_are_bounded(shared_service: Service, field: str, value: str) -> None:
    body = {"type": "xhs", "uid": "bounded", "nickname": "n", field: value}
    answer = shared_service.client_of().post(ACCOUNTS, json=body).json()
    assert answer["code"] == 10002, answer
    assert [issue["path"] for issue in answer["data"]["issues"]] == [field]


def test_the_longest_texts_are_stored(shared_service: Service) -> None:
    avatar = AVATAR + "a" * (2048 - len(AVATAR))
    body = {"type": "xhs", "uid": "longest", "nickname": "川" * 512, "avatar": avatar}
    stored = shared_service.client_of().post(ACCOUNTS, json=body).json()["data"]
    assert (stored["nickname"], stored["avatar"]) == (body["nickname"], avatar)
