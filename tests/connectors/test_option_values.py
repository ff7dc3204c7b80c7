"""Values of publish options, over the answers of the platforms' documentation."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from openchannels.connectors.registry import CONNECTORS
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import FailureKind, PlatformFailure
from openchannels.core.platforms import Platform
from openchannels.core.publishing import OptionValue
from openchannels.transport import platform_client
from openchannels.transport.client import TransportError
from openchannels.transport.platform_client import PlatformClient
from tests.connectors.support import FakeSend, account_of, answer, client_for

TOKENS = Tokens("a", "r")
SECTIONS = {
    "code": 0,
    "message": "0",
    "ttl": 1,
    "data": [
        {
            "id": 160,
            "parent": 0,
            "name": "生活",
            "description": "",
            "children": [
                {"id": 250, "parent": 160, "name": "出行", "description": "旅行与骑行"},
                {"id": "21", "parent": [], "name": {}, "description": 5, "children": "none"},
                {"id": True, "name": "no id"},
            ],
        },
        "no section",
    ],
}
BOARD = {
    "id": "549755885175",
    "name": "Bowls",
    "description": "Ash glazes",
    "owner": {"username": "kilnandclay"},
    "privacy": "PUBLIC",
    "pin_count": 41,
    "is_ads_only": False,
}
BOWLS = OptionValue(
    "549755885175",
    "Bowls",
    description="Ash glazes",
    extra={"privacy": "PUBLIC", "owner": "kilnandclay"},
)
CATEGORIES = {
    "kind": "youtube#videoCategoryListResponse",
    "items": [
        {"id": "26", "snippet": {"title": "Howto & Style", "assignable": True}},
        {"id": "42", "snippet": {"title": "Shorts", "assignable": False}},
        {"id": 24, "snippet": {"title": None, "assignable": True}},
        {"id": "1", "snippet": {"title": "Film", "assignable": "true"}},
    ],
}
PLACE = {
    "id": 106078429431815,
    "name": "Pier Seven",
    "address": "Rua do Cais 7",
    "city": "Lisboa",
    "country": "PT",
    "latitude": 38.7,
    "longitude": True,
    "postal_code": "1100-001",
}


def own_account(platform: str) -> Any:
    return account_of(Platform(platform), "u1", handle="kilnandclay", secondary=None)


async def values(platform: str, client: PlatformClient, **chosen: str) -> list[OptionValue]:
    connector = CONNECTORS[Platform(platform)]
    assert connector.option_values is not None
    [source] = connector.publishing.option_sources
    return list(
        await connector.option_values.fetch(
            client, own_account(platform), TOKENS, source.field, chosen
        )
    )


def client_of(platform: str, send: FakeSend) -> PlatformClient:
    return client_for(CONNECTORS[Platform(platform)], send)


async def made(send: FakeSend, **wanted: str) -> OptionValue:
    connector = CONNECTORS[Platform("pinterest")]
    assert connector.option_values is not None
    return await connector.option_values.create(
        client_of("pinterest", send), own_account("pinterest"), TOKENS, "boardId", wanted
    )


async def test_sections_are_a_tree_that_is_read_once_a_day() -> None:
    send = FakeSend().on("/archive/type/list", SECTIONS)
    client = client_of("bilibili", send)
    tree = [
        OptionValue(
            160,
            "生活",
            disabled=True,
            children=(
                OptionValue(250, "出行", description="旅行与骑行", extra={"parent": 160}),
                OptionValue(21, "21", description="5"),
            ),
            extra={"parent": 0},
        )
    ]
    assert await values("bilibili", client) == tree
    assert await values("bilibili", client) == tree
    assert len(send.calls) == 1
    assert "x-bili-signature-nonce" in send.calls[0].headers


async def test_boards_of_all_pages_without_those_for_advertisements() -> None:
    first = {"items": [BOARD, {**BOARD, "id": "2", "is_ads_only": True}], "bookmark": "p2"}
    second = {
        "items": [BOARD, {"id": 3, "name": None, "owner": [], "privacy": {}}, {"name": "no id"}],
        "bookmark": "p2",
    }
    send = FakeSend().on("/boards", first, second)
    assert await values("pinterest", client_of("pinterest", send)) == [BOWLS, OptionValue("3", "3")]
    assert [send.params(index) for index in (0, 1)] == [
        {"page_size": "250"},
        {"page_size": "250", "bookmark": "p2"},
    ]


async def test_a_board_is_made() -> None:
    send = FakeSend().on("/boards", answer(BOARD, 201))
    assert await made(send, name="Bowls", privacy="PUBLIC") == BOWLS
    [call] = send.calls
    assert call.method == "POST"
    assert json.loads(call.body or b"") == {"name": "Bowls", "privacy": "PUBLIC"}


class Boards(FakeSend):
    """Answers a creation with one thing, the list with another."""

    def __init__(self, creation: Any, *boards: Any) -> None:
        super().__init__()
        self.creation, self.boards = creation, {"items": list(boards), "bookmark": None}

    async def __call__(self, call: Any) -> Any:
        self.calls.append(call)
        if call.method == "GET":
            return answer(self.boards)
        if isinstance(self.creation, TransportError):
            raise self.creation
        return self.creation


LOST = TransportError("network", "cut")
TAKEN = answer({"code": 58, "message": "You already have a board with this name"}, 400)


@pytest.mark.parametrize("creation", [LOST, TAKEN, answer({"code": 1}, 500), answer(b"{}", 201)])
async def test_a_board_that_may_have_been_made_is_found_by_its_name(creation: Any) -> None:
    others = {**BOARD, "id": "9", "owner": {"username": "guest"}}
    send = Boards(creation, others, BOARD)
    assert await made(send, name="Bowls") == BOWLS
    assert [call.method for call in send.calls] == ["POST", "GET"]


@pytest.mark.parametrize(
    ("creation", "kind", "looked"),
    [
        (LOST, FailureKind.UNAVAILABLE, True),
        (TAKEN, FailureKind.INVALID, True),
        (answer({"code": 29, "message": "no"}, 403), FailureKind.PERMISSION, False),
        (answer({"code": 2, "message": "no"}, 401), FailureKind.TOKEN_EXPIRED, False),
        (answer({"code": 8, "message": "slow"}, 429), FailureKind.RATE_LIMITED, False),
        (TransportError("network", "refused", sent=False), FailureKind.UNAVAILABLE, False),
    ],
)
async def test_no_creation_is_repeated(
    creation: Any, kind: FailureKind, looked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform_client, "RETRY_SECONDS", 0.0)
    send = Boards(creation, {**BOARD, "name": "Plates"})
    with pytest.raises(PlatformFailure) as caught:
        await made(send, name="Bowls")
    assert caught.value.kind is kind
    assert [call.method for call in send.calls] == ["POST", *(["GET"] if looked else [])]


@pytest.mark.parametrize(
    ("channel", "region"),
    [({"snippet": {"country": "DK"}}, "DK"), ({"snippet": {"country": 5}}, "US"), ({}, "US")],
)
async def test_categories_of_the_channels_country(channel: Any, region: str) -> None:
    send = FakeSend().on("/channels", {"items": [channel]}).on("/videoCategories", CATEGORIES)
    client = client_of("youtube", send)
    howto, unnamed = OptionValue("26", "Howto & Style"), OptionValue("24", "24")
    assert await values("youtube", client) == [howto, unnamed]
    assert send.params()["regionCode"] == region
    assert await values("youtube", client, id="26") == [howto]
    assert await values("youtube", client, id="42") == []
    assert send.paths == ["channels", "videoCategories"]


async def test_categories_of_a_chosen_country() -> None:
    send = FakeSend().on("/videoCategories", {"pageInfo": {"totalResults": 0}})
    assert await values("youtube", client_of("youtube", send), regionCode="JP") == []
    assert send.params() == {"part": "snippet", "regionCode": "JP", "hl": "en_US"}


async def test_places_by_name() -> None:
    send = FakeSend().on("/location_search", {"data": [PLACE, {"name": "no id"}, {"id": "7"}]})
    client = client_of("threads", send)
    extra = {"address": "Rua do Cais 7", "city": "Lisboa", "country": "PT"}
    found = [
        OptionValue(
            "106078429431815",
            "Pier Seven",
            description="Rua do Cais 7",
            extra={**extra, "postalCode": "1100-001", "latitude": 38.7},
        ),
        OptionValue("7", "7"),
    ]
    assert await values("threads", client, q="Pier") == found
    assert await values("threads", client, q="Pier") == found
    assert len(send.calls) == 1
    assert send.params()["q"] == "Pier"
    await values("threads", client, latitude="38.7", longitude="-9.1")
    assert {**send.params(), "fields": ""} == {
        "latitude": "38.7",
        "longitude": "-9.1",
        "fields": "",
    }


@pytest.mark.parametrize(
    ("chosen", "accepted"),
    [
        ({"q": "Pier"}, True),
        ({"latitude": 38.7, "longitude": -9.1}, True),
        ({"q": "Pier", "latitude": 38.7, "longitude": -9.1}, True),
        ({}, False),
        ({"q": ""}, False),
        ({"latitude": 38.7}, False),
        ({"q": "Pier", "longitude": -9.1}, False),
        ({"latitude": 91, "longitude": 0}, False),
    ],
)
def test_a_search_for_places_needs_a_name_or_both_coordinates(
    chosen: dict[str, Any], accepted: bool
) -> None:
    [source] = CONNECTORS[Platform("threads")].publishing.option_sources
    validator = Draft202012Validator(source.filter_schema or {})
    assert validator.is_valid(chosen) is accepted


@pytest.mark.parametrize("platform", [str(name) for name in CONNECTORS])
def test_every_source_has_values(platform: str) -> None:
    connector = CONNECTORS[Platform(platform)]
    assert bool(connector.publishing.option_sources) is (connector.option_values is not None)
