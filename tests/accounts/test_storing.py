"""Accounts that cannot be stored, and texts that are too long or no addresses."""

import pytest

from tests.harness.paths import ACCOUNTS
from tests.harness.service import Service


@pytest.mark.parametrize("length", [250, 300])
def test_an_id_longer_than_its_column(shared_service: Service, length: int) -> None:
    body = {"type": "xhs", "uid": "a" * length, "nickname": "n"}
    answer = shared_service.client_of().post(ACCOUNTS, json=body).json()
    assert answer["code"] == (12604 if length > 256 else 0), answer
    listed = shared_service.client_of().get(ACCOUNTS).json()["data"]["list"]
    assert all(len(account["uid"]) <= 256 for account in listed)


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
