"""What a publisher keeps between its steps: sealed, and written under the lease of the run."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.core.publications import Publication
from openchannels.service.context import Context
from openchannels.service.sealing import publication_row
from openchannels.store.queries import publications as store

MAX_KEY = 256
REPLACED = "replaced"
"""The name in the state of what a change replaces: the columns that tell what is out."""


class PublicationTaken(Exception):
    """Another process has taken the publication over, or a caller has changed it."""


class HeldPublication:
    """A publication that this run holds, as it was last written; see `base.publisher.Progress`."""

    def __init__(self, context: Context, publication: Publication, owner: str) -> None:
        self._context = context
        self.publication = publication
        self.owner = owner
        self._state = opened(context, publication)

    @property
    def state(self) -> Mapping[str, Any]:
        return self._state

    async def keep(self, **changes: Any) -> None:
        """Adds to the state, durably when this returns. Raises PublicationTaken."""
        state = merged(self._state, changes)
        sealed = self.sealed(state)
        now = self._context.clock()
        values = {"sealed": sealed, "updated_at": now}
        if not await self._context.db.write(store.change, self.publication.id, self.owner, values):
            raise PublicationTaken
        self._state = state
        self.publication = replace(self.publication, sealed=sealed, updated_at=now)

    async def add_key(self, key: str) -> None:
        """Lets a webhook of the platform that names `key` find this publication."""
        one = self.publication
        await self._context.db.write(store.add_key, one.platform, key[:MAX_KEY], one.id)

    def sealed(self, state: Mapping[str, Any]) -> bytes | None:
        """Returns a state as it is stored."""
        return sealed(self._context, self.publication.id, state)

    def sealed_after_change(self) -> bytes | None:
        """Returns the state as it is stored once a change of the work has ended either way."""
        return self.sealed(merged(self.state, {REPLACED: None}))

    def written(self, publication: Publication) -> None:
        """Notes what a transaction has made of the publication."""
        if publication.sealed != self.publication.sealed:
            self._state = opened(self._context, publication)
        self.publication = publication


def merged(state: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the state with changes; a name whose value is None is gone."""
    return {name: value for name, value in {**state, **changes}.items() if value is not None}


def sealed(context: Context, publication_id: str, state: Mapping[str, Any]) -> bytes | None:
    """Returns the state of a publication as it is stored."""
    if not state:
        return None
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()
    return context.vault.seal(text, publication_row(publication_id))


def opened(context: Context, publication: Publication) -> Mapping[str, Any]:
    """Returns the state of a publication as it was stored."""
    if publication.sealed is None:
        return {}
    state: dict[str, Any] = json.loads(
        context.vault.open(publication.sealed, publication_row(publication.id))
    )
    return state
