"""Reduced sizes of the programs on the life of credentials."""

from pathlib import Path

from tests.harness.rig import open_rig
from tests.soak import faultpoints, herd, month, outage


async def test_faults_end_in_a_documented_state(database: str | None, tmp_path: Path) -> None:
    async with open_rig(tmp_path, database=database) as rig:
        figures = await faultpoints.soak(rig, 8)
    assert figures["faults"] == 0, figures
    assert figures["visited"] == figures["ended_well"] > 5


async def test_a_herd_refreshes_once(database: str | None, tmp_path: Path) -> None:
    figures = await herd.run(tmp_path, database, 24, processes=2)
    assert figures["faults"] == 0, figures
    assert figures["refresh_calls"] == 24
    assert figures["answered_fresh"] == figures["asked"]


async def test_an_outage_costs_no_account(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        figures = await outage.soak(rig, 6, hours=1)
    assert figures["faults"] == 0, figures
    assert figures["events"] == figures["ended_grants"] == 3


async def test_a_month_loses_nothing(tmp_path: Path) -> None:
    figures = await month.run(tmp_path, None, 60, days=3, days_before=36, days_looked_at=2)
    assert figures["faults"] == 0, figures
    assert figures["refreshes"] >= figures["fewest"] > 20
    assert figures["snapshots"] > 60
