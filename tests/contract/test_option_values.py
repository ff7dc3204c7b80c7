"""Values of publish options, read and made, over a connector with made-up options."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import pytest

from openchannels.client import Client
from openchannels.client import OptionValue as ReadValue
from openchannels.connectors.base.option_schemas import (
    any_object,
    choice,
    integer,
    record,
    string,
)
from openchannels.connectors.base.option_values import OptionValues
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Platform, Text
from openchannels.core.publishing import OptionSource, OptionValue, PublishRules
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient
from tests.contract.test_operations import assert_good
from tests.harness.paths import ACCOUNTS
from tests.harness.service import Service

PLATFORM = Platform("google_business")
HOST = "mybusinessaccountmanagement.googleapis.com"
URL = f"https://{HOST}/v1/accounts"
SHELF = OptionSource(
    "shelf/1",
    Text(en="Shelf", zh="架子"),
    "tree",
    filter_schema=record(shape=choice("Shape", "形状", "flat", "deep")),
    create_schema=record(
        ("name",),
        name=string("Name", "名称", minLength=1),
        size=integer("Size", "大小", minimum=1),
        plan=any_object("Plan", "方案"),
    ),
)
FIXED = OptionSource("fixed", Text(en="Fixed", zh="固定"), "list")


class Shelves(OptionValues):
    """Calls the platform once, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def fetch(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        field: str,
        chosen: Mapping[str, str],
    ) -> Sequence[OptionValue]:
        self.asked.append((account.id, field, chosen))
        await client.get(URL, operation="options.read", headers=bearer(tokens))
        upper = OptionValue("u", Text(en="Upper", zh="上层"), Text(en="Dry", zh="干燥"))
        lower = OptionValue("l", "Lower", disabled=True, extra={"depth": 2})
        return (OptionValue(7, Text(en="Oak", zh="橡木"), children=(upper, lower)),)

    async def create(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        field: str,
        wanted: Mapping[str, Any],
    ) -> OptionValue:
        self.asked.append((account.id, field, wanted))
        parts = {"operation": "options.create", "headers": bearer(tokens), "idempotent": False}
        await client.call("GET", URL, **parts)
        return OptionValue("new", wanted["name"])


@pytest.fixture
def shelves(monkeypatch: pytest.MonkeyPatch) -> Shelves:
    made_up, connector = Shelves(), CONNECTORS[PLATFORM]
    rules = PublishRules(option_sources=(SHELF, FIXED))
    monkeypatch.setattr(connector, "publishing", rules, raising=False)
    monkeypatch.setattr(connector, "option_values", made_up, raising=False)
    return made_up


@pytest.fixture(scope="module")
def account(shared_service: Service) -> str:
    return shared_service.account(PLATFORM)


def path(account: str, field: str = SHELF.field) -> str:
    return f"{ACCOUNTS}/{quote(account, safe='')}/publish-options/{quote(field, safe='')}/values"


@pytest.mark.parametrize(
    ("language", "oak", "upper", "dry"),
    [("en-US", "Oak", "Upper", "Dry"), ("zh-CN", "橡木", "上层", "干燥")],
)
def test_values_are_told_in_the_callers_language(
    shared_service: Service, account: str, shelves: Shelves, language: str, oak: str, upper: str,
    dry: str,
) -> None:  # fmt: skip
    client = shared_service.client_of(headers={"Accept-Language": language})
    assert assert_good(client.get(path(account)))["data"] == {
        "field": "shelf/1",
        "valueType": "tree",
        "items": [
            {
                "value": 7,
                "label": oak,
                "children": [
                    {"value": "u", "label": upper, "description": dry},
                    {"value": "l", "label": "Lower", "disabled": True, "extra": {"depth": 2}},
                ],
            }
        ],
    }
    assert shelves.asked == [(account, "shelf/1", {})]


def test_a_value_is_made(shared_service: Service, account: str, shelves: Shelves) -> None:
    client = shared_service.client_of()
    body = {"name": "Attic", "size": 2, "plan": {"a": [1]}}
    assert assert_good(client.post(path(account), json=body))["data"] == {
        "field": "shelf/1",
        "valueType": "tree",
        "item": {"value": "new", "label": "Attic"},
    }
    assert shelves.asked == [(account, "shelf/1", body)]


