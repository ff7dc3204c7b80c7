"""Two tenants, in few pairs; and that the search finds what it looks for."""

from pathlib import Path

from tests.harness.rig import open_rig
from tests.soak import tenants
from tests.soak.tenancy import Operation, operations, uncovered

EMPTY = {"PublishRecordController_listPublished_v2"}
"""Of published works, of which there are none here: all callers get the same answer."""


async def test_tenants_see_nothing_of_each_other(database: str | None, tmp_path: Path) -> None:
    async with open_rig(tmp_path, database=database) as rig:
        figures = await tenants.soak(rig, 2, of_each_kind=1)
    assert figures["problems"] == []
    assert figures["faults"] == 0
    assert figures["operations"] >= 17
    assert figures["own_ids_found"] >= 4


async def test_what_is_shared_would_be_seen(tmp_path: Path) -> None:
    """With the owner's key in the stranger's place every operation differs, and rows change."""
    async with open_rig(tmp_path) as rig:
        victim, found = await tenants.tenant(rig, "ida"), tenants.Findings()
        document = await (await rig.http.get(f"{rig.url}/openapi.json")).json()
        before = await tenants.holdings(rig, victim)
        planned = [one for one in operations(document) if one.slots]
        accounts = victim.ids["account"]
        for operation in sorted(planned, key=ends_something):
            if ends_something(operation) and any(one.kind == "account" for one in operation.slots):
                victim.ids["account"] = [accounts.pop()]
            await tenants.cross([operation], victim, victim, found)
        assert await tenants.holdings(rig, victim) != before
    seen = {fault.split(":")[0] for fault in found.faults}
    assert {one.id for one in planned} - seen == EMPTY


def ends_something(operation: Operation) -> bool:
    """Whether an id is of no more use after it."""
    return operation.method == "DELETE" or operation.path.endswith("/revoke")


async def test_what_is_not_compared_is_named(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        document = await (await rig.http.get(f"{rig.url}/openapi.json")).json()
    assert uncovered(document) == []
    audit = document["paths"]["/api/v2/channels/audit"]["get"]
    listed = {**audit, "operationId": "SecretsController_list_v2", "parameters": []}
    document["paths"] |= {
        "/api/v2/channels/secrets": {"get": listed},
        "/api/v2/channels/rumours": {"get": {**listed, "operationId": "open", "security": []}},
    }
    audit["parameters"].append({"name": "secretId", "in": "query", "required": False})
    assert uncovered(document) == [
        "SecretsController_list_v2",
        "open",
        "AuditController_list_v2: secretId",
    ]
