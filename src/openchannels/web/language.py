"""The language of pages: what the person picked, else what the browser prefers.

A page reads `?lang=en` or `?lang=zh`, also with a region as in `zh-CN`, and remembers it in a
cookie. Nothing else of the query or the cookies is read here.
"""

import re
from typing import Any, Final

from openchannels.api.request import locale
from openchannels.core.platforms import Locale

LANGUAGES: Final[dict[str, Locale]] = {"en": "en-US", "zh": "zh-CN"}
"""The values of `?lang=` and of the cookie."""
COOKIE: Final = "oc_lang"
COOKIE_SECONDS: Final = 365 * 24 * 3600

_PICKED: Final = re.compile(rb"(?:^|&)lang=(en|zh)(?:-[A-Za-z]{2})?(?=&|$)")
_REMEMBERED: Final = re.compile(COOKIE.encode() + rb"=(en|zh)")


def short_name(locale: str) -> str:
    """Returns the value of `?lang=` for a locale."""
    return next(short for short, named in LANGUAGES.items() if named == locale)


def picked(scope: Any) -> str | None:
    """Returns the language that the query names, by its short name."""
    found = _PICKED.search(scope["query_string"])
    return found[1].decode() if found else None


def locale_of_page(scope: Any) -> Locale:
    """Returns the locale of a page for this request."""
    named = picked(scope) or _remembered(scope)
    return LANGUAGES[named] if named else locale(scope["headers"])


def locale_of_document(scope: Any) -> Locale:
    """Returns the locale of what caches may keep: it depends on no cookie."""
    named = picked(scope)
    return LANGUAGES[named] if named else locale(scope["headers"])


def _remembered(scope: Any) -> str | None:
    for name, value in scope["headers"]:
        if name == b"cookie":
            for pair in value.split(b";"):
                found = _REMEMBERED.fullmatch(pair.strip())
                if found:
                    return str(found[1].decode())
    return None


def cookie(scope: Any, *, secure: bool) -> str | None:
    """Returns the Set-Cookie value that remembers a language just picked.

    Lax, because a platform sends the person back from another site.
    """
    named = picked(scope)
    if named is None:
        return None
    end = "; Secure" if secure else ""
    return f"{COOKIE}={named}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{end}"


def own_address(scope: Any) -> str:
    """Returns the path of a page, of a connect page that was read with GET also its query.

    Other queries are not repeated: that of a callback holds the platform's code.
    """
    path = str(scope["raw_path"].partition(b"?")[0].decode("latin-1"))
    if scope["method"] != "GET" or not path.startswith("/connect/"):
        return path
    pairs = scope["query_string"].decode("latin-1").split("&")
    query = "&".join(pair for pair in pairs if pair and pair.partition("=")[0] != "lang")
    return f"{path}?{query}" if query else path


def address_in(address: str, short_name: str) -> str:
    """Returns the address that shows a page in another language."""
    return f"{address}{'&' if '?' in address else '?'}lang={short_name}"
