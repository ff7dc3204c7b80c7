"""The outcome for the caller's site: a signed form, query parameters, or a message to its page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from openchannels.core.sessions import AuthSession
from openchannels.service.api_keys import ApiKeys
from openchannels.service.context import Context
from openchannels.service.events.signing import sign

LEGACY_NAMES = {
    "relayAccountRef": "accountId",
    "nickname": "displayName",
    "avatar": "avatarUrl",
    "platformUid": "platformUid",
    "account": "account",
    "platform": "platform",
}
MESSAGE_TYPE = "openchannels:connect"
"""`type` of the message to the opener, by which a page knows it among others."""


@dataclass(frozen=True, slots=True)
class OpenerMessage:
    """The outcome for the page that opened our window, and the only origins that may get it."""

    fields: Mapping[str, Any]
    origins: tuple[str, ...]


class CallerRedirects:
    """Builds what is sent to `callbackUrl`, to `redirectUri` and to the opener of our window."""

    def __init__(self, context: Context, keys: ApiKeys) -> None:
        self._context = context
        self._keys = keys

    async def form(self, session: AuthSession) -> list[tuple[str, str]]:
        """Fields of the form that the browser posts to `callbackUrl`, signed.

        The names of the original come first; `sessionId`, `status`, `errorCode`, `timestamp`
        and `signature` are added. Receivers trust only what is signed: see `signature`.
        """
        connected = [legacy_view(account) for account in session.accounts]
        alone: dict[str, str] = {"platform": session.platform}
        fields = dict(connected[0]) if connected else alone
        if session.redirect_uri:
            fields["redirectUri"] = session.redirect_uri
        fields["accounts"] = json.dumps(connected, ensure_ascii=False, separators=(",", ":"))
        fields |= {"sessionId": session.id, "status": session.stage.value}
        if session.error_code is not None:
            fields["errorCode"] = str(session.error_code)
        fields["timestamp"] = str(int(self._context.clock()))
        secret = await self._keys.signing_secret(session.key_id)
        if secret is not None:
            fields["signature"] = signature(secret, fields)
        return list(fields.items())

    @staticmethod
    def redirect(session: AuthSession) -> str | None:
        """`redirectUri` with the outcome as query parameters; unsigned: a receiver polls."""
        if session.redirect_uri is None:
            return None
        query = urlencode(_outcome(session), quote_via=quote)
        parts = urlsplit(session.redirect_uri)
        return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query)))))

    async def opener_message(self, session: AuthSession) -> OpenerMessage | None:
        """The message for the opener; None while nothing has ended, or for a key without origins.

        It says no more than `redirect`, and all account ids.
        """
        origins = await self._keys.origins(session.key_id) if session.stage.ended else ()
        if not origins:
            return None
        account_ids = [account["accountId"] for account in session.accounts]
        fields = {"type": MESSAGE_TYPE, **_outcome(session), "accountIds": account_ids}
        return OpenerMessage(fields, origins)


def _outcome(session: AuthSession) -> dict[str, Any]:
    """How a session ended, as a browser may carry it."""
    first = session.accounts[0]["accountId"] if session.accounts else None
    known = {
        "sessionId": session.id,
        "status": session.stage.value,
        "accountId": first,
        "errorCode": session.error_code,
    }
    return {name: value for name, value in known.items() if value is not None}


def legacy_view(account: Mapping[str, Any]) -> dict[str, str]:
    """A connected account under the names that the original posts."""
    return {name: account[ours] for name, ours in LEGACY_NAMES.items() if ours in account}


def signature(secret: str, fields: Mapping[str, str]) -> str:
    """Standard Webhooks' signature over session id, timestamp and the result's text.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    The text is `{status}.{errorCode or empty}.{accounts}` with `accounts` as sent.
    """
    text = f"{fields['status']}.{fields.get('errorCode', '')}.{fields['accounts']}"
    return sign(secret, fields["sessionId"], fields["timestamp"], text.encode())
