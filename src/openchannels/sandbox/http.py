"""Requests, replies and routes of emulators, which never touch ASGI.

An emulator maps addresses to handlers in a list of `Route`; a handler takes a `Request` and
returns a `Reply`, or raises `EarlyReply`.
"""

import base64
import binascii
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import msgspec

from openchannels.sandbox import language

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

MAX_PATH = 1 << 10
MAX_QUERY = 1 << 15
MAX_HEADERS = 1 << 15
MAX_BODY = 1 << 17
MAX_FORM = 1 << 16
MAX_UPLOAD = 140 << 20
MAX_FIELDS = 1_000
"""The most of a request that is read, in bytes and in fields of a query or form."""


class TooLarge(Exception):
    """A request exceeds one of these limits; the text is sent under this HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class CutOff(Exception):
    """The caller went away before the whole body was there."""


class ControlError(Exception):
    """A control call is invalid; the text is sent to the caller."""


def unknown_platform(name: str, known: Iterable[str]) -> ControlError:
    """Returns the error of a control call that names no emulated platform."""
    return ControlError(f"Unknown platform {name}; use one of {', '.join(known)}.")


class Fields:
    """The parameters of a query string or form, with repeated names in order."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    @classmethod
    def parse(cls, text: str) -> "Fields":
        """Parse `a=1&b=2`, keeping empty values."""
        return cls(parse_qsl(text, keep_blank_values=True))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str, default: str = "") -> str:
        """The first value of `name`, or `default`."""
        values = self._values.get(name)
        return values[0] if values else default

    def values(self, name: str) -> list[str]:
        """All values of `name`, in the order sent."""
        return self._values.get(name, [])

    def split_values(self, name: str) -> list[str]:
        """All values of `name`, split at commas and spaces, without empty parts."""
        return [part for value in self.values(name) for part in re.split(r"[,\s]+", value) if part]

    def integer(self, name: str, default: int) -> int | None:
        """The first value as an integer; `default` if absent, None if it is no integer."""
        text = self.get(name)
        if name not in self:
            return default
        return int(text) if re.fullmatch(r"-?\d{1,15}", text) else None

    def flag(self, name: str) -> bool:
        """Whether the first value of `name` means yes; clients also write `True` and `1`."""
        return self.get(name).lower() in ("true", "1")

    def pairs(self, without: str = "") -> list[tuple[str, str]]:
        """All names and values, except names that start with `without`."""
        return [
            (name, value)
            for name, values in self._values.items()
            if not (without and name.startswith(without))
            for value in values
        ]


SANDBOXED = "sandbox"
"""The policy of every reply but a page: as a document it has an origin of its own, no scripts."""
PAGE_POLICY = "sandbox allow-forms; default-src 'none'; style-src 'self'; img-src 'self'"


