"""Accounts that cannot be stored."""

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
