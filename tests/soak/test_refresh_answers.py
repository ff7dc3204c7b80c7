"""The full size takes seconds, so it is run."""

from pathlib import Path

from tests.soak import refresh_answers


async def test_no_refresh_token_is_replaced_by_nothing(tmp_path: Path) -> None:
    figures = await refresh_answers.run(tmp_path, None, 0)
    assert "wrong" not in figures, figures
    assert (figures["cases"], figures["losses"], figures["faults"]) == (90, 0, 0)
