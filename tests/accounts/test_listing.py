"""Listing accounts, and reading one."""

from typing import Any

import pytest
from sqlalchemy import delete, insert, null, update

from openchannels.store.database import Connection
from openchannels.store.queries.groups import ensure_default
from openchannels.store.tables import accounts, credentials
from tests.api.raw import exchange
from tests.harness.paths import ACCOUNTS
from tests.harness.service import Service
from tests.harness.statements import recorded


def listed(service: Service, user: str = "acme", **query: Any) -> list[str]:
    answer = service.client_of(user).get(ACCOUNTS, params=query).json()
    assert answer["code"] == 0, answer
    assert answer["data"]["total"] == len(answer["data"]["list"])
    return [account["id"] for account in answer["data"]["list"]]


def test_filters_and_their_precedence(service: Service) -> None:
    first = service.account("youtube")
    second = service.account("tiktok")
    third = service.account("xhs")
    foreign = service.account("pinterest", user="other")
    assert listed(service) == sorted([first, second, third])
    assert listed(service, ids=[third, foreign, "unknown"], status=0) == [third]
    assert listed(service, **{"ids[]": third}) == [third]
    assert listed(service, **{"ids[0]": second, "ids[1]": first}) == [second, first]
    assert listed(service, ids=second) == [second]
    assert listed(service, ids=f"{second}, {first}") == [second, first]
    assert listed(service, **{"ids[]": f"{second},{first}"}) == []
    assert listed(service, types=["xhs", "tiktok"]) == [second, third]
    assert listed(service, types="xhs,tiktok") == [second, third]
    assert listed(service, types="xhs", status="1") == [third]
    assert listed(service, status="") == []
    group = service.client_of().get(f"{ACCOUNTS}/{first}").json()["data"]["groupId"]
    assert listed(service, spaceIds=[group], types="douyin") == sorted([first, second, third])
    assert listed(service, spaceIds=["0" * 24]) == []
    assert listed(service, groupId=group, types="youtube") == [first]
    assert listed(service, "other") == [foreign]
    assert listed(service, "other", spaceIds=[group]) == []
    assert listed(service, "other", groupId=group) == []


def test_an_ended_grant_is_listed_as_one(service: Service) -> None:
    account_id = service.account("threads")
    service.clock.advance(61 * 86_400)
    assert health(service, account_id) == "grant_ended"


SHOWN = ("status", "reason", "advice", "expiresAt")


def health(service: Service, account_id: str, user: str = "acme") -> str | None:
    """The reason of an account, which all reads show alike and filters know."""
    client = service.client_of(user)

    def shown(path: str, **query: Any) -> dict[str, Any]:
        data: dict[str, Any] = client.get(path, params=query).json()["data"]
        return data

    state = shown(f"{ACCOUNTS}/{account_id}/auth-status")
    status = state["status"]
    (one,) = shown(ACCOUNTS, ids=account_id)["list"]
    assert one == shown(f"{ACCOUNTS}/{account_id}")
    expected = {name: state[name] for name in SHOWN if name in state}
    assert {name: one[name] for name in SHOWN if name in one} == expected
    assert account_id in listed(service, user, status=status)
    assert account_id not in listed(service, user, status=1 - status)
    assert ("advice" in one) == ("reason" in one)
    reason: str | None = one.get("reason")
    return reason


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"scopes": None}, None),
        ({"scopes": null()}, None),
        ({"scopes": []}, "scope_missing"),
        ({"scopes": ["https://www.googleapis.com/auth/youtube"]}, "scope_missing"),
        ({"scopes": ["x", "https://www.googleapis.com/auth/youtube.readonly"]}, None),
        ({"grant_ends_at": 1.0}, "grant_ended"),
        ({"status": 0, "reason": "refresh_lost"}, "refresh_lost"),
        ({"account_id": None}, "credential_missing"),
    ],
)
def test_lists_show_why_an_account_does_not_work(
    shared_service: Service, changed: dict[str, Any], reason: str | None
) -> None:
    account_id = shared_service.account("youtube", user="health")

    def change(connection: Connection) -> None:
        if "account_id" in changed:
            connection.execute(delete(credentials).where(credentials.c.account_id == account_id))
        elif "status" in changed:
            connection.execute(
                update(accounts).where(accounts.c.id == account_id).values(**changed)
            )
        elif changed:
            mine = credentials.c.account_id == account_id
            connection.execute(update(credentials).where(mine).values(**changed))

    shared_service.run(shared_service.runtime.db.write(change))
    assert health(shared_service, account_id, "health") == reason


def test_a_list_is_one_query(service: Service) -> None:
    for platform in ("youtube", "tiktok", "xhs"):
        service.account(platform)
    client, original = service.client_of(), service.runtime.db.read
    asked: list[str] = []

    async def counted(query: Any, *args: Any, **options: Any) -> Any:
        of_this_try: list[str] = []

        def traced(connection: Connection) -> Any:
            with recorded(connection) as statements:
                found = query(connection, *args, **options)
            of_this_try[:] = [text for text, _ in statements]
            return found

        found = await original(traced)
        asked.extend(of_this_try)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.runtime.db, "read", counted)
        assert client.get(ACCOUNTS).json()["data"]["total"] == 3
    assert len([text for text in asked if "FROM accounts" in text]) == 1, asked


