"""Erasing a user from everything that a store consists of: database, job store, free space."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from openchannels.app.background_tasks import job_store
from openchannels.core.audit import OPERATOR
from openchannels.jobs.job_store import JobStore
from openchannels.service.admin.erasure import Erased, StillActive
from openchannels.service.services import Services
from openchannels.settings import Settings
from openchannels.store.queries import erasure as store


class EraseRefused(Exception):
    """The user could not be erased, or not wholly; the text says why."""


@dataclass(frozen=True, slots=True)
class EraseReport:
    """What an erasure did; `batches` are finished ones that the job store forgot."""

    erased: Erased
    batches: int


async def erase_user(
    settings: Settings, services: Services, user_id: str, *, revoke: bool
) -> EraseReport:
    """Erase a user, beside running servers too. Raises EraseRefused."""
    if not await services.erasure.has_data(user_id):
        raise EraseRefused(f"Nothing is stored of the user {user_id}.")
    try:
        erased = await services.erasure.erase(user_id, OPERATOR, revoke=revoke)
    except StillActive:
        raise EraseRefused(
            "Something still acts for the user: stop it, then erase again."
        ) from None
    batches = await asyncio.to_thread(_forget, job_store(settings))
    if settings.uses_postgresql:
        await services.context.db.read(store.vacuum)
    else:
        await _scrub([settings.database_url, job_store(settings).url])
    return EraseReport(erased, batches)


def _forget(jobs: JobStore) -> int:
    if jobs.schema is None and not _file(jobs.url).exists():
        return 0
    # Loaded here, because it takes half a second.
    from openchannels.jobs.purge import forget_finished

    return forget_finished(jobs)


async def _scrub(urls: list[str]) -> None:
    for url in urls:
        if _file(url).exists() and not await asyncio.to_thread(store.scrub, url):
            raise EraseRefused(
                f"The rows are gone, but {_file(url).name}-wal could not be emptied while another"
                " process reads. Erase again when it is idle."
            )


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
