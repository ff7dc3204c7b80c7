"""The webhooks of a third-party platform: verify tickets, authorizations, messages of accounts.

Only the sandbox's own component receives them, as token and key of any other are unknown.
"""

import asyncio
import secrets
from urllib.parse import urlencode

from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import random_text
from openchannels.sandbox.platforms.wechat.accounts import Account
from openchannels.sandbox.platforms.wechat.crypto import encrypt, signature
from openchannels.sandbox.webhooks_out import DeliveryFailed, OutgoingRequest, WebhookResponse

REALM = "wxGzh"
COMPONENT_APP_ID = "sandbox-wxGzh"
COMPONENT_TOKEN = "sandbox-wxGzh-token"
ENCODING_AES_KEY = "sandboxWxGzhEncodingAESKeyForOfflineUseOnly"
"""EncodingAESKey of the sandbox's component: 43 characters, 32 bytes in base64.

Like some real keys it ends in bits that a strict base64 decoder refuses.
"""

ACCEPTED = WebhookResponse(200, b"success")
"""The response of a receiver that has accepted a webhook."""
TICKET_SECONDS = 12 * 3600
TICKET_INTERVAL_SECONDS = 600
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 0.2, 10.0


class Webhooks:
    """Sends tickets and events to the sandbox's component."""

    def __init__(self, context: Context) -> None:
        self._grants = context.grants
        self._clock = context.clock
        self._sender = context.webhooks

    @property
    def url(self) -> str | None:
        """The service's webhook URL, or None if unknown."""
        return self._sender.webhook_url(REALM)

    async def send_tickets(self) -> None:
        """Send a ticket to the service as soon as its URL is known, and then every ten minutes.

        What is not accepted is sent again.
        """
        await self._sender.until_known()
        due, pause = 0.0, _FIRST_RETRY_SECONDS
        while True:
            await self._clock.reach(due)
            sent_at = self._clock.now()
            if await self._is_accepted():
                due, pause = sent_at + TICKET_INTERVAL_SECONDS, _FIRST_RETRY_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_RETRY_SECONDS)

    async def _is_accepted(self) -> bool:
        assert self.url is not None
        try:
            return await self.send_ticket(self.url) == ACCEPTED
        except DeliveryFailed:
            return False

    async def send_ticket(self, url: str) -> WebhookResponse:
        """Send a new ticket. Raises DeliveryFailed."""
        return await self._sender.deliver(self._request(url, self._ticket()))

    def send_ticket_in_background(self) -> None:
        """Send a new ticket in the background, if the service's URL is known."""
        if self.url is not None:
            self._sender.deliver_in_background(self._request(self.url, self._ticket()))

    def send_event(self, component: str, kind: str, **fields: str) -> None:
        """Send an authorization event in the background."""
        if self.url is not None and component == COMPONENT_APP_ID:
            request = self._request(self.url, {"InfoType": kind, **fields})
            self._sender.deliver_in_background(request)

    def send_message(self, account: Account, event: str, info: str) -> None:
        """Send an event of an account to its own message address in the background.

        `info` is the XML of what the event tells besides its name.
        """
        if self.url is None:
            return
        inner = (
            f"<ToUserName>{_cdata(account.user_name)}</ToUserName>"
            f"<FromUserName>{_cdata(random_text('oV5', 25))}</FromUserName>"
            f"<CreateTime>{int(self._clock.unadvanced())}</CreateTime>"
            f"<MsgType>{_cdata('event')}</MsgType><Event>{_cdata(event)}</Event>{info}"
        )
        address = f"<ToUserName>{_cdata(account.user_name)}</ToUserName>"
        request = self._sealed(f"{self.url}/{account.app_id}", address, inner)
        self._sender.deliver_in_background(request)

    def _ticket(self) -> dict[str, str]:
        app = self._grants.app_grant(REALM, COMPONENT_APP_ID)
        ticket = self._grants.issue(app, "ticket", random_text("ticket@@@", 80), TICKET_SECONDS)
        return {"InfoType": "component_verify_ticket", "ComponentVerifyTicket": ticket}

    def _request(self, url: str, fields: dict[str, str]) -> OutgoingRequest:
        """A message about the component itself."""
        stamp = int(self._clock.unadvanced())
        content = "".join(f"<{name}>{_cdata(text)}</{name}>" for name, text in fields.items())
        app = f"<AppId>{_cdata(COMPONENT_APP_ID)}</AppId>"
        return self._sealed(url, app, f"{app}<CreateTime>{stamp}</CreateTime>{content}")

    def _sealed(self, url: str, address: str, inner: str) -> OutgoingRequest:
        """The encrypted and signed message; `address` stands beside what is encrypted.

        Its timestamp ignores by how much the sandbox's clock was advanced: the receiver would
        refuse a message from the future.
        """
        stamp, nonce = str(int(self._clock.unadvanced())), str(secrets.randbelow(10**10))
        sealed = encrypt(f"<xml>{inner}</xml>", COMPONENT_APP_ID, ENCODING_AES_KEY)
        query = {
            "signature": signature(COMPONENT_TOKEN, stamp, nonce),
            "timestamp": stamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": signature(COMPONENT_TOKEN, stamp, nonce, sealed),
        }
        body = f"<xml>{address}<Encrypt>{_cdata(sealed)}</Encrypt></xml>"
        headers = {"Content-Type": "text/xml"}
        return OutgoingRequest(f"{url}?{urlencode(query)}", body.encode(), headers)


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>"
