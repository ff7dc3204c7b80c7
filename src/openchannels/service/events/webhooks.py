"""Webhooks: the addresses to which a user's events are sent, and their signing secrets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from openchannels.core import errors, ids
from openchannels.core.audit import Action
from openchannels.core.clock import Clock
from openchannels.core.events import EventType
from openchannels.core.exceptions import Issue
from openchannels.core.webhooks import Webhook, WebhookTransport
from openchannels.service.sealing import webhook_row
from openchannels.store.database import Connection, Database
from openchannels.store.queries import audit
from openchannels.store.queries import webhooks as store
from openchannels.store.vault.vault import Vault

MOST = 50
"""Webhooks of one user."""


class WebhooksContext(Protocol):
    """The part of the context that webhooks need, which a command can build without a service."""

    @property
    def db(self) -> Database: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def webhook_client(self) -> WebhookTransport: ...

    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class WebhookWithSecret:
    """A webhook with its secret, which is shown this once."""

    webhook: Webhook
    secret: str = field(repr=False)


class Webhooks:
    """Creates, changes, rotates and deletes webhooks."""

    def __init__(self, context: WebhooksContext) -> None:
        self._context = context

    async def create(
        self,
        user_id: str,
        actor: str,
        url: str,
        types: Sequence[str] = (),
        description: str = "",
        *,
        enabled: bool = True,
    ) -> WebhookWithSecret:
        """Raises VALIDATION_FAILED for a URL that is not allowed, or one webhook too many."""
        self._check(url, types)
        webhook_id, secret, now = ids.new_webhook_id(), ids.new_signing_secret(), self._now()
        values = {
            "id": webhook_id,
            "user_id": user_id,
            "url": url,
            "description": description,
            "types": _ordered(types),
            "sealed": self._context.vault.seal(secret.encode(), webhook_row(webhook_id)),
            "enabled": enabled,
            "created_at": now,
            "updated_at": now,
        }
        await self._context.db.write(self._add, actor, values)
        return WebhookWithSecret(await self.get_webhook(user_id, webhook_id), secret)

    async def list_webhooks(self, user_id: str) -> Sequence[Webhook]:
        """Oldest first."""
        return await self._context.db.read(store.list_webhooks, user_id)

    async def get_webhook(self, user_id: str, webhook_id: str) -> Webhook:
        """Raises WEBHOOK_NOT_FOUND."""
        found = await self._context.db.read(store.get, user_id, webhook_id)
        if found is None:
            raise errors.WEBHOOK_NOT_FOUND()
        return found

    async def change(
        self, user_id: str, actor: str, webhook_id: str, values: Mapping[str, Any]
    ) -> Webhook:
        """Change any of `url, types, description, enabled`; returns the webhook afterwards.

        Disabling gives up pending deliveries; enabling, or a new URL, resets its failures. Raises
        WEBHOOK_NOT_FOUND, VALIDATION_FAILED.
        """
        self._check(values.get("url"), values.get("types", ()))
        if "types" in values:
            values = {**values, "types": _ordered(values["types"])}
        return await self._context.db.write(self._change, user_id, actor, webhook_id, values)

    async def delete(self, user_id: str, actor: str, webhook_id: str) -> None:
        """Delete a webhook with its log. Raises WEBHOOK_NOT_FOUND."""
        await self._context.db.write(self._delete, user_id, actor, webhook_id)

    async def rotate(
        self, user_id: str, actor: str, webhook_id: str, overlap_seconds: float
    ) -> WebhookWithSecret:
        """Create a new secret; the old one signs as well until the overlap ends.

        Raises WEBHOOK_NOT_FOUND.
        """
        secret = ids.new_signing_secret()
        webhook = await self._context.db.write(
            self._rotate, user_id, actor, webhook_id, secret, overlap_seconds
        )
        return WebhookWithSecret(webhook, secret)

    def _check(self, url: str | None, types: Sequence[str]) -> None:
        issues = []
        refused = None if url is None else self._context.webhook_client.check(url)
        if refused is not None:
            issues.append(Issue("url", refused))
        if not set(types) <= set(EventType):
            issues.append(Issue("types", "must be types of events"))
        if issues:
            raise errors.validation_failed(issues)

    def _add(self, connection: Connection, actor: str, values: Mapping[str, Any]) -> None:
        if not store.insert_webhook(connection, values, MOST):
            raise errors.validation_failed(
                [Issue("url", f"there may be {MOST} webhooks at the most")]
            )
        self._note(connection, values["user_id"], actor, Action.WEBHOOK_CREATED, values["id"])

    def _change(
        self,
        connection: Connection,
        user_id: str,
        actor: str,
        webhook_id: str,
        values: Mapping[str, Any],
    ) -> Webhook:
        before, now = _locked(connection, user_id, webhook_id), self._now()
        if values.get("enabled") is False:
            store.disable(connection, webhook_id, None, now)
        elif "url" in values or (values.get("enabled") and not before.enabled):
            values = {**values, **store.NO_FAILURES, "disabled_reason": None}
            store.send_now(connection, webhook_id, now)
        store.update_webhook(connection, webhook_id, {**values, "updated_at": now})
        details = {name: values[name] for name in ("types", "enabled") if name in values}
        self._note(connection, user_id, actor, Action.WEBHOOK_UPDATED, webhook_id, **details)
        return _locked(connection, user_id, webhook_id)

    def _delete(self, connection: Connection, user_id: str, actor: str, webhook_id: str) -> None:
        _locked(connection, user_id, webhook_id)
        store.delete_webhook(connection, webhook_id)
        self._note(connection, user_id, actor, Action.WEBHOOK_DELETED, webhook_id)

    def _rotate(
        self, connection: Connection, user_id: str, actor: str, webhook_id: str, new: str,
        overlap: float,
    ) -> Webhook:  # fmt: skip
        _locked(connection, user_id, webhook_id)
        old = store.target(connection, webhook_id)
        assert old is not None
        now, row = self._now(), webhook_row(webhook_id)
        values = {
            "sealed": self._context.vault.seal(new.encode(), row, old.sealed),
            "sealed_before": old.sealed if overlap > 0 else None,
            "before_until": now + overlap if overlap > 0 else None,
            "updated_at": now,
        }
        store.update_webhook(connection, webhook_id, values)
        details = {"overlapSeconds": overlap}
        self._note(connection, user_id, actor, Action.WEBHOOK_ROTATED, webhook_id, **details)
        return _locked(connection, user_id, webhook_id)

    def _note(
        self,
        connection: Connection,
        user_id: str,
        actor: str,
        action: Action,
        webhook_id: str,
        **details: Any,
    ) -> None:
        audit.record(connection, self._now(), user_id, actor, action, webhook=webhook_id, **details)

    def _now(self) -> float:
        return self._context.clock()


def _locked(connection: Connection, user_id: str, webhook_id: str) -> Webhook:
    found = store.lock(connection, user_id, webhook_id)
    if found is None:
        raise errors.WEBHOOK_NOT_FOUND()
    return found


def _ordered(types: Sequence[str]) -> list[str]:
    """Each type once, in the order of the catalogue."""
    return [kind.value for kind in EventType if kind.value in types]
