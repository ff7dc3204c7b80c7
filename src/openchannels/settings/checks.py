"""Types of single values; each validates itself and describes what it accepts.

A validator never repeats the value it refuses: it may be a secret in the wrong place.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

MASTER_KEY_BYTES = 32

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_SEPARATORS = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True)
class Allowed:
    """Describes what a setting accepts, for the reference and for errors.

    A validator that has nothing to add to this text raises a bare ValueError.
    """

    text: str


def invalid(expected: str, setting: str | None = None) -> PydanticCustomError:
    """Returns a validation error with our own text.

    `setting` is the path of the faulty setting below the validating model.
    """
    # The text is passed as a parameter because braces in a template would be read as fields.
    context = {"text": expected} | ({"setting": setting} if setting else {})
    return PydanticCustomError("refused", "{text}", context)


def _not_bool(value: Any) -> Any:
    # bool is a subclass of int, so `port = true` would be port 1.
    if isinstance(value, bool):
        raise invalid("expected a number")
    return value


def _split_text(value: Any) -> Any:
    return [part for part in _SEPARATORS.split(value) if part] if isinstance(value, str) else value


def _http_parts(value: str) -> SplitResult:
    """Splits an http(s) URL. Raises ValueError for anything else."""
    parts = urlsplit(value)
    usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    if not usable or _UNPRINTABLE.search(value) or "\\" in value:
        raise ValueError
    return parts


def _http_address(*, path: bool, query: bool) -> Callable[[str], str]:
    def check(value: str) -> str:
        parts = _http_parts(value)
        extra_path = parts.path.strip("/") and not path
        extra_query = "?" in value and not query
        if extra_path or extra_query or "#" in value or "@" in parts.netloc:
            raise ValueError
        return value if query else value.rstrip("/")

    return check


def _proxy(value: SecretStr) -> SecretStr:
    parts = _http_parts(value.get_secret_value())
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError
    return value


def _database(value: SecretStr) -> SecretStr:
    scheme, separator, rest = value.get_secret_value().partition("://")
    if separator and scheme == "postgresql" and rest:
        return value
    if separator and scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
        if rest == "/:memory:":
            raise invalid("expected a SQLite file; a database in memory is lost with the process")
        return value
    if scheme == "postgres" or scheme.startswith("postgresql+"):
        raise invalid(f"expected {_DATABASE}; did you mean postgresql://?")
    raise ValueError


def _network(value: str) -> str:
    ip_network(value)
    return value


def _master_key(value: SecretStr) -> SecretStr:
    if len(base64.b64decode(value.get_secret_value(), validate=True)) != MASTER_KEY_BYTES:
        raise ValueError
    return value


def is_key_id(value: str) -> bool:
    return _KEY_ID.fullmatch(value) is not None


def _key_id(value: str) -> str:
    if not is_key_id(value):
        raise invalid(
            "expected a key id of 1 to 32 lower-case letters, digits, _ or -, "
            "beginning with a letter or digit"
        )
    return value


_DATABASE = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"

Text = Annotated[str, Field(min_length=1)]
Secret = Annotated[SecretStr, Field(min_length=1), Allowed("text")]
Whole = Annotated[int, BeforeValidator(_not_bool)]
Bytes = Annotated[int, BeforeValidator(_not_bool), Field(ge=1, le=2**50)]
Rate = Annotated[int, BeforeValidator(_not_bool), Field(ge=0, le=1_000_000)]
Share = Annotated[float, BeforeValidator(_not_bool), Field(ge=0, le=1)]
Seconds = Annotated[float, BeforeValidator(_not_bool), Field(gt=0, le=600)]
Names = Annotated[
    tuple[Text, ...],
    BeforeValidator(_split_text),
    Allowed("list of text, or one text separated by spaces or commas"),
]
Purposes = Annotated[
    tuple[Literal["read", "publish", "engage"], ...],
    BeforeValidator(_split_text),
    Allowed("list of read, publish and engage, or one text separated by spaces or commas"),
]
Networks = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...],
    BeforeValidator(_split_text),
    Allowed(
        "list of addresses or networks, as in 10.0.0.0/8 or fd00::/8, "
        "or one text separated by spaces or commas"
    ),
]
Folder = Annotated[Path, AfterValidator(Path.expanduser), Allowed("path")]
PublicUrl = Annotated[
    str,
    AfterValidator(_http_address(path=False, query=False)),
    Allowed("http(s) address without path, query or user name"),
]
BaseUrl = Annotated[
    str,
    AfterValidator(_http_address(path=True, query=False)),
    Allowed("http(s) address without query or user name"),
]
RedirectUri = Annotated[
    str,
    AfterValidator(_http_address(path=True, query=True)),
    Allowed("http(s) address without fragment or user name"),
]
ProxyUrl = Annotated[SecretStr, AfterValidator(_proxy), Allowed("http(s) address without path")]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database), Allowed(_DATABASE)]
KeyId = Annotated[str, AfterValidator(_key_id), Allowed("key id")]
MasterKey = Annotated[SecretStr, AfterValidator(_master_key), Allowed("base64 of 32 bytes")]
AesKey = Annotated[SecretStr, Field(min_length=43, max_length=43), Allowed("43 characters")]
GraphVersion = Annotated[
    str,
    Field(pattern=r"^v[0-9]{1,3}\.[0-9]{1,2}$"),
    Allowed("v and a version, as in v26.0"),
]
LinkedInVersion = Annotated[
    str,
    Field(pattern=r"^20[0-9]{2}(0[1-9]|1[0-2])$"),
    Allowed("year and month as text, as in 202609"),
]
