"""Removes secrets from texts and log events.

In doubt it removes too much: a token in a log costs an account, a lost detail only a question.
It recognises a secret by the name beside it, and our own keys by their format.
"""

import re
from collections.abc import Mapping, Set
from datetime import date
from functools import lru_cache
from typing import Any, Final

REDACTED: Final = "[redacted]"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MAX_DEPTH: Final = 8
_MAX_CONTAINER: Final = 1024
_MAX_CACHED_NAME: Final = 64
_PLAIN: Final = (bool, int, float, type(None), date)

_STRONG: Final = _words(
    "authorization cookie credential hmac jwt passphrase passwd password proof pwd secret "
    "sessdata sessionid sid sig signature ticket token verifier"
)
_WEAK: Final = frozenset({"code", "key", "state"})
_COMPOUND: Final = (
    *("apikey", "authcode", "cookie", "password", "secret", "sessionid", "signature", "token"),
    *("verifier",),
)
_SESSION_COOKIES: Final = frozenset(
    {"web_session", "galaxy_creator_session_id", "galaxy_creator_beaker_session_id"}
)
# Words after which the last word is still what counts: `cookie_header`, `sessionid_ss`.
_CARRIERS: Final = frozenset({"header", "plain", "raw", "ss", "text", "value"})
# Words before a harmless code, key or state; every other one is treated as a secret.
_HARMLESS: Final = {
    "code": _words(
        "business close country currency err error exit grcode http key language platform postal "
        "reason response result return ret status sub subcode zip"
    ),
    "key": _words("cache dedupe foreign idempotency object order partition primary public sort"),
    "state": _words("account circuit connection health job new old previous server task workflow"),
}

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# A name begins where a run of name characters begins, and the run is never given back: long texts
# without any separator are read once.
_NAME: Final = re.compile(
    r"(?<![\w.\-])(?P<name>[\w.\-]++)"
    r"(?:(?P<quoted>\\*[\"']\]?\s{0,8}[:=](?!=)\s{0,8})"
    r"|(?P<equals>\]?[ \t]{0,8}=(?!=)[ \t]{0,8})"
    r"|(?P<escaped>(?:%(?:25)*5[Dd])?%(?:25)*3[Dd])"
    r"|(?P<colon>[ \t]{0,8}:[ \t]{1,8}|:(?!//)(?=[^\s:])))"
)
_ESCAPE_TAIL: Final = re.compile(r"(?:25)*[0-9A-Fa-f]{2}")
_QUOTED_VALUE: Final = re.compile(
    r"[bBrRuUfF]{0,2}(?P<quote>\\*[\"'])(?:.*?)(?:(?<!\\)(?P=quote)|\Z)", re.DOTALL
)
_BRACKET_OR_TEXT: Final = re.compile(
    r"\"(?:\\.|[^\"\\])*+\"|'(?:\\.|[^'\\])*+'|[\[{(]|[\]})]", re.DOTALL
)
_VALUES: Final = {
    "quoted": re.compile(r"[^\s,}\])\"']*"),
    "equals": re.compile(r"[^\s&;\"'<>]*"),
    "escaped": re.compile(r"(?:(?!%(?:25)*26)[^\s&;\"'<>])*"),
    "colon": re.compile(r"[^\s&;,\"'<>]*"),
}
_REST_OF_LINE: Final = re.compile(r"[^\r\n]*")

_API_KEY: Final = re.compile(r"(?<![A-Za-z0-9])(oc|whsec)_[\w\-+/=.%]{6,}")
# Ids and most paths: nothing that could stand between a name, or a scheme, and a secret.
_ONE_WORD: Final = re.compile(r"[A-Za-z0-9/_.\-]*+")
_SCHEME: Final = re.compile(
    # "basic" is an everyday word: what follows must look like base64.
    r"\b((?i:bearer)|(?i:basic)(?=\W+\w*[A-Z0-9=+/]))((?:\s|%20|\+)+)([^\s,;\"'<>&\\]+)",
    re.ASCII,
)
_USERINFO: Final = re.compile(r"(://)[^\s/?#@\"'<>]+@")


def looks_secret(name: str) -> bool:
    """Whether a field, parameter, header or cookie of this name holds a secret.

    `access_token`, `clientSecret`, `code`, `state` and `X-Api-Key` do; `error_code`, `key_id`,
    `token_type` and `sessionId`, the public id of an authorization session, do not.
    """
    # Strangers choose names: a cache of long ones would hold megabytes of what they sent.
    judge = _looks_secret if len(name) <= _MAX_CACHED_NAME else _looks_secret.__wrapped__
    return judge(name)


