"""The reduced size of the hostile platform."""

from pathlib import Path

from tests.soak import hostile

AS_SLOW_AS_OTHERS = ("head_byte_by_byte", "silence", "endless_hints")
"""Each takes its whole deadline, as `byte_by_byte` does."""


async def test_a_hostile_platform_harms_nobody_else(tmp_path: Path) -> None:
    """On one store: what is tested never reaches it."""
    figures = await hostile.run(
        tmp_path, None, 1, deadline=2.0, seconds=0.5, without=AS_SLOW_AS_OTHERS
    )
    assert figures["faults"] == 0, figures
    assert figures["forms"] == len(figures["codes"]) >= 27
    assert figures["other_calls"] > 10
