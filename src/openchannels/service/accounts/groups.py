"""Account groups: created, changed, deleted, and the order of the accounts in them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.core import errors
from openchannels.core.audit import Action
from openchannels.core.exceptions import Issue
from openchannels.core.groups import MAX_BROWSER_CONFIG, MAX_GROUPS, Group
from openchannels.core.ids import new_object_id
from openchannels.core.names import camel
from openchannels.service.context import Caller, Context
from openchannels.service.sealing import account_group_row
from openchannels.store.database import Connection
from openchannels.store.queries import audit
from openchannels.store.queries import groups as store

BROWSER_CONFIG = "browser_config"


class Groups:
    """Account groups of a caller. Their browser configurations are sealed and never returned."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def list_groups(self, caller: Caller) -> Sequence[Group]:
        """The caller's groups by rank; the default group is created if there is none."""
        db, user_id = self._context.db, caller.user_id
        found = await db.read(store.list_groups, user_id)
        if any(group.is_default for group in found):
            return found
        await db.write(store.ensure_default, user_id, self._context.clock())
        return await db.read(store.list_groups, user_id)

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Group:
        """Create a group with the fields of `Group` and `browser_config`, of which `name` must be.

        Raises VALIDATION_FAILED for a configuration that is too large, or one group too many.
        """
        now = self._context.clock()
        group_id = new_object_id()
        made = {
            "rank": 1,
            **self._sealed(group_id, values, None),
            "id": group_id,
            "user_id": caller.user_id,
            "is_default": False,
            "created_at": now,
            "updated_at": now,
        }
        return await self._context.db.write(self._add, caller, made)

    async def update(self, caller: Caller, group_id: str, values: Mapping[str, Any]) -> Group:
        """Change the named fields; a `browser_config` of None is removed.

        Raises GROUP_NOT_FOUND; VALIDATION_FAILED for a configuration that is too large.
        """
        return await self._context.db.write(self._update, caller, group_id, values)

    async def delete_all(self, caller: Caller, group_ids: Sequence[str]) -> bool:
        """Delete those of the groups that are the caller's; True if there was one.

        Their accounts move to the default group. Raises GROUP_NOT_FOUND, and deletes nothing, if
        the default group is among them.
        """
        return await self._context.db.write(self._delete, caller, group_ids)

    async def sort_accounts(
        self, caller: Caller, group_id: str, ranks: Sequence[tuple[str, int]]
    ) -> None:
        """Give accounts of a group their ranks, all or none.

        Raises VALIDATION_FAILED for an id that is named twice; GROUP_NOT_FOUND; ACCOUNT_NOT_FOUND
        for an account that is not in the group.
        """
        by_id = dict(ranks)
        if len(by_id) < len(ranks):
            raise errors.validation_failed([Issue("list", "names an account twice")])
        await self._context.db.write(self._sort, caller, group_id, by_id)

    def _add(self, connection: Connection, caller: Caller, values: Mapping[str, Any]) -> Group:
        if not store.insert_group(connection, values, MAX_GROUPS):
            issue = Issue("name", f"there may be {MAX_GROUPS} groups at the most")
            raise errors.validation_failed([issue])
        self._note(connection, caller, Action.GROUP_CREATED, values["id"])
        return _get(connection, caller, values["id"])

    def _update(
        self, connection: Connection, caller: Caller, group_id: str, values: Mapping[str, Any]
    ) -> Group:
        held = store.lock_sealed(connection, caller.user_id, group_id)
        if held is None:
            raise errors.GROUP_NOT_FOUND()
        if values:
            changed = self._sealed(group_id, values, held[0])
            changed["updated_at"] = self._context.clock()
            store.update_group(connection, group_id, changed)
            fields = sorted(map(camel, values))
            self._note(connection, caller, Action.GROUP_UPDATED, group_id, fields=fields)
        return _get(connection, caller, group_id)

    def _delete(self, connection: Connection, caller: Caller, group_ids: Sequence[str]) -> bool:
        now = self._context.clock()
        heir = store.ensure_default(connection, caller.user_id, now)
        if heir in group_ids:
            raise errors.GROUP_NOT_FOUND({"reasonCode": "default_group_delete_not_allowed"})
        found = store.lock_groups(connection, caller.user_id, group_ids)
        for group_id in found:
            moved = store.delete_group(connection, group_id, heir, now)
            self._note(connection, caller, Action.GROUP_DELETED, group_id, movedAccounts=moved)
        return bool(found)

    def _sort(
        self, connection: Connection, caller: Caller, group_id: str, ranks: Mapping[str, int]
    ) -> None:
        if not store.hold_owned(connection, caller.user_id, group_id):
            raise errors.GROUP_NOT_FOUND()
        if not store.rank_accounts(connection, group_id, ranks, self._context.clock()):
            raise errors.ACCOUNT_NOT_FOUND()
        if ranks:
            self._note(connection, caller, Action.GROUP_SORTED, group_id, accounts=len(ranks))

    def _sealed(
        self, group_id: str, values: Mapping[str, Any], previous: bytes | None
    ) -> dict[str, Any]:
        """The columns of a group: its configuration sealed, all else as it is."""
        columns = dict(values)
        if BROWSER_CONFIG in columns:
            text = _as_json(columns.pop(BROWSER_CONFIG))
            row = account_group_row(group_id)
            columns["sealed"] = text and self._context.vault.seal(text, row, previous)
        return columns

    def _note(
        self, connection: Connection, caller: Caller, action: Action, group_id: str, **details: Any
    ) -> None:
        now, actor = self._context.clock(), f"key:{caller.key_id}"
        audit.record(connection, now, caller.user_id, actor, action, group=group_id, **details)


def _get(connection: Connection, caller: Caller, group_id: str) -> Group:
    group = store.get_group(connection, caller.user_id, group_id)
    assert group is not None
    return group


def _as_json(config: Mapping[str, Any] | None) -> bytes | None:
    """A browser configuration as JSON; None for none. Raises VALIDATION_FAILED if too large."""
    if config is None:
        return None
    text = json.dumps(config, separators=(",", ":")).encode()
    if len(text) > MAX_BROWSER_CONFIG:
        limit = f"must be at most {MAX_BROWSER_CONFIG} bytes of JSON"
        raise errors.validation_failed([Issue("browserConfig", limit)])
    return text
