"""What emulators keep besides works: upload sessions, containers, comments, publish jobs."""

from typing import Any

import msgspec

from openchannels.sandbox.state import State


class Documents:
    """JSON objects by kind and id, each with an owner: an account's key, or any other text."""

    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, kind: str, id: str, content: dict[str, Any], owner: str = "") -> None:
        """Keep a document, in the place of one of the same kind and id."""
        sql = "INSERT OR REPLACE INTO documents (kind, id, owner, content) VALUES (?, ?, ?, ?)"
        self._state.change(sql, kind, id, owner, msgspec.json.encode(content).decode())

    def get(self, kind: str, id: str) -> dict[str, Any] | None:
        """The document, or None."""
        sql = "SELECT content FROM documents WHERE kind = ? AND id = ?"
        row = self._state.row(sql, kind, id)
        return None if row is None else _content(row[0])

    def delete(self, kind: str, id: str) -> bool:
        """Forget a document; returns whether there was one."""
        sql = "DELETE FROM documents WHERE kind = ? AND id = ?"
        return self._state.change(sql, kind, id) > 0

    def of_owner(self, kind: str, owner: str) -> dict[str, dict[str, Any]]:
        """All documents of a kind and an owner by id, oldest first."""
        sql = "SELECT id, content FROM documents WHERE kind = ? AND owner = ? ORDER BY rowid"
        return {row[0]: _content(row[1]) for row in self._state.rows(sql, kind, owner)}


def _content(text: str) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(text)
    return content
