"""LinkedIn's little text format: what is kept of a commentary, and how long it is.

Reserved characters must be escaped; the first one that is not ends the text without an error.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
"""

import re

MOST_VISIBLE = 3_000
_TOKEN = re.compile(
    r"\\(?P<escaped>[|{}@\[\]()<>#\\*_~])"
    r"|\{hashtag\|\\#\|(?P<tag>(?:[^|{}\\]|\\.)+)\}"
    r"|@\[(?P<name>[^\]]*)\]\(urn:li:(?:person|organization):[\w-]+\)"
    r"|(?P<plain_tag>#\w+)"
    r"|(?P<plain>[^|{}@\[\]()<>#\\*_~])",
    re.DOTALL,
)


def kept(text: str) -> str:
    """The text up to the first reserved character that is not escaped."""
    return "".join(found[0] for found in _tokens(text))


def visible_length(text: str) -> int:
    """How many UTF-16 units a reader sees of a text."""
    return len(visible(text).encode("utf-16-le")) // 2


def visible(text: str) -> str:
    """What a reader sees of a text."""
    return "".join(_seen(found) for found in _tokens(text))


def _tokens(text: str) -> list[re.Match[str]]:
    found, place = [], 0
    while token := _TOKEN.match(text, place):
        found.append(token)
        place = token.end()
    return found


def _seen(token: re.Match[str]) -> str:
    if token["tag"] is not None:
        return "#" + re.sub(r"\\(.)", r"\1", token["tag"])
    return next(
        token[name] for name in ("escaped", "name", "plain_tag", "plain") if token[name] is not None
    )
