"""Hostile requests that need no key, each different from the one before.

A form takes a number and returns the request; its parts are long, because what a cache keeps of a
short text is little.
"""

import json
from collections.abc import Callable

from tests.harness.asgi import Sent
from tests.harness.paths import ACCOUNTS, API, AUTH

CONNECT = "/connect/Zk3v9Qx1LmN0pRsT"
CALLBACK = f"{AUTH}/youtube/callback"
PROGRAM_CALLBACK = f"{AUTH}/douyin/callback"
PUSHED = "/api/v2/channels/platforms/wxGzh/webhooks"
STATUS = f"{AUTH}/youtube/status/x"
PLATFORMS = f"{API}/platforms"
SANDBOX = "/sandbox/graph.facebook.com"
FORM = ("content-type", "application/x-www-form-urlencoded")
JSON = ("content-type", "application/json")
KIB = 1024


def names(number: int, size: int) -> str:
    """Fields with many short names, of this size together."""
    return _repeated(f"n{number}=&", "a=&b&", size)


def escapes(number: int, size: int) -> str:
    """One long value in which each character is escaped."""
    return _repeated(f"state=s{number}", "%e4%bd%a0", size)


def letters(number: int, size: int) -> str:
    """A word that looks secret, and no two alike."""
    return _repeated(f"{number}_token_", "secretCode", size)


