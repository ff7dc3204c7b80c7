"""Erases a user from the database, the job store and the freed disk space."""

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
    """The user could not be erased completely; the text says why."""


@dataclass(frozen=True, slots=True)
class EraseReport:
    """The result of an erasure; `batches` counts deleted records of finished batches."""

    erased: Erased
    batches: int


async def erase_user(
    settings: Settings, services: Services, user_id: str, *, revoke: bool
) -> EraseReport:
    """Erases a user, also while servers run. Raises EraseRefused."""
    if not await services.erasure.has_data(user_id):
        raise EraseRefused(f"Nothing is stored of the user {user_id}.")
    try:
        erased = await services.erasure.erase(user_id, OPERATOR, revoke=revoke)
    except StillActive:
        raise EraseRefused(
            "A process still works for this user: stop it, then erase again."
        ) from None
    batches = await asyncio.to_thread(_delete_ended_batches, job_store(settings))
    if settings.uses_postgresql:
        await store.vacuum_postgres(settings.database_url)
    else:
        await _rewrite_sqlite_files([settings.database_url, job_store(settings).url])
    return EraseReport(erased, batches)


def _delete_ended_batches(jobs: JobStore) -> int:
    if jobs.schema is None and not _file(jobs.url).exists():
        return 0
    # Imported late because it takes half a second.
    from openchannels.jobs.purge import delete_ended_batches

    return delete_ended_batches(jobs)


async def _rewrite_sqlite_files(urls: list[str]) -> None:
    for url in urls:
        if _file(url).exists() and not await asyncio.to_thread(store.rewrite_sqlite_file, url):
            raise EraseRefused(
                f"The rows are gone, but {_file(url).name}-wal could not be emptied while another"
                " process reads. Erase again when it is idle."
            )


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
