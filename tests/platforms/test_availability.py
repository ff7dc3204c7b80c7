"""The availability matrix says exactly what comes, for every platform and field."""

from collections.abc import Iterator

import pytest

from openchannels.connectors.registry import OAuth
from openchannels.core.availability import (
    ACCOUNT_FIELDS,
    METRIC_FIELDS,
    NOT_OFFERED,
    OPERATION_NAMES,
    WORK_FIELDS,
)
from tests.harness.paths import ACCOUNTS
from tests.platforms.cases import BY_NAME, OAUTH, WORKS, each
from tests.platforms.live import EVERYTHING, Live, running
from tests.platforms.observe import Seen, observe, read_works


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service with every setting on that makes a platform tell more."""
    with running(tmp_path_factory.mktemp("everything"), **EVERYTHING) as service:
        yield service


@each("matrix: accounts")
def test_what_accounts_tell_is_what_is_declared(live: Live, platform: str) -> None:
    assert observe(live, platform).account == BY_NAME[platform].accounts.coverage.names()


@each("matrix: works", WORKS)
def test_what_works_tell_is_what_is_declared(live: Live, platform: str) -> None:
    seen = observe(live, platform)
    assert seen.works > 100
    assert seen.work == BY_NAME[platform].works_coverage().names()


@each("matrix: as served")
def test_the_api_serves_the_declaration(live: Live, platform: str) -> None:
    answer = live.client.get("/api/v2/channels/platforms/availability").json()
    [row] = [row for row in answer["data"]["platforms"] if row["platform"] == platform]
    connector = BY_NAME[platform]
    for part, given, names in (
        ("account", connector.accounts.coverage, ACCOUNT_FIELDS),
        ("work", connector.works_coverage(), WORK_FIELDS),
        ("operations", connector.operations_coverage(), OPERATION_NAMES),
    ):
        assert row[part].keys() == set(names)
        assert given.names() <= set(names)
        assert not given.names() & given.never.keys(), "given and never at once"
        for name, cell in row[part].items():
            assert (cell["state"] == "never") is (name not in given.names()), name
            assert ("scope" in cell) is (cell["state"] == "scope")
            if cell["state"] == "never":
                assert cell["reason"]["en-US"]
                assert any("一" <= letter <= "鿿" for letter in cell["reason"]["zh-CN"])
    if connector.works is None:
        assert connector.works_absent is not None
        assert connector.works_coverage().otherwise != NOT_OFFERED


def scopes_of(platform: str) -> list[str]:
    """Scopes that the person can leave out at the sandbox, and without which fields stay away."""
    connector = BY_NAME[platform]
    if not isinstance(connector.auth, OAuth):
        return []
    config = connector.auth.config
    coverage = (connector.accounts.coverage, connector.works_coverage())
    named = {scope for given in coverage for scope in given.scoped.values()}
    return sorted(s for s in named if s in config.scopes and s not in config.required_scopes)


@each("matrix: without the scope", OAUTH)
def test_fields_that_need_a_scope_stay_away_without_it(live: Live, platform: str) -> None:
    connector = BY_NAME[platform]
    assert isinstance(connector.auth, OAuth)
    for scope in scopes_of(platform):
        asked = live.platforms.client(connector).app.scopes
        kept = " ".join(one for one in asked if one != scope)
        person = f"less-{scopes_of(platform).index(scope)}"
        ids = live.connect(platform, person, scopes=kept)
        live._connected[(platform, person)] = ids
        seen = Seen()
        for account in ids:
            seen.account |= live.shown(account).keys() & set(ACCOUNT_FIELDS)
        read_works(live, platform, person, seen)
        for told, given in (
            (seen.account, connector.accounts.coverage),
            (seen.work, connector.works_coverage()),
        ):
            needing = {name for name, needed in given.scoped.items() if needed == scope}
            assert told == given.names() - needing, scope


def test_an_unproved_submission_tells_what_it_brought_alone(live: Live) -> None:
    """At Xiaohongshu only a creator's session proves an account and tells the rest."""
    body = {"type": "xhs", "uid": "5f0c0ffee5f0c0ffee5f0c0f", "nickname": "nobody"}
    account = live.client.post(ACCOUNTS, json=body).json()["data"]
    given = BY_NAME["xhs"].accounts.coverage
    told = account.keys() & set(ACCOUNT_FIELDS)
    assert told == given.names() - given.scoped.keys() - {"avatar"}


def test_metrics_are_part_of_the_works_fields() -> None:
    assert set(METRIC_FIELDS) <= set(WORK_FIELDS)
