"""Requests for single works, figures and values of options."""

from typing import Any
from urllib.parse import quote

from tests.harness.paths import ACCOUNTS, WORKS
from tests.platforms.facts import PAGING
from tests.platforms.live import Live


def work(live: Live, platform: str, work_id: str, end: str = "", **params: Any) -> dict[str, Any]:
    """The whole answer for one work, or for its `analytics` or `history`."""
    return _get(live, f"{WORKS}/{platform}/{quote(work_id, safe='')}{end}", params)


def account(live: Live, account_id: str, **params: Any) -> dict[str, Any]:
    """The whole answer for the figures of an account."""
    return _get(live, f"{ACCOUNTS}/{quote(account_id, safe='')}/analytics", params)


def _get(live: Live, path: str, params: dict[str, Any]) -> dict[str, Any]:
    live.refill()
    answer: dict[str, Any] = live.client.get(path, params=params).json()
    return answer


def ownership(live: Live, platform: str, work_id: str, account_id: str) -> dict[str, Any]:
    """`data` of the question whether a work is an account's."""
    live.refill()
    path = f"{WORKS}/{platform}/{quote(work_id, safe='')}/ownership/verify"
    answer = live.client.post(path, json={"candidateAccountId": account_id}).json()
    assert answer["code"] == 0, answer
    data: dict[str, Any] = answer["data"]
    return data


def newest(live: Live, platform: str, account_id: str) -> list[dict[str, Any]]:
    """An account's newest works, as many as one page holds."""
    live.refill()
    mode, _, largest, _ = PAGING[platform]
    size = {"limit" if mode == "cursor" else "pageSize": largest}
    items: list[dict[str, Any]] = live.works(platform, account_id, **size)["items"]
    return items


def options(live: Live, account_id: str, field: str, **chosen: Any) -> dict[str, Any]:
    """The whole answer for the values of a publish option."""
    return _get(live, _values(account_id, field), chosen)


def create_option(live: Live, account_id: str, field: str, **wanted: Any) -> dict[str, Any]:
    """The whole answer to the creation of a value of a publish option."""
    answer: dict[str, Any] = live.client.post(_values(account_id, field), json=wanted).json()
    return answer


def _values(account_id: str, field: str) -> str:
    return f"{ACCOUNTS}/{quote(account_id, safe='')}/publish-options/{field}/values"
