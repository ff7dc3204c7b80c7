"""Moves a publication from one stage to the next: row and event in one transaction."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from openchannels.core.events import EventType
from openchannels.core.publications import Publication, PublishStatus, Stage
from openchannels.service.context import Context
from openchannels.service.publishing.event_data import event_data
from openchannels.service.publishing.progress import HeldPublication, PublicationTaken
from openchannels.service.publishing.reporting import report_outcome, report_stage
from openchannels.store.database import Connection
from openchannels.store.queries import assets, events, publication_files
from openchannels.store.queries import publications as store

FIELDS = frozenset(field.name for field in fields(Publication))
ENDS = frozenset({PublishStatus.FAILED, PublishStatus.CANCELLED})
"""Statuses with which nothing more is done."""


class Transitions:
    """Writes what a run has found out, as long as it holds the publication."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def move(
        self, held: HeldPublication, event: EventType | None = None, **values: Any
    ) -> None:
        """Changes the publication, and records an event about it. Raises PublicationTaken.

        `values` are columns; `due_at` is None unless given.
        """
        changed = self.changed(held.publication, values)
        if not await self._context.db.write(self._move, held, changed, values, event):
            raise PublicationTaken
        report_stage(held.publication, changed)
        report_outcome(self._context, event, changed)
        held.written(changed)

    def changed(self, publication: Publication, values: Mapping[str, Any]) -> Publication:
        """Returns what a publication will be with these values."""
        now = self._context.clock()
        moved = values.get("stage", publication.stage) != publication.stage
        since = {"stage_since": now} if moved else {}
        known = {name: value for name, value in values.items() if name in FIELDS}
        return replace(publication, **{"due_at": None, "updated_at": now, **since, **known})

    def _move(
        self,
        connection: Connection,
        held: HeldPublication,
        changed: Publication,
        values: Mapping[str, Any],
        event: EventType | None,
    ) -> bool:
        columns = {**values, **_columns(changed)}
        if not store.change(connection, changed.id, held.owner, columns):
            return False
        note(connection, changed, event)
        return True


def note(connection: Connection, publication: Publication, event: EventType | None) -> None:
    """Records the event of a change, and lets go of what an ended one kept or had made."""
    if publication.stage is Stage.DONE:
        made = publication_files.let_go(connection, publication.id)
        assets.end(connection, made, publication.updated_at)
    if event is not None:
        about = (publication.account_id, publication.platform)
        events.record_event(
            connection,
            publication.updated_at,
            publication.user_id,
            event,
            about,
            **event_data(publication),
        )


def _columns(changed: Publication) -> dict[str, Any]:
    """The columns that a move always writes."""
    link = changed.link_status
    return {
        "status": int(changed.status),
        "stage": changed.stage.value,
        "stage_since": changed.stage_since,
        "link_status": None if link is None else link.value,
        "warnings": [dict(one) for one in changed.warnings],
        "due_at": changed.due_at,
        "updated_at": changed.updated_at,
    }
