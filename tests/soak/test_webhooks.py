"""The reduced size of the outage of a receiver."""

from pathlib import Path

from tests.soak import webhooks


async def test_a_day_without_receiver_loses_no_event(database: str | None, tmp_path: Path) -> None:
    figures = await webhooks.run(tmp_path, database, 300, kills=(0.5,))
    assert figures["faults"] == figures["lost"] == 0, figures
    assert figures["arrived"] == figures["replayed_by_range"] == 300
    assert figures["given_up"] == figures["dead_replayed"] == webhooks.DEAD
    assert figures["attempts_while_down"] < 300
