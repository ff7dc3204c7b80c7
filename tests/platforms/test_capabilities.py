"""What the metadata says can be done is what is answered, without and with further settings."""

from collections.abc import Iterator, Mapping

import pytest

from tests.platforms import figures
from tests.platforms.cases import BY_NAME, each
from tests.platforms.live import EVERYTHING, Live, running


@pytest.fixture(scope="module", params=[{}, EVERYTHING], ids=["default", "everything"])
def live(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    """A service as it is by default, and one with every setting on that lets it tell more."""
    environ: Mapping[str, str] = request.param
    with running(tmp_path_factory.mktemp("capabilities"), **environ) as service:
        yield service


@each("capabilities: as they answer")
def test_what_is_said_to_be_possible_is(live: Live, platform: str) -> None:
    rows = live.client.get("/api/v2/channels/platforms").json()["data"]
    [capabilities] = (row["capabilities"] for row in rows if row["platform"] == platform)
    lists = BY_NAME[platform].works is not None
    account = live.lister(platform) if lists else live.accounts(platform)[0]
    works = figures.newest(live, platform, account) if lists else []
    work_id = works[0]["platformWorkId"] if works else "none"
    assert capabilities["work"]["listWorks"] is bool(works)
    declared = operations(live, platform)
    claimed = {
        "getDetail": capabilities["work"]["getDetail"],
        "verifyOwnership": capabilities["work"]["verifyOwnership"],
        "accountAnalytics": capabilities["analytics"]["account"],
        "workAnalytics": capabilities["analytics"]["work"],
        "optionValues": capabilities["publish"]["optionSources"],
    }
    assert declared.keys() == claimed.keys()
    for name, state in declared.items():
        assert claimed[name] is (state != "never") or state == "scope", name

    detail = figures.work(live, platform, work_id, accountId=account)["code"]
    assert detail == (0 if capabilities["work"]["getDetail"] else 15080)
    owner = figures.ownership(live, platform, work_id, account)
    assert ("message" not in owner) is capabilities["work"]["verifyOwnership"]
    for scope, answer in (
        ("account", figures.account(live, account)),
        ("work", figures.work(live, platform, work_id, "/analytics", accountId=account)),
    ):
        assert answer["code"] == 0, answer
        told = answer["data"]
        assert ("message" not in told) is capabilities["analytics"][scope] is ("fetchedAt" in told)

    sources = live.client.get(f"/api/v2/channels/platforms/{platform}/publish-options").json()
    assert bool(sources["data"]) is capabilities["publish"]["optionSources"]
    for source in sources["data"]:
        values = figures.options(live, account, source["field"], **FILTERS.get(platform, {}))
        assert values["code"] == (0 if may_read_values(live, platform) else 15078), values
    assert figures.options(live, account, "none")["code"] == 15080


def operations(live: Live, platform: str) -> dict[str, str]:
    """Whether each operation is there, by the availability matrix."""
    answer = live.client.get("/api/v2/channels/platforms/availability").json()
    [row] = [row for row in answer["data"]["platforms"] if row["platform"] == platform]
    return {name: cell["state"] for name, cell in row["operations"].items()}


def may_read_values(live: Live, platform: str) -> bool:
    """Whether the scope that values need, if any, is asked for."""
    connector = BY_NAME[platform]
    assert connector.option_values is not None
    needed = connector.option_values.needs
    return needed is None or needed in live.platforms.client(connector).app.scopes


FILTERS = {"threads": {"q": "pier"}}
"""What values must be narrowed by, where the platform does not list them all."""