@lru_cache(maxsize=2048)
def _looks_secret(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    if "_".join(words) in _SESSION_COOKIES:
        return True
    while len(words) > 1 and words[-1] in _CARRIERS:
        words.pop()
    if not words:
        return False
    last = words[-1]
    singular = last.removesuffix("s") if last not in _STRONG else last
    if singular in _WEAK:
        return len(words) == 1 or words[-2] not in _HARMLESS[singular]
    return singular in _STRONG or singular.endswith(_COMPOUND)


def redact(text: str) -> str:
    """Returns the text without its secrets; a text without any is returned unchanged.

    Removed are our API keys and signing secrets, bearer and basic credentials, user names and
    passwords in addresses, and every value beside a name that looks secret: in a query, plain or
    percent-encoded, a form, a header, a cookie, JSON, or an object written out by `repr`.
    """
    if "oc_" in text or "whsec_" in text:
        text = _API_KEY.sub(rf"\1_{REDACTED}", text)
    if _ONE_WORD.fullmatch(text):
        return text
    if "@" in text:
        text = _USERINFO.sub(rf"\1{REDACTED}@", text)
    # A credential follows its scheme after a gap; texts without one skip the slowest search.
    if "+" in text or "%20" in text or len(text.split(None, 1)) > 1:
        text = _SCHEME.sub(rf"\1\2{REDACTED}", text)
    if "=" in text or ":" in text or "%" in text:
        text = _without_named(text)
    return text


def redact_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a log event without secrets, as a new dict.

    Values under names that look secret become "[redacted]", texts go through `redact`, containers
    are copied, numbers and dates stay, and any other object becomes its redacted text.
    """
    return {name: _redacted(name, value, 0) for name, value in event.items()}


def _redacted(name: Any, value: Any, depth: int) -> Any:
    return REDACTED if looks_secret(str(name)) else _scrubbed(value, depth)


def _scrubbed(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return redact(bytes(value).decode("utf-8", "replace"))
    if depth < _MAX_DEPTH:
        if isinstance(value, Mapping):
            return {_key(key): _redacted(key, inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list | tuple | Set):
            return [_scrubbed(inner, depth + 1) for inner in value]
    return _text_of(value)


def _key(key: Any) -> Any:
    return key if isinstance(key, _PLAIN) else redact(str(key))


def _text_of(value: Any) -> str:
    try:
        return redact(str(value))
    except Exception:
        return f"<{type(value).__name__}>"


def _without_named(text: str) -> str:
    """Replaces each value beside a name that looks secret."""
    kept: list[str] = []
    position = 0
    while found := _NAME.search(text, position):
        end = found.end()
        kept.append(text[position:end])
        position = end
        if _is_secret_pair(found, text):
            position = _end_of_value(found, text)
            if position > end:
                kept.append(REDACTED)
    if not kept:
        return text
    kept.append(text[position:])
    return "".join(kept)


def _is_secret_pair(found: re.Match[str], text: str) -> bool:
    name = found["name"]
    if text[found.start() - 1 : found.start()] == "%":
        # In `%26state%3D...` the run of name characters takes in the escape before the name.
        name = _ESCAPE_TAIL.sub("", name, count=1)
    if not looks_secret(name):
        return False
    # In prose a colon follows many a word, so there a code, key or state is left alone.
    return found.lastgroup != "colon" or not _ends_weak(name)


def _ends_weak(name: str) -> bool:
    return name.lower().removesuffix("s").endswith(tuple(_WEAK)) and not name.lower().endswith(
        ("apikey", "api-key", "api_key")
    )


def _end_of_value(found: re.Match[str], text: str) -> int:
    start, form = found.end(), found.lastgroup or "equals"
    if text.startswith(REDACTED, start):
        return start + len(REDACTED)
    if quoted := _QUOTED_VALUE.match(text, start):
        return quoted.end()
    if text.startswith(("[", "{", "("), start):
        return _end_of_container(text, start, whole_text=form == "quoted")
    if form != "escaped" and found["name"].lower().endswith(("cookie", "cookies", "authorization")):
        return _end(_REST_OF_LINE, text, start)
    return _end(_VALUES[form], text, start)


def _end_of_container(text: str, start: int, *, whole_text: bool) -> int:
    """Returns where the bracket opened at `start` closes, else the end of text or line."""
    depth = 0
    # A bounded look ahead keeps many unclosed brackets from costing the square of the text.
    limit = len(text) if whole_text else start + _MAX_CONTAINER
    for token in _BRACKET_OR_TEXT.finditer(text, start, limit):
        if token[0] in "[{(":
            depth += 1
        elif token[0] in "]})":
            depth -= 1
            if depth == 0:
                return token.end()
    return len(text) if whole_text else _end(_REST_OF_LINE, text, start)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start
