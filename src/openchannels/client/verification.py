"""Verifies webhook messages from openchannels, according to Standard Webhooks."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from openchannels.client.decoding import decode
from openchannels.client.errors import VerificationError
from openchannels.client.webhooks import Event

TOLERANCE = 300.0


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, *, tolerance: float = TOLERANCE
) -> Event:
    """Returns the event of a message if its signature is valid and its timestamp recent.

    `body` is the received body, byte for byte. `tolerance` is in seconds. Raises VerificationError.
    The same event may arrive more than once; compare `id`.
    """
    named = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, moment = named["webhook-id"], named["webhook-timestamp"]
        signatures = named["webhook-signature"].split(" ")
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        fresh = abs(time.time() - int(moment)) <= tolerance
    except KeyError as missing:
        raise VerificationError(f"the header {missing.args[0]} is missing") from None
    except (ValueError, binascii.Error):
        raise VerificationError("the secret or the timestamp cannot be read") from None
    if not fresh:
        raise VerificationError("the timestamp differs too much from the local time")
    mac = hmac.new(key, f"{message_id}.{moment}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(mac)
    # All are compared, so that timing reveals nothing.
    matches = [hmac.compare_digest(expected, given.encode()) for given in signatures]
    if not any(matches):
        raise VerificationError("no signature matches this secret")
    try:
        return decode(Event, {**json.loads(body), "id": message_id})
    except (KeyError, TypeError, ValueError):
        raise VerificationError("the body is not an event") from None
