"""TikTok: settling a lost call by which TikTok was to fetch the files."""

from openchannels.connectors.base.turn import Turn
from openchannels.connectors.tiktok.listed_works import find_listed
from openchannels.core.publications import NotPublished, Settled, Undecided

NEVER_FETCHED_SECONDS = 600.0
DOWNLOAD_SECONDS = 4200.0
"""TikTok gives a download an hour, so after this nothing comes of one that has not ended."""


async def settle_pull(turn: Turn) -> Settled:
    """Returns what became of the call, by how far TikTok has read the files.

    The files are withdrawn if one was begun and not all are read to their end, or if none was
    begun within ten minutes.
    """
    seen = [await file.fetched() for file in turn.job.media]
    if all(one.whole for one in seen):
        listed = await find_listed(turn)
        return listed or Undecided(turn.until_look(60.0, 600.0, 3600.0))
    fetched = any(one.last_at is not None for one in seen)
    if not fetched and turn.since_commit < NEVER_FETCHED_SECONDS:
        return Undecided(turn.until_look(60.0, 300.0, NEVER_FETCHED_SECONDS))
    for file in turn.job.media:
        await file.withdraw()
    if not fetched:
        again = [(await file.fetched()).last_at for file in turn.job.media]
        return NotPublished(restart=True) if not any(again) else Undecided(60.0)
    if turn.since_commit < DOWNLOAD_SECONDS:
        return Undecided(turn.until_look(600.0, DOWNLOAD_SECONDS))
    return await find_listed(turn) or NotPublished(restart=True)
