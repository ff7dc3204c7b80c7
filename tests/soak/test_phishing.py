"""Reduced size of the soak program on phishing: every platform, binding and lure."""

from pathlib import Path

from tests.harness.rig import open_rig
from tests.soak import phishing


async def test_a_lured_victim_is_protected(tmp_path: Path) -> None:
    cases = len(phishing.CASES) // 13 * 4
    async with open_rig(tmp_path) as rig:
        figures = await phishing.soak(rig, cases)
    assert figures["faults"] == 0, figures
    assert figures["bound_finished_by_foreign_browser"] == 0
    assert figures["confirm_stored_without_click"] == 0
    each = cases // 3
    assert figures["bound_refused"] + figures["bound_by_own_click"] == each
    assert figures["confirm_asked"] == figures["direct_named"] == each
    assert figures["bound_refused"] > figures["bound_by_own_click"] > 0
    assert figures["confirm_by_click"] > 0
    assert figures["confirm_declined"] > 0
