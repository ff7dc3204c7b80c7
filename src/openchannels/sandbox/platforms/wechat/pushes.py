"""What WeChat pushes to a third-party platform: its ticket every ten minutes, and who came or left.

Only the sandbox's own component is pushed to: of another one token and key are unknown.
"""

import asyncio
import secrets
from urllib.parse import urlencode

from openchannels.sandbox.clock import Clock
from openchannels.sandbox.grants import Grants, fresh
from openchannels.sandbox.platforms.wechat.crypto import encrypt, signature
from openchannels.sandbox.webhooks_out import Answered, Letter, Outbox, Undelivered

REALM = "wxGzh"
COMPONENT_APP_ID = "sandbox-wxGzh"
COMPONENT_TOKEN = "sandbox-wxGzh-token"
ENCODING_AES_KEY = "sandboxWxGzhEncodingAESKeyForOfflineUseOnly"
"""EncodingAESKey of the sandbox's component: 43 characters, 32 bytes in base64.

Like some real ones it has bits at its end that a strict decoder refuses.
"""

TAKEN = Answered(200, b"success")
"""What a receiver answers to a push it has taken."""
TICKET_SECONDS = 12 * 3600
PUSH_EVERY_SECONDS = 600
_LOOK_EVERY_SECONDS = 0.5
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 10.0


class Pushes:
    """The tickets and events of the sandbox's component."""

    def __init__(self, grants: Grants, clock: Clock, outbox: Outbox) -> None:
        self._grants = grants
        self._clock = clock
        self._outbox = outbox

    @property
    def address(self) -> str | None:
        """Where the service takes pushes, or None."""
        return self._outbox.webhook(REALM)

    async def keep_pushing(self) -> None:
        """A ticket at once, again and again until it is taken, then one every ten minutes."""
        to = self.address
        if to is None:
            return
        due, pause = 0.0, _FIRST_PAUSE_SECONDS
        while True:
            if self._clock.now() < due:
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
            elif await self._is_taken(to):
                due, pause = self._clock.now() + PUSH_EVERY_SECONDS, _FIRST_PAUSE_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _is_taken(self, to: str) -> bool:
        try:
            return await self.push_ticket(to) == TAKEN
        except Undelivered:
            return False

    async def push_ticket(self, to: str) -> Answered:
        """Push a new ticket. Raises Undelivered."""
        return await self._outbox.post(self._letter(to, self._ticket()))

    def push_ticket_later(self) -> None:
        """Push a new ticket in the background, if it is known where to."""
        if self.address is not None:
            self._outbox.send(self._letter(self.address, self._ticket()))

    def push_event(self, component: str, kind: str, **fields: str) -> None:
        """Push what happened to an authorization, in the background."""
        if self.address is not None and component == COMPONENT_APP_ID:
            self._outbox.send(self._letter(self.address, {"InfoType": kind, **fields}))

    def _ticket(self) -> dict[str, str]:
        app = self._grants.held_by_app(REALM, COMPONENT_APP_ID)
        ticket = self._grants.issue(app, "ticket", fresh("ticket@@@", 80), TICKET_SECONDS)
        return {"InfoType": "component_verify_ticket", "ComponentVerifyTicket": ticket}

    def _letter(self, to: str, fields: dict[str, str]) -> Letter:
        """A message in its envelope.

        It is stamped with the time others have too: the receiver does not follow a clock that
        is advanced here, and would take a push from the future for a forgery.
        """
        stamp, nonce = str(int(self._clock.given())), str(secrets.randbelow(10**10))
        told = "".join(f"<{name}>{_quoted(text)}</{name}>" for name, text in fields.items())
        inner = f"<AppId>{_quoted(COMPONENT_APP_ID)}</AppId><CreateTime>{stamp}</CreateTime>{told}"
        sealed = encrypt(f"<xml>{inner}</xml>", COMPONENT_APP_ID, ENCODING_AES_KEY)
        query = {
            "signature": signature(COMPONENT_TOKEN, stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": signature(COMPONENT_TOKEN, stamp, nonce, sealed),
        }
        app = f"<AppId>{_quoted(COMPONENT_APP_ID)}</AppId>"
        body = f"<xml>{app}<Encrypt>{_quoted(sealed)}</Encrypt></xml>"
        return Letter(f"{to}?{urlencode(query)}", body.encode(), {"Content-Type": "text/xml"})


def _quoted(text: str) -> str:
    return f"<![CDATA[{text}]]>"
