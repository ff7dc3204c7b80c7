"""The hand-over: ticket and share id, and the link by which the person's app takes a work over.

The platform can make a short link itself, or an app signs a long one with the ticket.
https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/h5/share-to-h5
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import random_hex, random_text
from openchannels.sandbox.http import Fields, Reply, Request, Route
from openchannels.sandbox.ids import digits
from openchannels.sandbox.platforms.douyin.login import HOST, REALM, TRIAL_HOST, app_token
from openchannels.sandbox.platforms.douyin.replies import data_reply, gateway_reply, log_id

TICKET_SECONDS, TICKET_GRACE_SECONDS = 7_200, 300
SHARE_SECONDS = 3_600
_SCHEME = "snssdk1128://"
_SHARE, _LINK = "douyin share", "douyin link"
_NONCE = re.compile(r"[A-Za-z0-9]{12,32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a link offers the person: the app, the parameters, and the share id if there is one."""

    app: str
    parameters: dict[str, str]
    share_id: str
    is_told: bool
    """Whether the app asked to be told what comes of it."""


class Refused(Exception):
    """The app does not take a link; the text is the reason."""


class Share:
    """Tickets, share ids and links."""

    def __init__(self, context: Context) -> None:
        self._grants = context.grants
        self._documents = context.documents
        self._conducts = context.conducts

    def routes(self) -> list[Route]:
        """Ticket, share id and short link, on both hosts."""
        return [
            route
            for host in (HOST, TRIAL_HOST)
            for route in (
                Route("GET", host, "/open/getticket/", self.ticket),
                Route("POST", host, "/share-id/", self.share_id),
                Route("GET", host, "/share-id/", self.share_id),
                Route("POST", host, "/api/douyin/v1/schema/get_share/", self.link),
            )
        ]

    def ticket(self, request: Request) -> Reply:
        """A ticket of two hours; the one before it works for five more minutes."""
        app = app_token(self._grants, request).grant
        self._grants.shorten(app, "ticket", TICKET_GRACE_SECONDS)
        value = self._grants.issue(app, "ticket", random_text("@", 40), TICKET_SECONDS)
        return data_reply(request, {"expires_in": TICKET_SECONDS, "ticket": value})

    def share_id(self, request: Request) -> Reply:
        """An id of one hour, by which the app is told what comes of a link."""
        app = app_token(self._grants, request).grant.client_id
        id = digits(16, "share", random_hex())
        share = {"app": app, "expires": request.now + SHARE_SECONDS}
        share["is_told"] = request.query.flag("need_callback")
        self._documents.put(_SHARE, id, share, app)
        return data_reply(request, {"share_id": id})

    def link(self, request: Request) -> Reply:
        """A short link of the platform's own, for apps that have the capability."""
        app = app_token(self._grants, request).grant.client_id
        if not self._conducts.of(REALM).audited:
            return gateway_reply(28001018, "应用无该能力")
        sent = request.json
        expires = sent.get("expire_at")
        if not self._is_live(app, sent.get("client_ticket"), request.now) or not _is_time(expires):
            return gateway_reply(28001007, "client_ticket, expire_at")
        token = random_hex(32)
        others = ("client_ticket", "expire_at")
        parameters = {name: _text(value) for name, value in sent.items() if name not in others}
        link = {"app": app, "expires": expires, "parameters": parameters}
        self._documents.put(_LINK, token, link, app)
        page = f"https://{HOST}/platform/oauth/slink/?token={token}&client_key={app}"
        schema = f"{_SCHEME}webview?url={quote(page, safe='')}"
        answer = {"err_no": 0, "err_msg": "", "log_id": log_id(), "data": {"schema": schema}}
        return Reply.json(answer)

    def open(self, schema: str, now: float) -> Offer:
        """What a link of either form offers. Raises Refused."""
        parameters = _parameters(schema)
        if schema.startswith(f"{_SCHEME}openplatform/share?"):
            app = parameters.get("client_key", "")
            self._check_signature(app, parameters, now)
        elif schema.startswith(f"{_SCHEME}webview?"):
            app, parameters = self._behind(parameters.get("url", ""), now)
        else:
            raise Refused("unknown_schema")
        share_id = parameters.get("state", "")
        return Offer(app, parameters, share_id, self._is_told(app, share_id, now))

    def _behind(self, page: str, now: float) -> tuple[str, dict[str, str]]:
        """The app and the parameters behind a short link. Raises Refused."""
        link = self._documents.get(_LINK, Fields.parse(urlsplit(page).query).get("token"))
        if link is None:
            raise Refused("bad_signature")
        if now >= link["expires"]:
            raise Refused("stale_ticket")
        return link["app"], link["parameters"]

    def _check_signature(self, app: str, parameters: dict[str, str], now: float) -> None:
        nonce, stamp = parameters.get("nonce_str", ""), parameters.get("timestamp", "")
        tickets = self._grants.tokens_of_client(REALM, app, "ticket")
        found = [
            ticket
            for ticket in tickets
            if signature(nonce, ticket.value, stamp) == parameters.get("signature")
        ]
        if not found or parameters.get("share_type") != "h5" or not _NONCE.fullmatch(nonce):
            raise Refused("bad_signature")
        if all(ticket.expired(now) for ticket in found):
            raise Refused("stale_ticket")

    def _is_told(self, app: str, share_id: str, now: float) -> bool:
        if not share_id:
            return False
        share = self._documents.get(_SHARE, share_id)
        if share is None or share["app"] != app or now >= share["expires"]:
            raise Refused("expired_share")
        return bool(share["is_told"])

    def _is_live(self, app: str, ticket: Any, now: float) -> bool:
        token = self._grants.live_token(str(ticket), now, "ticket")
        return token is not None and token.grant.client_id == app


def signature(nonce: str, ticket: str, timestamp: str) -> str:
    """MD5 of the three fields, sorted by name; the ticket as it is."""
    text = f"nonce_str={nonce}&ticket={ticket}&timestamp={timestamp}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _parameters(schema: str) -> dict[str, str]:
    """The parameters of a link; as in the app, a plus is no space."""
    pairs = (part.partition("=") for part in schema.partition("?")[2].split("&"))
    return {unquote(name): unquote(value) for name, _, value in pairs if name}


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
