"""The login cookies of plug-in platforms."""

from openchannels.sandbox.dataset import is_person_name
from openchannels.sandbox.state import State


class Logins:
    """The logins of all persons, by the realm of a platform."""

    def __init__(self, state: State) -> None:
        self._state = state

    def generation(self, realm: str, person: str) -> int:
        """How often this person's logins were revoked; part of a cookie."""
        sql = "SELECT generation FROM logins WHERE realm = ? AND person = ?"
        row = self._state.row(sql, realm, person)
        return int(row[0]) if row else 0

    def end_logins(self, realm: str, person: str) -> None:
        """Invalidate all cookies of this person; new ones carry the next generation."""
        self._state.change(
            "INSERT INTO logins VALUES (?, ?, 1) ON CONFLICT DO UPDATE"
            " SET generation = generation + 1",
            realm,
            person,
        )

    def cookie_value(self, realm: str, person: str) -> str:
        """A valid login cookie: `sandbox-<person>`, after a revocation `sandbox-<person>.1`."""
        generation = self.generation(realm, person)
        return f"sandbox-{person}.{generation}" if generation else f"sandbox-{person}"

    def person_of_cookie(self, realm: str, value: str) -> str | None:
        """The person logged in by a cookie, or None if it is invalid or was revoked."""
        name, _, _ = value.removeprefix("sandbox-").partition(".")
        if not value.startswith("sandbox-") or not is_person_name(name):
            return None
        return name if value == self.cookie_value(realm, name) else None
