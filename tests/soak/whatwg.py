"""Where a browser goes: the part of the URL Standard that decides the origin.

https://url.spec.whatwg.org/ written a second time, so that a mistake of the service's parser is not
made here too. `tests/browser` compares it with Chromium.
"""

import re
import unicodedata
from ipaddress import IPv6Address
from urllib.parse import unquote_to_bytes

SPECIAL = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
FORBIDDEN = set(map(chr, range(0x21))) | set("#/:<>?@[\\]^|%\x7f")
IGNORED = {"\u00ad", "\u200b", "\u2060", "\ufeff"}
ENDS_IN_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?", re.IGNORECASE)
NOWHERE = "null"


def origin_of(text: str, base: str) -> str:
    """The origin of an address found on the page `base`, as a browser has it.

    `null` for what leads to no site: another scheme, or a text that is no address.
    """
    text = text.strip("".join(map(chr, range(0x21))))
    text = text.replace("\t", "").replace("\n", "").replace("\r", "")
    base_scheme = base.partition(":")[0]
    found = SCHEME.match(text)
    if found is None:
        scheme, rest, relative = base_scheme, text, True
    else:
        scheme, rest = found[0][:-1].lower(), text[found.end() :]
        relative = scheme == base_scheme and not re.match(r"[/\\]{2}", rest)
    if scheme not in ("http", "https"):
        return NOWHERE
    if relative and not re.match(r"[/\\]{2}", rest):
        return base
    authority = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0]
    return _site(scheme, authority)


def _site(scheme: str, authority: str) -> str:
    host = authority.rpartition("@")[2]
    port = ""
    outside = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", host, re.DOTALL)
    if outside is None:
        return NOWHERE
    host, port = outside[1], outside[2] or ""
    if port and not (re.fullmatch("[0-9]+", port) and int(port) < 65536):
        return NOWHERE
    plain = _host(host)
    if plain is None:
        return NOWHERE
    shown = "" if not port or int(port) == SPECIAL[scheme] else f":{int(port)}"
    return f"{scheme}://{plain}{shown}"


def _host(host: str) -> str | None:
    if host.startswith("["):
        try:
            inner = IPv6Address(host[1:-1])
        except ValueError:
            return None
        return None if "%" in host else f"[{_written(inner)}]"
    domain = unquote_to_bytes(host.encode("utf-8", "replace")).decode("utf-8", "replace")
    kept = "".join(mark for mark in domain if mark not in IGNORED)
    labels = unicodedata.normalize("NFKC", kept).lower().replace("\u3002", ".").split(".")
    try:
        ascii_only = ".".join(label if label.isascii() else _puny(label) for label in labels)
    except UnicodeError:
        return None
    if not ascii_only or FORBIDDEN & set(ascii_only):
        return None
    return _ipv4(ascii_only) if ENDS_IN_NUMBER.fullmatch(ascii_only) else ascii_only


def _puny(label: str) -> str:
    return label.encode("idna").decode()


def _written(address: IPv6Address) -> str:
    """Compressed, and never with an IPv4 address in its tail."""
    if not str(address).startswith("::ffff:"):
        return address.compressed
    number = int(address)
    return f"::ffff:{number >> 16 & 0xFFFF:x}:{number & 0xFFFF:x}"


def _ipv4(host: str) -> str | None:
    """The dotted form of what browsers read as an IPv4 address; None if it is a broken one."""
    parts = host.removesuffix(".").split(".")
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        return None
    if len(numbers) > 4 or any(n > 255 for n in numbers[:-1]):
        return None
    if numbers[-1] >= 256 ** (5 - len(numbers)):
        return None
    value = numbers[-1] + sum(n * 256 ** (3 - at) for at, n in enumerate(numbers[:-1]))
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def _number(part: str) -> int:
    if part.lower().startswith("0x"):
        return int(part[2:] or "0", 16)
    if len(part) > 1 and part.startswith("0"):
        return int(part, 8)
    if not re.fullmatch("[0-9]+", part):
        raise ValueError(part)
    return int(part)
