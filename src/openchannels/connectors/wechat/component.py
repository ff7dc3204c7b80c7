"""WeChat's third-party platform ("component"): its ticket, its tokens and its webhooks.

https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/getting_started/how_to_read.html
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from openchannels.connectors.base.failures import FailureTable, by_kind
from openchannels.connectors.base.parse import CHINA, count, dig, text
from openchannels.connectors.wechat.crypto import (
    InvalidEnvelope,
    check_signature,
    decrypt,
    read_leaves,
    read_xml,
)
from openchannels.core.inbound import (
    InboundMessage,
    InboundRefused,
    InboundResult,
    PublicationReport,
)
from openchannels.core.platform_errors import Failure, FailureKind, PlatformFailure
from openchannels.core.platforms import Text
from openchannels.transport.answers import body_of
from openchannels.transport.app_tokens import StoredValue, with_app_token
from openchannels.transport.client import Answer, build_url
from openchannels.transport.platform_client import PlatformClient

API = "https://api.weixin.qq.com"
LOGIN_PAGE = "https://mp.weixin.qq.com/cgi-bin/componentloginpage"
TICKET = "verify_ticket"
TICKET_SECONDS = 12 * 3600
TICKET_POLLS = 20
TICKET_PAUSE = 0.2
FRESH_SECONDS = 900
PUBLISHED_EVENTS = ("PUBLISHJOBFINISH", "FREEPUBLISHJOBFINISH")
TICKET_REFUSED = ("61005", "61006")
STALE_TOKEN_CODES = ("40001", "40014", "42001")
RID = re.compile(r"rid: ([\w-]{1,64})")

NO_TICKET = Text(
    en="WeChat has not pushed a ticket to this server yet. It does so every ten minutes, to the "
    "event address that the third-party platform names in WeChat's console.",
    zh="尚未收到微信推送的 component_verify_ticket。微信每十分钟向第三方平台配置的授权事件接收 URL "
    "推送一次，请检查该地址。",
)


def read_request_id(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure with the request id, which is part of the message."""
    request = RID.search(text(dig(body_of(answer), "errmsg")) or "")
    return replace(reading, request_id=request[1]) if reading and request else reading


# `errcode` decides, always under HTTP 200; successful answers have 0 or none.
# https://developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html
FAILURES = FailureTable(
    code="errcode",
    code_decides=True,
    success=("0",),
    codes=by_kind(
        {
            FailureKind.TOKEN_EXPIRED: (40001, 40014, 42001),
            FailureKind.DEAD_GRANT: (40030, 42002, 42007, 61003, 61023),
            # The account is frozen or cancelled.
            FailureKind.SUSPENDED: (50002,),
            FailureKind.MISCONFIGURED: (
                *(40013, 40125, 40164, 41001, 41002, 41004, 41018, 43002, 47001),
                *(61004, 61005, 61006, 61011),
            ),
            FailureKind.PERMISSION: (48001, 48004, 61007, 61016),
            FailureKind.QUOTA: (45009,),
            FailureKind.RATE_LIMITED: (45011, 45047, 45064, 45065),
            FailureKind.UNAVAILABLE: (-1,),
            FailureKind.NOT_FOUND: (40007, 53600),
            FailureKind.INVALID: (40029, 61009, 61010, 61500, 61501),
        }
    ),
    # WeChat pushes a new ticket every ten minutes.
    passing_codes=TICKET_REFUSED,
    wait={"45011": 60.0},
    day=CHINA,
    refine=read_request_id,
)


def classify_component(answer: Answer) -> Failure | None:
    """Returns the failure of a call with the component's token, which affects no account."""
    reading = FAILURES.classify(answer)
    if reading is None or reading.kind not in (FailureKind.TOKEN_EXPIRED, FailureKind.PERMISSION):
        return reading and replace(reading, bucket="app")
    return replace(reading, kind=FailureKind.MISCONFIGURED)


async def call_component(
    client: PlatformClient,
    name: str,
    operation: str,
    *,
    idempotent: bool = False,
    **body: str | None,
) -> Any:
    """Calls the component's API with its shared token; returns the answer's JSON.

    https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/getting_started/how_to_read.html
    """
    return await with_app_token(
        client.shared_state,
        client.clock,
        "component_token",
        partial(_component_token, client),
        partial(_post, client, name, operation, body, idempotent),
        STALE_TOKEN_CODES,
    )


async def _post(
    client: PlatformClient,
    name: str,
    operation: str,
    body: Mapping[str, str | None],
    idempotent: bool,
    token: str | None,
) -> Any:
    return await client.call(
        "POST",
        f"{API}/cgi-bin/component/{name}",
        operation=operation,
        idempotent=idempotent,
        classify=classify_component,
        params={"component_access_token": token},
        json_body={"component_appid": client.app.client_id, **body},
    )


async def _component_token(client: PlatformClient) -> tuple[str, float]:
    """Returns a new token and its lifetime; a ticket that WeChat refuses is not used again."""
    ticket = await _ticket(client)
    body = {
        "component_appsecret": client.app.client_secret,
        "component_verify_ticket": ticket.value,
    }
    operation = "auth.component_token"
    try:
        answer = await _post(client, "api_component_token", operation, body, False, None)
    except PlatformFailure as failure:
        if failure.reading.code in TICKET_REFUSED:
            await client.shared_state.drop(TICKET, ticket.version)
        raise
    token = text(dig(answer, "component_access_token"))
    if token is None:
        raise client.malformed(operation)
    return token, float(count(dig(answer, "expires_in")) or 7200)


