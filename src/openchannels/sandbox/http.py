"""What an emulator sees of a call and what it answers with.

An emulator never touches ASGI: it takes a `Request`, returns a `Reply`, and says in a table
of `Route` which address leads to which handler.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

MAX_BODY = 1 << 20
"""Bytes of a request body that are read; a longer one is answered with 413."""


class BadInput(Exception):
    """A control call that cannot be understood; its text says why."""


class Fields:
    """The names and values of a query string or a form, repeats kept in order."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    @classmethod
    def parse(cls, text: str) -> "Fields":
        """Read `a=1&b=2`; empty values are kept, broken escapes are taken as they stand."""
        return cls(parse_qsl(text, keep_blank_values=True))

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str, default: str = "") -> str:
        """The first value of `name`, or `default`."""
        values = self._values.get(name)
        return values[0] if values else default

    def all(self, name: str) -> list[str]:
        """Every value of `name`, in the order sent."""
        return self._values.get(name, [])

    def listed(self, name: str) -> list[str]:
        """Every value of `name`, each split at commas and spaces, empty parts left out."""
        return [part for value in self.all(name) for part in re.split(r"[,\s]+", value) if part]

    def integer(self, name: str, default: int) -> int | None:
        """The first value as a whole number, `default` when absent, None when it is not one."""
        text = self.get(name)
        if name not in self:
            return default
        return int(text) if re.fullmatch(r"-?\d{1,15}", text) else None

    def pairs(self, without: str = "") -> list[tuple[str, str]]:
        """All pairs in the order first named; names that start with `without` are left out."""
        return [
            (name, value)
            for name, values in self._values.items()
            if not (without and name.startswith(without))
            for value in values
        ]


@dataclass(slots=True)
class Reply:
    """An answer: status, body and headers. `Reply.json` and `Reply.page` are the usual ways."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, content: Any, status: int = 200, **headers: str) -> "Reply":
        """A JSON answer; header names are given with underscores (`retry_after`)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["content-type"] = "application/json; charset=utf-8"
        return cls(status, msgspec.json.encode(content), named)

    @classmethod
    def page(cls, html: str, status: int = 200) -> "Reply":
        """An HTML page that needs no script and loads only pictures and our style sheet."""
        return cls(
            status,
            html.encode(),
            {
                "content-type": "text/html; charset=utf-8",
                "cache-control": "no-store",
                "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'",
            },
        )

    @classmethod
    def redirect(cls, address: str, parameters: Mapping[str, str]) -> "Reply":
        """302 to `address` with the parameters added to those it already has."""
        joint = "&" if urlsplit(address).query else "?"
        location = f"{address}{joint}{urlencode(parameters)}" if parameters else address
        return cls(302, b"", {"location": location, "cache-control": "no-store"})


@dataclass
class Request:
    """One call as an emulator sees it. `now` is the sandbox's time in Unix seconds."""

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
        """The body as a form; empty when it is of another type."""
        if "form-urlencoded" not in self.headers.get("content-type", "form-urlencoded"):
            return Fields(())
        return Fields.parse(self.body.decode("utf-8", "replace"))

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        try:
            value = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return value if isinstance(value, dict) else {}

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies sent; names may hold dots, values are taken as they stand."""
        pairs = (part.partition("=") for part in self.headers.get("cookie", "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}

    @property
    def bearer(self) -> str:
        """The token of `Authorization: Bearer ...`, or an empty text."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    @property
    def basic(self) -> tuple[str, str]:
        """User and password of `Authorization: Basic ...`, or two empty texts."""
        scheme, _, coded = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(coded).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password

    def given(self, name: str) -> str:
        """A parameter from the query, else from the form."""
        return self.query.get(name) or self.form.get(name)

    def language(self) -> str:
        """`zh` when the browser prefers Chinese, else `en`."""
        return "zh" if self.headers.get("accept-language", "").lower().startswith("zh") else "en"


Handler = Callable[[Request], Reply]


class Route:
    """An address of a platform: method (`*` for any), host, path with `{name}` parts, handler."""

    __slots__ = ("handler", "host", "method", "path", "pattern")

    def __init__(self, method: str, host: str, path: str, handler: Handler) -> None:
        self.method = method
        self.host = host
        self.path = path
        self.handler = handler
        template = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
        self.pattern = re.compile(template)

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The `{name}` parts when this route serves the call, else None."""
        if self.method not in (method, "*"):
            return None
        found = self.pattern.fullmatch(path)
        return found.groupdict() if found else None


def is_web_address(address: str) -> bool:
    """Whether a redirect may go there: absolute http(s), a host, no user part, no fragment."""
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