def test_the_client_reads_and_makes_values(
    shared_service: Service, account: str, shelves: Shelves
) -> None:
    with Client(shared_service.url, shared_service.key_of().key) as client:
        listed = client.options.values(account, SHELF.field, {"shape": "flat"})
        created = client.options.create(account, SHELF.field, {"name": "Attic"})
    (oak,) = listed.items
    assert (listed.field, listed.value_type, oak.value, oak.label) == ("shelf/1", "tree", 7, "Oak")
    assert oak.children == (
        ReadValue("u", "Upper", "Dry"),
        ReadValue("l", "Lower", disabled=True, extra={"depth": 2}),
    )
    assert created.item == ReadValue("new", "Attic")
    assert [asked[2] for asked in shelves.asked] == [{"shape": "flat"}, {"name": "Attic"}]


def test_what_the_schema_does_not_take_reaches_no_platform(
    shared_service: Service, account: str, shelves: Shelves
) -> None:
    client = shared_service.client_of()
    for answer, names in (
        (client.get(f"{path(account)}?shape=round&colour=red"), ["colour", "shape"]),
        (client.post(path(account), json={"size": 0}), ["name", "size"]),
        (client.post(path(account), json=[]), ["body"]),
        (client.post(path(account), content="{"), ["body"]),
    ):
        body = answer.json()
        assert (body["code"], [one["path"] for one in body["data"]["issues"]]) == (10002, names)
    assert shelves.asked == []
    assert_good(client.get(path(account), params={"shape": "flat"}))
    assert shelves.asked == [(account, "shelf/1", {"shape": "flat"})]


def test_the_account_is_looked_at_before_the_field(
    shared_service: Service, account: str, shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    def code(method: str, address: str, user: str = "acme") -> int:
        body = shared_service.client_of(user).request(
            method, address, json={"name": "a"} if method == "POST" else None
        )
        return int(body.json()["code"])

    for method in ("GET", "POST"):
        assert code(method, path("google_business_nobody", "nonsense")) == 12600
        assert code(method, path(account, "nonsense"), "stranger") == 12600
        assert code(method, path(account), "stranger") == 12600
        answer = shared_service.client_of().request(
            method, path(account, "nonsense"), json={"name": "a"} if method == "POST" else None
        )
        assert answer.json()["code"] == 15080
        assert answer.json()["data"] == {"platform": PLATFORM, "field": "nonsense"}
    assert code("GET", path(account, "fixed")) == 0
    # Nothing is made, and nothing narrows the values.
    assert code("POST", path(account, "fixed")) == 15080
    assert code("GET", f"{path(account, 'fixed')}?shape=flat") == 10002
    monkeypatch.setattr(CONNECTORS[PLATFORM], "option_values", None)
    assert code("GET", path(account)) == 15080


def test_a_platform_that_fails(shared_service: Service, account: str, shelves: Shelves) -> None:
    client, called = shared_service.client_of(), f"GET {HOST}/v1/accounts"
    for method, calls in (("GET", 2), ("POST", 1)):
        shared_service.reset_sandbox()
        shared_service.fault(host=HOST, kind="server_error", times=5)
        answer = client.request(
            method, path(account), json={"name": "a"} if method == "POST" else None
        ).json()
        assert (answer["code"], answer["data"]["platform"]) == (15094, PLATFORM)
        # What may have been made is not made again.
        assert shared_service.calls()[called] == calls
    shared_service.reset_sandbox()


def test_the_metadata_says_where_values_can_be_read(
    shared_service: Service, shelves: Shelves
) -> None:
    rows = assert_good(shared_service.client().get("/api/v2/channels/platforms"))["data"]
    told = {row["platform"]: row["capabilities"]["publish"]["optionSources"] for row in rows}
    assert told == {
        platform: connector.option_values is not None for platform, connector in CONNECTORS.items()
    }
    assert told[PLATFORM]