@dataclass(slots=True)
class Reply:
    """A response: status, body, headers and content security policy.

    A sandbox may share its origin with the service, so no reply may act on that origin: the policy
    is sent with every reply and no header overrides it.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    policy: str = SANDBOXED

    @classmethod
    def json(cls, content: Any, status: int = 200, **headers: str) -> "Reply":
        """A JSON response; header names are written with underscores (`retry_after`)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["content-type"] = "application/json; charset=utf-8"
        return cls(status, msgspec.json.encode(content), named)

    @classmethod
    def page(cls, html: str, status: int = 200) -> "Reply":
        """An HTML page without scripts, which loads only images and the sandbox's style sheet."""
        return cls(
            status,
            html.encode(),
            {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"},
            PAGE_POLICY,
        )

    @classmethod
    def redirect(cls, address: str, parameters: Mapping[str, str]) -> "Reply":
        """A 302 to `address` with the parameters added to its query."""
        joint = "&" if urlsplit(address).query else "?"
        location = f"{address}{joint}{urlencode(parameters)}" if parameters else address
        return cls(302, b"", {"location": location, "cache-control": "no-store"})


class EarlyReply(Exception):
    """Ends a handler with this reply, e.g. an error or the consent page."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass
class Request:
    """A call to an emulator. `now` is the sandbox's time in Unix seconds."""

    method: str
    host: str
    path: str
    query: Fields
    headers: Mapping[str, str]
    body: bytes
    now: float
    params: dict[str, str] = field(default_factory=dict)

    @cached_property
    def form(self) -> Fields:
        """The fields of the body: a form in either encoding, without files, or a JSON object."""
        if self.json:
            return Fields(_json_pairs(self.json))
        content_type = self.headers.get("content-type", "form-urlencoded")
        if "multipart/form-data" in content_type:
            parts = _multipart_parts(content_type, self.body)
            texts = ((name, part) for name, part in parts if len(part) <= MAX_FORM)
            return Fields((name, part.decode("utf-8", "replace")) for name, part in texts)
        if "form-urlencoded" not in content_type:
            return Fields(())
        return Fields.parse(self.body.decode("utf-8", "replace"))

    @cached_property
    def parts(self) -> dict[str, bytes]:
        """The parts of a `multipart/form-data` body by name, files as their bytes."""
        content_type = self.headers.get("content-type", "")
        if "multipart/form-data" not in content_type:
            return {}
        return dict(_multipart_parts(content_type, self.body))

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty if it is none."""
        try:
            value = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies by name, without any decoding."""
        pairs = (part.partition("=") for part in self.headers.get("cookie", "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}

    @property
    def bearer(self) -> str:
        """The token of `Authorization: Bearer ...`, or an empty string."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def basic(self) -> tuple[str, str]:
        """User and password of `Authorization: Basic ...`, or two empty strings."""
        scheme, _, coded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(coded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password

    def client(self, id_name: str = "client_id") -> tuple[str, str]:
        """Id and secret of the calling app: parameters, else HTTP Basic; empty where absent.

        In HTTP Basic both are percent-encoded (RFC 6749, section 2.3.1).
        """
        user, password = (unquote(part) for part in self.basic)
        return self.parameter(id_name) or user, self.parameter("client_secret") or password

    @property
    def access_token(self) -> str:
        """The bearer token, else the parameter `access_token`."""
        return self.bearer or self.parameter("access_token")

    @property
    def state(self) -> dict[str, str]:
        """The parameter `state` as a redirect returns it; empty if the request has none."""
        fields = self.query if "state" in self.query else self.form
        return {"state": fields.get("state")} if "state" in fields else {}

    def parameter(self, name: str) -> str:
        """A parameter of the query, else of the form."""
        return self.query.get(name) or self.form.get(name)

    def untunnelled(self) -> "Request":
        """The call that a POST stands for whose header names the method and whose body the query.

        Clients send a GET so when its address would be too long.
        """
        method = self.headers.get("x-http-method-override", "").upper()
        if self.method != "POST" or not method:
            return self
        query = Fields([*self.query.pairs(), *self.form.pairs()])
        return replace(self, method=method, query=query, body=b"")

    def language(self) -> str:
        """`zh` or `en`: the language that the person picked, else what the browser prefers."""
        picked = self.query.get(language.PARAMETER)
        return language.choose(picked, self.cookies, self.headers.get("accept-language", ""))


Handler = Callable[[Request], Reply]


class Route:
    """Maps a method (`*` for any), a host and a path with `{name}` parts to a handler.

    A slash at the end of a path makes no difference, unless the route is `exact`. `max_body` is the
    most bytes of a body that are read; of routes that take files it is a part of a file. `pulls`
    names a parameter whose address is fetched before the handler is called, where a platform
    answers only then.
    """

    __slots__ = ("_slash", "handler", "host", "max_body", "method", "path", "pattern", "pulls")

    def __init__(
        self,
        method: str,
        host: str,
        path: str,
        handler: Handler,
        *,
        exact: bool = False,
        max_body: int = MAX_BODY,
        pulls: str = "",
    ) -> None:
        self.method = method
        self.host = host
        self.path = path
        self.handler = handler
        self.max_body = max_body
        self.pulls = pulls
        stem = path.rstrip("/")
        self._slash = path[len(stem) :]
        template = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(stem))
        self.pattern = re.compile(template + (self._slash if exact else "/?"))

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The values of the `{name}` parts, or None if the route does not match."""
        if self.method not in (method, "*"):
            return None
        found = self.pattern.fullmatch(path)
        return found.groupdict() if found else None

    def spelled(self, path: str) -> str:
        """A matching path with or without a slash at the end, as the route has it."""
        return path.rstrip("/") + self._slash

    def answer(self, request: Request) -> Reply:
        """The handler's reply, returned or raised."""
        try:
            return self.handler(request)
        except EarlyReply as early:
            return early.reply


def object_at(value: Any, *names: str) -> dict[str, Any]:
    """The object at a path of names within a JSON value; empty where anything else stands."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _json_pairs(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and simple values of a JSON object; a list has its name once for each item."""
    for name, value in content.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, bool):
                yield name, str(one).lower()
            elif isinstance(one, str | int | float):
                yield name, str(one)


def _multipart_parts(content_type: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the parts. Split by hand: the parser of mail takes minutes for 64 MB."""
    found = re.search(r'boundary="?([^";,]+)"?', content_type)
    if found is None:
        return
    for part in body.split(b"--" + found[1].encode("latin-1"))[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        if name is not None:
            yield name[1].decode("utf-8", "replace"), content.removesuffix(b"\r\n")


def is_web_address(address: str) -> bool:
    """Whether this is an absolute http(s) URL with a host, without user part and fragment."""
    try:
        parts = urlsplit(address)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and "#" not in address
            and not re.search(r"[\x00-\x20\\]", address)
        )
    except ValueError:
        return False
