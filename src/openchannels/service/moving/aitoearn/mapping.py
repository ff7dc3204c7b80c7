"""Reads documents of AiToEarn as accounts, credentials and groups of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from openchannels.connectors.registry import CONNECTORS, Connector, Plugin
from openchannels.core.accounts import (
    ABNORMAL,
    MAX_NICKNAME,
    NORMAL,
    Candidate,
    Counters,
    Profile,
)
from openchannels.core.credentials import Tokens
from openchannels.core.groups import MAX_NAME, MAX_PLACE
from openchannels.core.platforms import Platform
from openchannels.service.moving.aitoearn.documents import Document, iso_seconds

COUNTERS = {
    "fans": "fansCount",
    "following": "followingCount",
    "works": "workCount",
    "reads": "readCount",
    "likes": "likeCount",
    "collects": "collectCount",
    "forwards": "forwardCount",
    "comments": "commentCount",
}
PLACES = {
    "ip": "ip",
    "location": "location",
    "country_code": "countryCode",
    "proxy_ip": "proxyIp",
}


class Skip(StrEnum):
    """Why a row is not taken over."""

    UNKNOWN_PLATFORM = "unknown_platform"
    RELAY_ACCOUNT = "relay_account"
    NO_CREDENTIAL = "no_credential"
    EXPIRED = "expired"
    MISSING_FIELDS = "missing_fields"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    DUPLICATE = "duplicate"
    NO_ACCOUNT = "no_account"
    UNKNOWN_DOCUMENT = "unknown_document"


class Skipped(Exception):
    """A row that is not taken over, with the fields that lack."""

    def __init__(self, why: Skip, fields: tuple[str, ...] = ()) -> None:
        self.why, self.fields = why, fields
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class TakenAccount:
    """An account with what is stored of it beside the candidate. Times are Unix seconds."""

    id: str
    user_id: str
    group_id: str
    connector: Connector
    candidate: Candidate
    status: int
    rank: int
    issued_at: float
    login_at: float | None
    stats_at: float | None
    created_at: float
    updated_at: float


def read_account(
    document: Document, credential: Document | None, user: str | None, now: float
) -> TakenAccount:
    """Returns the account of a document with its credential. Raises Skipped."""
    platform = text(document, "type")
    if platform not in CONNECTORS:
        raise Skipped(Skip.UNKNOWN_PLATFORM if platform else Skip.MISSING_FIELDS, ("type",))
    if document.get("relayAccountRef"):
        raise Skipped(Skip.RELAY_ACCOUNT)
    user_id = user or text(document, "userId")
    given = {name: text(document, name) for name in ("_id", "uid", "nickname")}
    absent = tuple(name for name, value in {**given, "userId": user_id}.items() if not value)
    if absent:
        raise Skipped(Skip.MISSING_FIELDS, absent)
    connector = CONNECTORS[Platform(platform)]
    tokens = _tokens(connector, document, credential)
    adopted = connector.adopt(Candidate(_profile(document, Platform(platform)), tokens))
    if adopted is None:
        raise Skipped(Skip.MISSING_FIELDS, ("account", "loginCookie"))
    issued_at = min(now, seconds(credential or document, "updatedAt") or now)
    _refuse_expired(connector, adopted.tokens, now)
    return TakenAccount(
        id=str(given["_id"]),
        user_id=str(user_id),
        group_id=text(document, "groupId") or "",
        connector=connector,
        candidate=adopted,
        status=ABNORMAL if document.get("status") == ABNORMAL else NORMAL,
        rank=integer(document, "rank") or 1,
        issued_at=issued_at,
        login_at=seconds(document, "loginTime"),
        stats_at=seconds(document, "lastStatsTime"),
        created_at=seconds(document, "createdAt") or now,
        updated_at=seconds(document, "updatedAt") or now,
    )


def _tokens(connector: Connector, document: Document, credential: Document | None) -> Tokens:
    if isinstance(connector.auth, Plugin):
        cookie = text(document, "loginCookie")
        if cookie is None:
            raise Skipped(Skip.NO_CREDENTIAL)
        return Tokens(access_token=cookie)
    access = text(credential or {}, "accessToken")
    if credential is None or access is None:
        raise Skipped(Skip.NO_CREDENTIAL)
    scope = credential.get("scope")
    return Tokens(
        access_token=access,
        refresh_token=text(credential, "refreshToken"),
        expires_at=seconds(credential, "accessTokenExpiresAt"),
        refresh_expires_at=seconds(credential, "refreshTokenExpiresAt"),
        scopes=_scopes(scope),
    )


def _scopes(scope: Any) -> tuple[str, ...] | None:
    """Scopes from a text or a list; None where none are kept: then they are unknown."""
    if isinstance(scope, str):
        scope = scope.replace(",", " ").split()
    found = tuple(one for one in scope if isinstance(one, str)) if isinstance(scope, list) else ()
    return found or None


def _refuse_expired(connector: Connector, tokens: Tokens, now: float) -> None:
    over = tokens.expires_at is not None and tokens.expires_at <= now
    if over and not connector.auth.refreshable(tokens, now):
        raise Skipped(Skip.EXPIRED)


def _profile(document: Document, platform: Platform) -> Profile:
    avatar = text(document, "avatar") or ""
    return Profile(
        platform=platform,
        uid=str(text(document, "uid")),
        nickname=str(text(document, "nickname"))[:MAX_NICKNAME],
        handle=text(document, "account"),
        avatar=avatar if avatar.startswith(("http://", "https://")) else None,
        client_type=text(document, "clientType"),
        # AiToEarn writes 0 for a figure that it does not know.
        counters=Counters(
            **{own: integer(document, name) or None for own, name in COUNTERS.items()}
        ),
    )


def read_group(document: Document, user: str | None, now: float) -> dict[str, Any]:
    """Returns the columns of a group, without its browser configuration. Raises Skipped."""
    given = {"id": text(document, "_id"), "name": text(document, "name")}
    given["user_id"] = user or text(document, "userId")
    absent = tuple(name for name, value in given.items() if not value)
    if absent:
        raise Skipped(Skip.MISSING_FIELDS, absent)
    if len(str(given["id"])) > len("a" * 24) or len(str(given["name"])) > MAX_NAME:
        raise Skipped(Skip.TOO_LONG)
    return {
        **given,
        "is_default": document.get("isDefault") is True,
        "rank": integer(document, "rank") or 1,
        **{own: (text(document, name) or "")[:MAX_PLACE] or None for own, name in PLACES.items()},
        "created_at": seconds(document, "createdAt") or now,
        "updated_at": seconds(document, "updatedAt") or now,
    }


def text(document: Document, name: str) -> str | None:
    """A text that is not empty, or a number as text; None for anything else."""
    value = document.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) and value else None


def integer(document: Document, name: str) -> int | None:
    value = document.get(name)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def seconds(document: Mapping[str, Any], name: str) -> float | None:
    """Unix seconds of a number or an ISO text, None for 0; numbers may be milliseconds."""
    value = document.get(name)
    if isinstance(value, str):
        return iso_seconds(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        return None
    return value / 1000 if value > MILLISECONDS else float(value)


MILLISECONDS = 1e11
"""Above it a number is milliseconds: as seconds it would be in the year 5138."""
