"""Values of publish options, over the emulators: sections, boards, categories and places."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.platforms import figures
from tests.platforms.live import EVERYTHING, Live, running


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service with every scope that values need."""
    with running(tmp_path_factory.mktemp("options"), works=3, **EVERYTHING) as service:
        yield service


def values(live: Live, account: str, field: str, **chosen: str) -> list[dict[str, Any]]:
    answer = figures.options(live, account, field, **chosen)
    assert answer["code"] == 0, answer
    assert answer["data"]["field"] == field
    items: list[dict[str, Any]] = answer["data"]["items"]
    assert all(item["label"] and item["value"] not in ("", None) for item in items)
    return items


def test_sections_of_bilibili_are_a_tree(live: Live) -> None:
    account = live.accounts("bilibili")[0]
    tree = values(live, account, "tid")
    assert tree
    for section in tree:
        assert section["disabled"] is True
        for part in section["children"]:
            assert part["extra"]["parent"] == section["value"]
            assert isinstance(part["value"], int)
    live.begin()
    assert values(live, account, "tid") == tree
    assert live.upstream_calls() == 0


def test_boards_of_pinterest_are_listed_and_made(live: Live) -> None:
    account = live.accounts("pinterest")[0]
    before = values(live, account, "boardId")
    wanted = {"name": "Kiln notes", "description": "Ash and iron.", "privacy": "PROTECTED"}
    made = figures.create_option(live, account, "boardId", **wanted)
    assert made["code"] == 0, made
    item = made["data"]["item"]
    assert (item["label"], item["description"]) == (wanted["name"], wanted["description"])
    assert item["extra"]["privacy"] == wanted["privacy"]
    after = values(live, account, "boardId")
    assert [one for one in after if one not in before] == [item]
    # Pinterest refuses the name, and the board that has it is the answer.
    again = figures.create_option(live, account, "boardId", **wanted)
    assert again["data"]["item"] == item
    assert values(live, account, "boardId") == after
    too_long = figures.create_option(live, account, "boardId", name="x" * 51)
    assert (too_long["code"], too_long["data"]["category"]) == (15070, "validation")
    secret = figures.create_option(live, account, "boardId", name="Mine", privacy="SECRET")
    assert secret["code"] == 15078


def test_boards_fill_several_pages_or_none(live: Live) -> None:
    many, empty = (live.accounts("pinterest", person)[0] for person in ("many", "empty"))
    boards = [board["value"] for board in values(live, many, "boardId")]
    # Of three hundred those for advertisements and secret ones are no choice.
    assert len(boards) == len(set(boards)) == 240
    assert values(live, empty, "boardId") == []


def test_categories_of_youtube_are_those_of_a_region(live: Live) -> None:
    account = live.accounts("youtube")[0]
    assert values(live, account, "categoryId")
    german = values(live, account, "categoryId", regionCode="DE")
    american = values(live, account, "categoryId", regionCode="US")
    assert [one["label"] for one in american if one not in german] == ["Nonprofits & Activism"]
    [one] = values(live, account, "categoryId", regionCode="DE", id=german[0]["value"])
    assert one == german[0]
    assert figures.options(live, account, "categoryId", regionCode="de")["code"] == 10002


@pytest.mark.parametrize("person", ["ida", "mara"])
def test_places_of_threads_are_searched(live: Live, person: str) -> None:
    account = live.accounts("threads", person)[0]
    piers = values(live, account, "location_id", q="pier")
    assert [place["label"] for place in piers] == ["Pier Seven", "Pier Seven Cafe", "North Pier"]
    assert all(isinstance(place["value"], str) for place in piers)
    assert piers[0]["extra"]["city"] == "Lisbon"
    around = values(live, account, "location_id", latitude="56.15", longitude="10.21")
    assert around[0]["label"] == "Kiln Yard"
    assert figures.options(live, account, "location_id", q="pier", latitude="1")["code"] == 10002


def test_what_a_person_declined_cannot_be_read_or_made(live: Live) -> None:
    scopes = "user_accounts:read pins:read boards:read"
    [pinner] = live.connect("pinterest", "less", scopes=scopes)
    assert values(live, pinner, "boardId")
    assert figures.create_option(live, pinner, "boardId", name="New")["code"] == 15078
    [writer] = live.connect("threads", "less", scopes="threads_basic")
    assert figures.options(live, writer, "location_id", q="pier")["code"] == 15078
