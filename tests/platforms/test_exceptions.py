"""The table of exceptions itself, and what every platform declares."""

from openchannels.connectors.registry import CONNECTORS, OAuth, Plugin
from openchannels.core.paging import CursorPaging
from tests.platforms.cases import BY_NAME, CASES, EXCEPTIONS, GROUPS, OAUTH, WORKS, each
from tests.platforms.facts import HOSTS, IDENTITIES, PAGING, PKCE, UNITS
from tests.platforms.modules import import_all


def test_every_exception_concerns_a_platform_and_a_case() -> None:
    import_all()
    known = {*CASES, *(group for groups in GROUPS.values() for group in groups)}
    names = set(CONNECTORS)
    assert {platform for platform, _ in EXCEPTIONS} <= names
    assert {case for _, case in EXCEPTIONS} <= known
    assert all(len(reason) > 20 for reason in EXCEPTIONS.values())


def test_every_case_has_platforms() -> None:
    import_all()
    assert [case for case, platforms in CASES.items() if not platforms] == []


def test_groups_are_left_out_only_where_the_connector_says_so() -> None:
    plugins = {p for p, c in BY_NAME.items() if isinstance(c.auth, Plugin)}
    assert {platform for platform, case in EXCEPTIONS if case == OAUTH} == plugins
    listless = {p for p, c in BY_NAME.items() if c.works is None}
    assert {platform for platform, case in EXCEPTIONS if case == WORKS} == listless


@each("says whether it takes PKCE")
def test_pkce_is_declared(platform: str) -> None:
    auth = BY_NAME[platform].auth
    assert (isinstance(auth, OAuth) and auth.config.pkce) is PKCE[platform]


def test_pkce_is_settled_for_every_platform() -> None:
    assert PKCE.keys() == CONNECTORS.keys()


@each("facts of paging")
def test_paging_is_as_decided(platform: str) -> None:
    works = BY_NAME[platform].works
    if works is None:
        assert platform not in PAGING
        return
    paging = works.paging
    mode = "cursor" if isinstance(paging, CursorPaging) else "page"
    back = isinstance(paging, CursorPaging) and paging.previous
    assert (mode, paging.default, paging.maximum, back) == PAGING[platform]


@each("unit and costs are declared")
def test_a_unit_of_its_own_has_costs(platform: str) -> None:
    connector = BY_NAME[platform]
    assert connector.cost_unit == UNITS.get(platform, "calls")
    if connector.cost_unit == "calls":
        assert not connector.costs
    else:
        assert connector.costs
        assert all(cost >= 0 for cost in connector.costs.values())


def test_the_facts_cover_the_registry() -> None:
    names = set(CONNECTORS)
    assert names <= HOSTS.keys()
    assert names <= IDENTITIES.keys()
