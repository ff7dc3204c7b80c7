"""What emulators share for publishing: posts among the works, documents, fetched files, conduct."""

from pathlib import Path

import aiohttp
import pytest

from openchannels.sandbox.clock import Clock
from openchannels.sandbox.conduct import Conduct
from openchannels.sandbox.dataset import Creator, Dataset
from openchannels.sandbox.documents import Documents
from openchannels.sandbox.media_fetcher import FetchedFile, MediaFetcher
from openchannels.sandbox.state import State
from openchannels.sandbox.webhooks_out import WebhookSender
from tests.harness.rig import Rig
from tests.harness.waiting import until


def test_a_post_is_the_newest_work_and_lasts(tmp_path: Path) -> None:
    file, owner = tmp_path / "state.db", Creator("youtube", "ida")
    state = State(file)
    dataset = Dataset(state, Clock(lambda: 1_790_000_000.0, state), 20)
    total = dataset.series(owner).total
    work = dataset.series(owner).publish_post({"title": "Rye"}, 1_790_000_000.0)
    dataset.series(owner).change_post(work, {"title": "Rye bread"})
    state.close()
    again = State(file)
    series = Dataset(again, Clock(lambda: 1_790_000_000.0, again), 20).series(owner)
    (newest, before) = series.slice(0, 2)
    assert (newest, newest.title_en(), series.total) == (work, "Rye bread", total + 1)
    assert newest.created > before.created
    assert before.post is None
    again.close()


@pytest.mark.asyncio(loop_scope="module")
async def test_files_are_fetched_from_the_service_only(rig: Rig) -> None:
    state = State()
    sender = WebhookSender(rig.url)
    fetcher = MediaFetcher(Documents(state), sender)
    there, missing, foreign = f"{rig.url}/health", f"{rig.url}/none", "https://media.example/a.jpg"
    async with aiohttp.ClientSession() as session, session.get(there) as answer:
        size = len(await answer.read())
    await until(lambda: all(fetcher.result(one) for one in (there, missing, foreign)))
    found = fetcher.result(there)
    assert found is not None
    assert (found.is_there, found.size) == (True, size)
    assert fetcher.result(missing) == FetchedFile(404, **_rest(fetcher.result(missing)))
    assert fetcher.result(foreign) == FetchedFile()
    await sender.close()
    state.close()


def _rest(found: FetchedFile | None) -> dict[str, object]:
    assert found is not None
    return {"size": found.size, "mime_type": found.mime_type, "checksum": found.checksum}


@pytest.mark.asyncio(loop_scope="module")
async def test_conduct_is_set_by_a_control_call(rig: Rig) -> None:
    told = await rig.sandbox("PUT", "/_publishing/tiktok", {"processingSeconds": 5, "dailyCap": 2})
    assert told == {"processingSeconds": 5.0, "dailyCap": 2}
    assert await rig.sandbox("GET", "/_publishing/tiktok") == told
    assert await rig.sandbox("GET", "/_publishing/youtube") == {}
    assert Conduct().audited
