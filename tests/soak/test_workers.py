"""A reduced size of the soak program of the same name."""

from pathlib import Path

from tests.soak import workers


async def test_work_of_killed_processes_goes_on(database: str | None, tmp_path: Path) -> None:
    figures = await workers.run(tmp_path, database, 30, dead=1.5)
    assert figures["faults"] == 0, figures
    assert figures["lost"] == 0
    assert figures["kills"] == 1
