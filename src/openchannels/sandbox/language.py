"""The language of the sandbox's pages: picked on a page and remembered, else the browser's.

The cookie is the service's, so that a person who picked a language there reads it here too.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

LANGUAGES: Final = {"en": "English", "zh": "中文"}
PARAMETER: Final = "sandbox_lang"
COOKIE: Final = "oc_lang"
COOKIE_SECONDS: Final = 365 * 24 * 3600


def choose(picked: str, cookies: Mapping[str, str], accept_language: str) -> str:
    """Returns `en` or `zh`."""
    for named in (picked, cookies.get(COOKIE, "")):
        if named in LANGUAGES:
            return named
    return "zh" if accept_language.lower().startswith("zh") else "en"


def cookie(picked: str) -> dict[str, str]:
    """Returns the header that remembers a language just picked; none for anything else.

    Not marked Secure: a sandbox has no certificate of its own.
    """
    if picked not in LANGUAGES:
        return {}
    attributes = f"Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax"
    return {"set-cookie": f"{COOKIE}={picked}; {attributes}"}


def links(pairs: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Returns code, name and relative URL of the page in each language, for its parameters."""
    return [
        (code, name, f"?{urlencode([*pairs, (PARAMETER, code)])}")
        for code, name in LANGUAGES.items()
    ]