def _repeated(head: str, part: str, size: int) -> str:
    return head + part * ((size - len(head)) // len(part))


def post(target: str, text: str, *headers: tuple[str, str]) -> Sent:
    body = text.encode("latin-1")
    parts = [body[at : at + 64 * KIB] for at in range(0, len(body), 64 * KIB)]
    return Sent("POST", target, [*headers, ("content-length", str(len(body)))], parts)


def get(target: str, *headers: tuple[str, str]) -> Sent:
    return Sent("GET", target, headers)


def hang_up(number: int) -> Sent:
    """The client goes away within a body that it announced."""
    headers = [FORM, ("content-length", "60000")]
    return Sent("POST", CALLBACK, headers, [names(number, 30_000).encode()], complete=False)


def upload(number: int, size: int, *headers: tuple[str, str], token: str = "t") -> Sent:
    """A file for an upload address that nobody signed."""
    target = f"/uploads/{number:024x}?token={token}"
    body = letters(number, size).ljust(size, "x").encode()
    parts = [body[at : at + 64 * KIB] for at in range(0, size, 64 * KIB)]
    return Sent("PUT", target, [*headers, ("content-length", str(size))], parts)


FORMS: dict[str, Callable[[int], Sent]] = {
    "a form of a megabyte": lambda n: post(CONNECT, names(n, 1000 * KIB), FORM),
    "a callback of a megabyte": lambda n: post(CALLBACK, names(n, 1000 * KIB), FORM),
    "a form of many fields": lambda n: post(f"{CONNECT}/go", names(n, 60 * KIB), FORM),
    "a form of one escaped value": lambda n: post(CALLBACK, escapes(n, 60 * KIB), FORM),
    "a form of one long name": lambda n: post(CALLBACK, letters(n, 60 * KIB), FORM),
    "a form that hangs up": hang_up,
    "a long query": lambda n: get(f"{CONNECT}/go?{names(n, 60 * KIB)}"),
    "a query of many fields": lambda n: get(f"{CONNECT}/go?{names(n, 8000)}"),
    "a query of one escaped value": lambda n: get(f"{CALLBACK}?{escapes(n, 8000)}&code=c{n}"),
    "a code and a state": lambda n: get(f"{CALLBACK}?state=s{n}&code={letters(n, 4000)}"),
    "a query of one long name": lambda n: get(f"/?{letters(n, 8000)}=1"),
    "long cookies": lambda n: get(CONNECT, ("cookie", f"a={letters(n, 30 * KIB)}")),
    "many cookies": lambda n: get(CONNECT, ("cookie", _repeated(f"n{n}=;", "a=;b;", 8000))),
    "a long path": lambda n: get(f"/connect/{letters(n, 60 * KIB)}"),
    "a path within the bound": lambda n: get(f"/connect/{letters(n, 1000)}"),
    "a path of wide characters": lambda n: get(f"/connect/{n}{'%F0%9F%98%80' * 80}"),
    "a path to nowhere": lambda n: get(f"/{letters(n, 900)}=1/x"),
    "a file that is not there": lambda n: get(f"/assets/{letters(n, 900)}"),
    "languages": lambda n: get(
        "/", ("accept-language", _repeated(f"x{n},", "en;q=0.1,", 30 * KIB))
    ),
    "proxies": lambda n: get(
        "/health", ("x-forwarded-for", _repeated(f"{n},", "127.0.0.1,", 30000))
    ),
    "many headers": lambda n: get("/openapi.json", *((f"x-{n}-{i}", "a" * 20) for i in range(900))),
    "an invalid host": lambda n: get("/reference", ("host", "{" + letters(n, 20_000))),
    "JSON of many fields": lambda n: post(
        PROGRAM_CALLBACK, json.dumps({f"{n}-{i}": i for i in range(4000)}), JSON
    ),
    "JSON nested deeply": lambda n: post(
        PROGRAM_CALLBACK, '{"a":' + "[" * 990 + "]" * 990 + "}", JSON
    ),
    "a platform's XML": lambda n: post(
        f"{PUSHED}?timestamp={n}&nonce={n}&msg_signature={letters(n, 2000)}",
        f"<xml><Encrypt>{n}</Encrypt>" + "<a>b</a>" * 7000 + "</xml>",
    ),
    "a wrong key and a long query": lambda n: get(
        f"{STATUS}?{names(n, 120 * KIB)}", ("x-api-key", letters(n, 20_000))
    ),
    "tags of the platforms": lambda n: get(
        f"{PLATFORMS}?{letters(n, 4000)}", ("if-none-match", letters(n, 20_000))
    ),
    "languages of the platforms": lambda n: get(
        PLATFORMS, ("accept-language", _repeated(f"x{n},", "zh;q=0.1,", 20 * KIB))
    ),
    "a logo that is not there": lambda n: get(
        f"/assets/logos/{letters(n, 900)}.svg?{names(n, 8000)}"
    ),
    "a logo and a long tag": lambda n: get(
        f"/assets/logos/youtube.svg?{n}", ("if-none-match", letters(n, 20_000))
    ),
    "a file of nobody": lambda n: get(f"/media/{n}/temp/202611/{letters(n, 900)}.png?{n}"),
    "many ranges of a file": lambda n: get(
        f"/media/{letters(n, 100)}/temp/202611/x.mp4",
        ("range", _repeated(f"bytes={n}-,", "0-1,", 20 * KIB)),
        ("if-range", letters(n, 8000)),
    ),
    "an upload of a megabyte": lambda n: upload(n, 1000 * KIB),
    "an upload with a long token": lambda n: upload(n, 10, token=letters(n, 8000)),
    "a range of an upload": lambda n: upload(
        n, 10, ("content-range", f"bytes {n}-{'9' * 15_000}/{'9' * 15_000}")
    ),
    "an upload's path": lambda n: Sent(
        "PUT", f"/uploads/{letters(n, 900)}?{names(n, 8000)}", [("content-length", "0")]
    ),
    "a body without a key": lambda n: post(ACCOUNTS, "[" + f"[{n}]," * 30_000 + "0]", JSON),
}
"""Every kind of part of a request, in different sizes and shapes."""

SANDBOX_FORMS: dict[str, Callable[[int], Sent]] = {
    "a platform's form of a megabyte": lambda n: post(
        f"{SANDBOX}/oauth", names(n, 1000 * KIB), FORM
    ),
    "a platform's long query": lambda n: get(f"{SANDBOX}/me?{names(n, 60 * KIB)}"),
    "a platform's path": lambda n: get(f"{SANDBOX}/{letters(n, 900)}"),
    "a platform's long path": lambda n: get(f"{SANDBOX}/{letters(n, 60 * KIB)}"),
    "a fault": lambda n: post(
        "/sandbox/_faults", json.dumps({"host": letters(n, 5000), "kind": "drop"}), JSON
    ),
}
"""The same to a mounted sandbox."""
