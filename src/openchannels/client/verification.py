"""Verifies what arrives from openchannels, according to Standard Webhooks."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence

from openchannels.client.errors import VerificationError
from openchannels.client.models import ConnectedAccount, ConnectionResult, Event
from openchannels.client.results import decode

TOLERANCE = 300.0
"""Seconds between the clocks of the service and of this machine, with the way of a message."""
_NAMES = {"relayAccountRef": "accountId", "nickname": "displayName", "avatar": "avatarUrl"}
"""What a form calls the members of an account, which is not as everywhere else."""


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
    except KeyError as missing:
        raise VerificationError(f"the header {missing.args[0]} is missing") from None
    signed = f"{message_id}.{moment}.".encode() + body
    _check(secret, moment, signed, signatures, tolerance)
    try:
        return decode(Event, {**json.loads(body), "id": message_id})
    except (KeyError, TypeError, ValueError):
        raise VerificationError("the body is not an event") from None


def verify_result(
    secret: str, form: Mapping[str, str], *, tolerance: float = TOLERANCE
) -> ConnectionResult:
    """Returns the result that a browser posted to `callbackUrl`, if its signature is valid.

    `secret` is the API key's signing secret. `tolerance` is in seconds. Raises VerificationError.
    A form may arrive twice or not at all: poll the session where it matters.
    """
    try:
        session_id, moment, status = form["sessionId"], form["timestamp"], form["status"]
        code, accounts, signature = form.get("errorCode", ""), form["accounts"], form["signature"]
    except KeyError as missing:
        raise VerificationError(f"the field {missing.args[0]} is missing") from None
    signed = ".".join((session_id, moment, status, code, accounts)).encode()
    _check(secret, moment, signed, [signature], tolerance)
    try:
        sent = [{_NAMES.get(n, n): v for n, v in one.items()} for one in json.loads(accounts)]
        listed = decode(tuple[ConnectedAccount, ...], sent)
        return ConnectionResult(session_id, status, listed, int(code) if code else None)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise VerificationError("the form is not a result") from None


def _check(
    secret: str, moment: str, signed: bytes, signatures: Sequence[str], tolerance: float
) -> None:
    """Raises VerificationError unless one signature is valid and the time is near."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        fresh = abs(time.time() - int(moment)) <= tolerance
    except (ValueError, binascii.Error):
        raise VerificationError("the secret or the timestamp cannot be read") from None
    if not fresh:
        raise VerificationError("the timestamp differs too much from the local time")
    mac = hmac.new(key, signed, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(mac)
    # All are compared, so that timing reveals nothing.
    matches = [hmac.compare_digest(expected, given.encode()) for given in signatures]
    if not any(matches):
        raise VerificationError("no signature matches this secret")
