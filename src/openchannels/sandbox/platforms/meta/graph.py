"""The Graph API, as Facebook, Instagram and Threads share it: errors, fields, cursors, proofs.

https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlencode

import msgspec

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request
from openchannels.sandbox.ids import decimal, from_base64url

HOST = "graph.facebook.com"
VERSION = re.compile(r"^/v\d{1,3}\.\d{1,2}(?=/|$)")
PROOF_SECONDS = 300
_OF_ONE_CALL = (
    "access_token", "appsecret_proof", "appsecret_time", "limit", "after", "before",
    "__paging_token", "__previous",
)  # fmt: skip
_TOKEN = re.compile(r"[\w]+")


class GraphError(EarlyReply):
    """An error of the Graph API; clients decide by its code and subcode."""

    def __init__(
        self,
        code: int,
        message: str,
        subcode: int | None = None,
        http: int = 400,
        transient: bool = False,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        error: dict[str, Any] = {
            "message": message,
            "type": "OAuthException",
            "code": code,
            "is_transient": transient,
            "fbtrace_id": random_text("A", 10),
        }
        if subcode is not None:
            error["error_subcode"] = subcode
        if data is not None:
            error["error_data"] = data
        super().__init__(Reply.json({"error": error}, http))


def refusal(code: str, message: str = "The request was refused", http: int = 400) -> GraphError:
    """The error of a code such as `9/2207042`, whose second part is the subcode.

    A text instead of a code is the message of an error 100.
    """
    number, _, subcode = code.partition("/")
    if not re.fullmatch(r"-?\d{1,9}", number):
        return GraphError(100, code, http=http)
    return GraphError(int(number), message, decimal(subcode), http)


def oauth_token(request: Request) -> str:
    """The token of `Authorization: OAuth ...`, as the servers of uploads want it."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "oauth" else ""


def structure(request: Request, name: str) -> Any:
    """A parameter that is a list or an object, sent as JSON or as a text of JSON; None if absent.

    Raises GraphError 100 for another text.
    """
    value = request.json.get(name, request.parameter(name) or None)
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise GraphError(100, f"(#100) Param {name} must be valid JSON") from error


@dataclass
class Field:
    """An entry of `fields`: name, modifiers such as `limit(0)`, and nested fields."""

    name: str
    modifiers: dict[str, str] = field(default_factory=dict)
    fields: list["Field"] = field(default_factory=list)


class _Parser:
    """Parses `a,b.limit(3){c,d{e}}`."""

    def __init__(self, text: str) -> None:
        self._text = re.sub(r"\s+", "", text)
        self._at = 0

    def all(self) -> list[Field]:
        found = self._list()
        if self._at != len(self._text):
            self._fail()
        return found

    def _list(self) -> list[Field]:
        found = []
        while self._peek() not in ("", "}"):
            found.append(self._one())
            if self._peek() == ",":
                self._at += 1
        return found

    def _one(self) -> Field:
        one = Field(self._word())
        while self._peek() == ".":
            self._at += 1
            name = self._word()
            one.modifiers[name] = self._bracket()
        if self._peek() == "{":
            self._at += 1
            one.fields = self._list()
            if self._peek() != "}":
                self._fail()
            self._at += 1
        return one

    def _word(self) -> str:
        found = _TOKEN.match(self._text, self._at)
        if not found:
            self._fail()
        self._at = found.end()
        return found[0]

    def _bracket(self) -> str:
        end = self._text.find(")", self._at)
        if self._peek() != "(" or end < 0:
            self._fail()
        inside = self._text[self._at + 1 : end]
        self._at = end + 1
        return inside

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _fail(self) -> NoReturn:
        near = self._text[self._at : self._at + 20]
        raise GraphError(2500, f"Syntax error at character {self._at}: {near}")


def read_fields(text: str) -> list[Field]:
    """Parse the parameter `fields`. Raises GraphError 2500 for a syntax error."""
    return _Parser(text).all()


def read_list(text: str) -> list[str]:
    """The names of a list parameter, each once: separated by commas, or a JSON array."""
    return list(dict.fromkeys(name for part in text.split(",") if (name := part.strip('[]" '))))


def project(value: Any, fields: list[Field]) -> Any:
    """The named fields of a node, also inside edges (`data`); all if none are named.

    The id of a node is always among them.
    """
    if not fields:
        return value
    if isinstance(value, list):
        return [project(one, fields) for one in value]
    if not isinstance(value, dict):
        return value
    if "data" in value:
        return {**value, "data": project(value["data"], fields)}
    found = {one.name: project(value[one.name], one.fields) for one in fields if one.name in value}
    return found | ({"id": value["id"]} if "id" in value else {})


def limit_of(text: str, default: int, most: int) -> int:
    """A page size. Raises GraphError 100 if it is no number or too large."""
    if not text:
        return default
    if not re.fullmatch(r"\d{1,6}", text):
        raise GraphError(100, "(#100) Param limit must be an integer")
    if int(text) > most:
        raise GraphError(100, f"(#100) Param limit must be less than or equal to {most}")
    return int(text)


def cursor(index: int) -> str:
    """An opaque cursor for a position."""
    return base64.urlsafe_b64encode(f"QVFI{index:07d}ZD".encode()).rstrip(b"=").decode()


def read_cursor(text: str) -> int:
    """The position in a cursor. Raises GraphError 100 if it is invalid."""
    found = re.fullmatch(r"QVFI(\d{7})ZD", from_base64url(text) or "")
    if not found:
        raise GraphError(100, "(#100) Invalid cursors values")
    return int(found[1])


def works_at_cursor(series: Series, after: str, before: str, limit: int) -> list[Work]:
    """The page after or before a cursor, the first page without one."""
    if after and before:
        raise GraphError(100, "(#100) Only one of after and before may be sent")
    if before:
        return series.newer_than(read_cursor(before), limit)
    if after:
        return series.older_than(read_cursor(after), limit)
    return series.slice(0, limit)


def repeated(request: Request) -> dict[str, str]:
    """The parameters of a list's request that the links to its other pages repeat."""
    return {name: value for name, value in request.query.pairs() if name not in _OF_ONE_CALL}


def paging_url(request: Request, host: str, path: str, parameters: dict[str, str]) -> str:
    """The URL of another page; it contains the access token, as on the real API."""
    version = VERSION.match(request.path)
    return f"https://{host}{version[0] if version else '/v26.0'}{path}?{urlencode(parameters)}"


def check_proof(request: Request, token: str, secret: str | None) -> None:
    """Verify `appsecret_proof` if it is sent, with or without a time.

    https://developers.facebook.com/docs/facebook-login/security

    Raises:
        GraphError: 100 for a wrong proof, 104 for an outdated one.
    """
    proof, moment = request.parameter("appsecret_proof"), request.parameter("appsecret_time")
    if not proof:
        return
    sent_at = decimal(moment)
    if moment and (sent_at is None or abs(request.now - sent_at) > PROOF_SECONDS):
        raise GraphError(104, "Incorrect signature: appsecret_time is too far away")
    message = f"{token}|{moment}" if moment else token
    right = hmac.new((secret or "").encode(), message.encode(), hashlib.sha256).hexdigest()
    if not secrets.compare_digest(proof.encode(), right.encode()):
        raise GraphError(100, "Invalid appsecret_proof provided in the API argument")
