"""The reduced size of the crowd of strangers."""

from pathlib import Path

from tests.soak import strangers


async def test_requests_without_a_key_fill_no_memory(tmp_path: Path) -> None:
    """On one store: strangers write nothing."""
    figures = await strangers.run(tmp_path, None, 400, warm_up=4)
    assert figures["faults"] == 0, figures
    assert figures["forms"] >= 20
