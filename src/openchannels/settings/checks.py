"""The types of single values: each checks itself and says in words what it accepts.

A check never repeats the value it refuses: the value may be a secret in the wrong place.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

MASTER_KEY_BYTES = 32

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_SEPARATORS = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a setting accepts, in words; read by the error texts and the reference."""

    text: str


def refusal(expected: str, setting: str | None = None) -> PydanticCustomError:
    """A refusal in our own words.

    `setting` is the path, below the model that checks, of the setting at fault.
    """
    # The text goes in as a parameter, because braces in a template would be read as fields.
    context = {"text": expected} | ({"setting": setting} if setting else {})
    return PydanticCustomError("refused", "{text}", context)


def _not_bool(value: Any) -> Any:
    # Python counts True as 1, so that `port = true` would be port 1.
    if isinstance(value, bool):
        raise refusal("expected a number")
    return value


def _split_text(value: Any) -> Any:
    return [part for part in _SEPARATORS.split(value) if part] if isinstance(value, str) else value


def _matching(pattern: str, expected: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise refusal(expected)
        return value

    return check


def _http_parts(value: str, expected: str) -> SplitResult:
    """Take an http(s) address apart; refuse what no such address can be."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or _UNPRINTABLE.search(value) or "\\" in value:
        raise refusal(expected)
    return parts


def _http_address(expected: str, *, path: bool, query: bool) -> Callable[[str], str]:
    def check(value: str) -> str:
        parts = _http_parts(value, expected)
        extra_path = parts.path.strip("/") and not path
        extra_query = "?" in value and not query
        if extra_path or extra_query or "#" in value or "@" in parts.netloc:
            raise refusal(expected)
        return value if query else value.rstrip("/")

    return check


def _proxy(value: SecretStr) -> SecretStr:
    parts = _http_parts(value.get_secret_value(), _PROXY)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise refusal(_PROXY)
    return value


def _database(value: SecretStr) -> SecretStr:
    scheme, separator, rest = value.get_secret_value().partition("://")
    if separator and scheme == "postgresql" and rest:
        return value
    if separator and scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        if rest == "/:memory:":
            raise refusal("expected a SQLite file; a database in memory is lost with the process")
        return value
    if scheme == "postgres" or scheme.startswith("postgresql+"):
        raise refusal(f"{_DATABASE}; did you mean postgresql://?")
    raise refusal(_DATABASE)


def _network(value: str) -> str:
    try:
        ip_network(value)
    except ValueError:
        raise refusal(_NETWORK) from None
    return value


def _master_key(value: SecretStr) -> SecretStr:
    try:
        decoded = base64.b64decode(value.get_secret_value(), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) != MASTER_KEY_BYTES:
        raise refusal(_MASTER_KEY)
    return value


def is_key_id(value: str) -> bool:
    return _KEY_ID.fullmatch(value) is not None


def _key_id(value: str) -> str:
    if not is_key_id(value):
        raise refusal(
            "expected a key id of 1 to 32 lower-case letters, digits, _ or -, "
            "beginning with a letter or digit"
        )
    return value


_PUBLIC = "expected an http(s) address without path, query or user name"
_BASE = "expected an http(s) address without query or user name"
_REDIRECT = "expected an http(s) address without fragment or user name"
_PROXY = "expected an http(s) address without path"
_DATABASE = "expected sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
_MASTER_KEY = "expected the base64 of 32 bytes"
_NETWORK = "expected addresses or networks, as in 10.0.0.0/8 or fd00::/8"
_GRAPH_VERSION = "expected v and a version, as in v26.0"
_LINKEDIN_VERSION = "expected year and month as text, as in 202609"


def _allowed(expected: str) -> Allowed:
    return Allowed(expected.removeprefix("expected ").removeprefix("an ").removeprefix("the "))


Text = Annotated[str, Field(min_length=1)]
Secret = Annotated[SecretStr, Field(min_length=1), Allowed("text")]
Whole = Annotated[int, BeforeValidator(_not_bool)]
Rate = Annotated[int, BeforeValidator(_not_bool), Field(ge=0, le=1_000_000)]
Seconds = Annotated[float, BeforeValidator(_not_bool), Field(gt=0, le=600)]
Names = Annotated[
    tuple[Text, ...],
    BeforeValidator(_split_text),
    Allowed("list of text, or one text separated by spaces or commas"),
]
Networks = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...],
    BeforeValidator(_split_text),
    Allowed("list of addresses or networks, or one text separated by spaces or commas"),
]
Folder = Annotated[Path, AfterValidator(Path.expanduser), Allowed("path")]
PublicUrl = Annotated[
    str, AfterValidator(_http_address(_PUBLIC, path=False, query=False)), _allowed(_PUBLIC)
]
BaseUrl = Annotated[
    str, AfterValidator(_http_address(_BASE, path=True, query=False)), _allowed(_BASE)
]
RedirectUri = Annotated[
    str, AfterValidator(_http_address(_REDIRECT, path=True, query=True)), _allowed(_REDIRECT)
]
ProxyUrl = Annotated[SecretStr, AfterValidator(_proxy), _allowed(_PROXY)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database), _allowed(_DATABASE)]
KeyId = Annotated[str, AfterValidator(_key_id), Allowed("key id")]
MasterKey = Annotated[SecretStr, AfterValidator(_master_key), _allowed(_MASTER_KEY)]
AesKey = Annotated[SecretStr, Field(min_length=43, max_length=43), Allowed("43 characters")]
GraphVersion = Annotated[
    str, AfterValidator(_matching(r"v\d{1,3}\.\d{1,2}", _GRAPH_VERSION)), _allowed(_GRAPH_VERSION)
]
LinkedInVersion = Annotated[
    str,
    AfterValidator(_matching(r"20\d{2}(0[1-9]|1[0-2])", _LINKEDIN_VERSION)),
    _allowed(_LINKEDIN_VERSION),
]
