"""Two tenants, in few pairs; and that the search finds what it looks for."""

from pathlib import Path

from tests.harness.rig import open_rig
from tests.soak import tenants
from tests.soak.tenancy import operations


async def test_tenants_see_nothing_of_each_other(database: str | None, tmp_path: Path) -> None:
    async with open_rig(tmp_path, database=database) as rig:
        figures = await tenants.soak(rig, 2, of_each_kind=1)
    assert figures["problems"] == []
    assert figures["faults"] == 0
    assert figures["operations"] >= 17
    assert figures["own_ids_found"] >= 4


async def test_what_is_shared_would_be_seen(tmp_path: Path) -> None:
    """The owner's own key in the stranger's place: ids are found, and rows change."""
    async with open_rig(tmp_path) as rig:
        victim, found = await tenants.tenant(rig, "ida"), tenants.Findings()
        document = await (await rig.http.get(f"{rig.url}/openapi.json")).json()
        before = await tenants.holdings(rig, victim)
        await tenants.cross(list(operations(document)), victim, victim, found)
        assert await tenants.holdings(rig, victim) != before
    assert len(found.faults) > 10


async def test_an_operation_without_a_plan_is_seen(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        document = await (await rig.http.get(f"{rig.url}/openapi.json")).json()
    described = document["paths"]["/api/v2/channels/audit"]["get"]
    described["parameters"].append({"name": "secretId", "in": "query", "required": False})
    unplanned = [name for one in operations(document) for name in one.unplanned]
    assert unplanned == ["secretId"]