async def _ticket(client: PlatformClient) -> StoredValue:
    """Returns the newest ticket; without one, asks WeChat to push it and waits some seconds."""
    stored = await client.shared_state.get(TICKET)
    if stored is None:
        body = {"component_secret": client.app.client_secret}
        operation = "auth.start_ticket"
        await _post(client, "api_start_push_ticket", operation, body, True, None)
    for _ in range(TICKET_POLLS):
        if stored is not None:
            return stored
        await asyncio.sleep(TICKET_PAUSE)
        stored = await client.shared_state.get(TICKET)
    reading = Failure(FailureKind.MISCONFIGURED, code="no_ticket", detail=NO_TICKET)
    raise PlatformFailure(client.platform, "auth.start_ticket", reading)


async def login_page(client: PlatformClient, state: str) -> str:
    """Returns the address of WeChat's consent page for an account's administrator.

    WeChat does not return a state, so the redirect address contains it. WeChat also pushes the
    code, with the pre-authorization code, under which the state is stored.
    https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Authorization_Process_Technical_Description.html
    """
    operation = "auth.preauth"
    answer = await call_component(client, "api_create_preauthcode", operation)
    code = text(dig(answer, "pre_auth_code"))
    if code is None:
        raise client.malformed(operation)
    seconds = float(count(dig(answer, "expires_in")) or 600)
    # The push follows the consent, which may come just before the code expires.
    await client.shared_state.put(_state_name(code), state, seconds + FRESH_SECONDS)
    return build_url(
        LOGIN_PAGE,
        {
            "component_appid": client.app.client_id,
            "pre_auth_code": code,
            "redirect_uri": build_url(client.app.redirect_uri, {"state": state}),
            "auth_type": 1,
        },
    )


def _state_name(pre_auth_code: str) -> str:
    return "state." + hashlib.sha256(pre_auth_code.encode()).hexdigest()


async def receive(client: PlatformClient, push: InboundMessage) -> InboundResult:
    """Verifies and decrypts a webhook and handles its event. Raises InboundRefused.

    https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/authorize_event.html
    """
    try:
        if push.method == "GET":
            return _echo_challenge(client, push)
        plain = _decrypt_event(client, push)
        event = read_xml(plain)
        report = read_report(push.app_id, event, read_leaves(plain))
    except InvalidEnvelope as error:
        raise InboundRefused(str(error)) from None
    if report is not None:
        return InboundResult(reports=(report,))
    return await _handle_event(client, event)


def _echo_challenge(client: PlatformClient, push: InboundMessage) -> InboundResult:
    """Answers the check of an address when the operator registers it."""
    _verify_signature(client, push, push.query.get("signature", ""))
    return InboundResult(push.query.get("echostr", ""))


def _decrypt_event(client: PlatformClient, push: InboundMessage) -> bytes:
    encrypted = read_xml(push.body).get("Encrypt", "").strip()
    _verify_signature(client, push, push.query.get("msg_signature", ""), encrypted)
    key = str(client.app.option("component_aes_key", ""))
    return decrypt(key, encrypted, client.app.client_id)


def report_key(app_id: str, publish_id: str) -> str:
    """Returns under what a publication is reported: each account counts its own."""
    return f"{app_id}:{publish_id}"


def read_report(
    app_id: str | None, event: Mapping[str, str], leaves: Sequence[tuple[str, str]]
) -> PublicationReport | None:
    """Returns what an event says of a publication."""
    if app_id is None or event.get("Event", "").upper() not in PUBLISHED_EVENTS:
        return None
    found = dict(reversed(leaves))
    if not found.get("publish_id"):
        return None
    names = ("publish_id", "publish_status", "article_id", "article_url")
    facts = {name: found[name].strip() for name in names if found.get(name)}
    return PublicationReport(report_key(app_id, facts["publish_id"]), facts)


def _verify_signature(
    client: PlatformClient, push: InboundMessage, signature: str, *encrypted: str
) -> None:
    timestamp = push.query.get("timestamp", "")
    if abs((count(timestamp) or 0) - client.clock()) > FRESH_SECONDS:
        raise InvalidEnvelope("the timestamp is not of this moment")
    token = str(client.app.option("component_token", ""))
    check_signature(signature, token, timestamp, push.query.get("nonce", ""), *encrypted)


async def _handle_event(client: PlatformClient, event: Mapping[str, str]) -> InboundResult:
    """Stores a ticket, or returns a revoked account or the code of an authorization."""
    kind, account = event.get("InfoType"), event.get("AuthorizerAppid")
    if kind == "component_verify_ticket" and event.get("ComponentVerifyTicket"):
        await client.shared_state.put(TICKET, event["ComponentVerifyTicket"], TICKET_SECONDS)
    if kind == "unauthorized" and account:
        return InboundResult(
            revoked={account: float(count(event.get("CreateTime")) or client.clock())}
        )
    if kind in ("authorized", "updateauthorized") and event.get("AuthorizationCode"):
        stored = await client.shared_state.get(_state_name(event.get("PreAuthCode", "")))
        if stored is not None:
            return InboundResult(
                callback={"state": stored.value, "auth_code": event["AuthorizationCode"]}
            )
    return InboundResult()
