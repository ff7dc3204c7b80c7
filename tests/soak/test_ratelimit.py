"""The reduced size of the platform whose limit is used up."""

from pathlib import Path

from tests.harness.rig import open_rig
from tests.soak import ratelimit


async def test_no_call_is_made_while_the_bucket_is_empty(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        figures = await ratelimit.soak(rig, 60)
    assert figures["faults"] == 0, figures
    assert figures["calls_while_empty"] == 0
    assert figures["refused"] == 5 * 60 + 2
    assert figures["served_after"] == 3 * 60
    assert 1 <= figures["calls_to_find_out"] <= 60