def test_one_account_is_the_one_that_was_made(service: Service) -> None:
    made = service.hand_in("wxSph")
    client = service.client_of()
    assert client.get(f"{ACCOUNTS}/{made['id']}").json()["data"] == made
    assert client.get(ACCOUNTS).json()["data"] == {"total": 1, "list": [made]}
    assert client.get(f"{ACCOUNTS}/unknown").json()["code"] == 12600
    assert service.client_of("other").get(f"{ACCOUNTS}/{made['id']}").json()["code"] == 12600


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"ids": ""}, "ids"),
        ({"ids[]": ""}, "ids"),
        ({"ids": "a,"}, "ids"),
        ({"ids": ",".join("a" for _ in range(1001))}, "ids"),
        ({f"ids[{n}]": "a" for n in range(1001)}, "ids"),
        ({"types": "YouTube"}, "types"),
        ({"status": "2"}, "status"),
        ({"status": "ok"}, "status"),
        ({"ids": "\x00"}, "ids"),
        ({"pageSize": "1001"}, "pageSize"),
        ({"limit": "1001"}, "limit"),
        ({"pageSize": "0"}, "pageSize"),
        ({"page": "0"}, "page"),
        ({"page": "1.5"}, "page"),
        ({"page": "1", "cursor": "a"}, "cursor"),
        ({"page": "1", "limit": "5"}, "cursor"),
    ],
)
def test_bad_filters_are_named(shared_service: Service, query: dict[str, str], path: str) -> None:
    answer = shared_service.client_of().get(ACCOUNTS, params=query).json()
    assert answer["code"] == 10002, answer
    assert [issue["path"].partition("[")[0] for issue in answer["data"]["issues"]] == [path]


LONG = "a" * 80


@pytest.mark.parametrize(
    ("query", "answered"),
    [
        (
            "&".join(f"ids%5B{n}%5D=a{'x' * 80}{n}" for n in range(999)) + "&ids%5B%5D=HERE",
            (200, 0),
        ),
        (f"ids={'x' * (128 * 1024)}", (414, 414)),
        ("&".join(f"ids=a{'x' * 80}{n}" for n in range(1001)), (200, 10002)),
    ],
)
def test_a_thousand_ids_arrive(
    shared_service: Service, query: str, answered: tuple[int, int]
) -> None:
    """In addresses that are longer than the server's parser counts."""
    account_id = shared_service.account("xhs", user="long")
    head = f"GET {ACCOUNTS}?{query.replace('HERE', account_id)}"
    key = f"X-Api-Key: {shared_service.key_of('long').key}"
    answer = exchange(shared_service.url, [f"{head} HTTP/1.1".encode(), key.encode()])
    body = answer.json()
    assert (answer.status, body["code"]) == answered
    if body["code"] == 0:
        assert [account["id"] for account in body["data"]["list"]] == [account_id]


MANY = 1003


def add_many(connection: Connection) -> None:
    row = {
        "user_id": "many",
        "platform": "xhs",
        "nickname": "n",
        "names_set": [],
        "group_id": ensure_default(connection, "many", 1.0),
        "status": 1,
        "proved": False,
        "rank": 1,
        "counters": {},
        "facts": {},
        "updated_at": 1.0,
    }
    rows = [
        row | {"id": f"xhs_{n:04}", "identity": str(n), "uid": str(n), "created_at": 2000.0 - n}
        for n in range(MANY)
    ]
    connection.execute(insert(accounts), rows)


def test_a_list_of_many_has_pages(service: Service) -> None:
    service.run(service.runtime.db.write(add_many))
    client = service.client_of("many")
    ids = [f"xhs_{n:04}" for n in range(MANY)]

    def page(**query: Any) -> tuple[list[str], str | None]:
        data = client.get(ACCOUNTS, params=query).json()["data"]
        assert data["total"] == MANY
        return [account["id"] for account in data["list"]], data.get("nextCursor")

    assert page() == (ids[:1000], ids[999])
    assert page(page=2) == (ids[1000:], None)
    assert page(pageSize=10) == (ids[:10], ids[9])
    assert page(page=3, pageSize=10) == (ids[20:30], ids[29])
    assert page(page=101, pageSize=10) == (ids[1000:], None)
    assert page(page=2**53 - 1, pageSize=1000) == ([], None)
    found, cursor = page(limit=600)
    rest, end = page(limit=600, cursor=cursor)
    assert (found + rest, end) == (ids, None)
    assert page(cursor=ids[-1]) == ([], None)
    assert page(cursor="xhs_0001x", limit=1) == ([ids[2]], ids[2])
    for form in ({"ids": ids[:1000]}, {f"ids[{n}]": one for n, one in enumerate(ids[:1000])}):
        found = client.get(ACCOUNTS, params={**form, "limit": 1000}).json()["data"]
        assert (found["total"], "nextCursor" in found) == (1000, False)
    few = client.get(ACCOUNTS, params={"ids": ids[:5], "limit": 2}).json()["data"]
    assert (few["total"], few["nextCursor"]) == (5, ids[1])
