"""Douyin: handing a work over to the person's app, where they press publish.

None of these calls makes anything visible.
https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/h5/share-to-h5
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from openchannels.connectors.base.hashtags import split_hashtags
from openchannels.connectors.base.parse import count, dig, text
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.douyin.api import API, token_header
from openchannels.connectors.douyin.app_calls import classify_app_call, with_client_token
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import Content, HandOver
from openchannels.transport.answers import body_of
from openchannels.transport.app_tokens import app_token
from openchannels.transport.platform_client import PlatformClient

OPERATION = "publish.hand_over"
SHARE_SECONDS = 3600.0
"""How long a share id works."""
DAY = 86_400.0
NO_SHORT_SCHEMA = "douyin:no_short_schema"
UNRESERVED = "-_.!~*'()"
"""What `encodeURIComponent` leaves as it is, beside letters and digits."""
SHORT_TITLE = 12


@dataclass(frozen=True, slots=True)
class Ticket:
    """The app's ticket that signs schemas; `ends_at` in Unix seconds."""

    value: str
    ends_at: float


async def make_hand_over(
    client: PlatformClient, key: str, secret: str, job: Job, now: float
) -> HandOver:
    """Returns a fresh share id and the address that opens the app with the work."""
    values = await schema_values(job)

    async def make(token: str) -> HandOver:
        share_id = await _share_id(client, token)
        ticket = await _ticket(client, token)
        own = {**values, "share_type": "h5", "client_key": key, "state": share_id}
        ends_at = min(now + SHARE_SECONDS, ticket.ends_at)
        address = await _short_schema(client, token, ticket, {**values, "state": share_id}, ends_at)
        nonce = secrets.token_hex(16)
        return HandOver(
            share_id, address or schema(own, ticket.value, nonce, int(now)), None, ends_at
        )

    made: HandOver = await with_client_token(client, key, secret, make)
    return made


def signature(ticket: str, nonce: str, timestamp: int) -> str:
    signed = f"nonce_str={nonce}&ticket={ticket}&timestamp={timestamp}"
    return hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest()


def schema(values: Mapping[str, Any], ticket: str, nonce: str, timestamp: int) -> str:
    """Returns the address that opens the app: the parameters by name, encoded as browsers do."""
    signed = {
        **values,
        "nonce_str": nonce,
        "timestamp": timestamp,
        "signature": signature(ticket, nonce, timestamp),
    }
    pairs = (
        f"{quote(name, safe=UNRESERVED)}={quote(_plain(value), safe=UNRESERVED)}"
        for name, value in sorted(signed.items())
    )
    return f"snssdk1128://openplatform/share?{'&'.join(pairs)}"


def _plain(value: Any) -> str:
    """A parameter as text; lists are JSON."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def caption_of(content: Content) -> tuple[str, str | None]:
    """Returns the text of a post, and a title short enough for the field of its own."""
    title, body = content.title.strip(), content.body.strip()
    if not body or not title:
        return body or title, None
    return (body, title) if len(title) <= SHORT_TITLE else (f"{title}\n{body}", None)


async def schema_values(job: Job) -> dict[str, Any]:
    """Returns the parameters of a schema that tell the work; absent ones are left out."""
    words, short_title = caption_of(job.content)
    words, topics = split_hashtags(words)
    # The title's place of a topic counts UTF-16 units; at the end it can part nothing.
    end = len(words.encode("utf-16-le")) // 2
    option = job.option
    private, download = option.get("private_status"), option.get("download_type")
    values = {
        **await _media(job),
        "title": words,
        "short_title": option.get("short_title") or short_title,
        "hashtag_list": topics,
        "title_hashtag_list": [{"name": topic, "start": end} for topic in topics],
        # Old versions of the app stumble over parameters that say the usual.
        "private_status": private if private else None,
        "download_type": download if download == 2 else None,
    }
    return {name: value for name, value in values.items() if value not in (None, "", [])}


async def _media(job: Job) -> dict[str, Any]:
    if job.video is not None:
        return {"video_path": await job.video.public_url(), "share_to_publish": 1}
    addresses = [await one.public_url() for one in job.images]
    if len(addresses) == 1:
        return {"image_path": addresses[0]}
    return {"image_list_path": addresses}


async def _share_id(client: PlatformClient, token: str) -> str:
    """Returns a new share id, under which the webhook reports what the person has posted.

    https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/video-management/douyin/search-video/video-share-result
    """
    try:
        share_id = await _ask_share_id(client, token, "POST")
    except PlatformFailure as failure:
        if failure.http_status not in (404, 405):
            raise
        share_id = None
    share_id = share_id or await _ask_share_id(client, token, "GET")
    if share_id is None:
        raise client.malformed(OPERATION)
    return share_id


async def _ask_share_id(client: PlatformClient, token: str, method: str) -> str | None:
    answer = await client.exchange(
        method,
        f"{API}/share-id/",
        operation=OPERATION,
        idempotent=True,
        classify=classify_app_call,
        params={"need_callback": "true"},
        headers={**token_header(token), "Content-Type": "application/json"},
    )
    return text(dig(body_of(answer), "data", "share_id"))


async def _ticket(client: PlatformClient, token: str) -> Ticket:
    """Returns the ticket that came with this token: a new one ends the old one.

    https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/openapi/tools-ability/jsb-management/open-ticket
    """

    async def fetch() -> tuple[str, float]:
        answer = await client.get(
            f"{API}/open/getticket/",
            operation=OPERATION,
            classify=classify_app_call,
            headers={**token_header(token), "Content-Type": "application/json"},
        )
        ticket = text_at(client, OPERATION, answer, "data.ticket")
        return ticket, float(count(dig(answer, "data", "expires_in")) or 7200)

    name = "share_ticket." + hashlib.sha256(token.encode()).hexdigest()[:16]
    kept = await app_token(client.shared_state, client.clock, name, fetch)
    return Ticket(kept.value, kept.expires_at)


async def _short_schema(
    client: PlatformClient,
    token: str,
    ticket: Ticket,
    values: Mapping[str, Any],
    ends_at: float,
) -> str | None:
    """Returns Douyin's own shorter address of a schema; None for an app without that right.

    An app that was refused is not asked again for a day.
    """
    if client.cache.get(NO_SHORT_SCHEMA):
        return None
    body = {**values, "client_ticket": ticket.value, "expire_at": int(ends_at)}
    try:
        answer = await client.call(
            "POST",
            f"{API}/api/douyin/v1/schema/get_share/",
            operation=OPERATION,
            idempotent=True,
            headers=token_header(token),
            json_body=body,
        )
    except PlatformFailure:
        client.cache.put(NO_SHORT_SCHEMA, True, DAY)
        return None
    address = text(dig(answer, "data", "schema"))
    return address if address and address.startswith("snssdk1128://") else None
