"""Small renderers from plain text to safe HTML: prose, JSON, initials and badges."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from markupsafe import Markup, escape

from openchannels.web.security_headers import web_url

_INLINE: Final = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<bold>[^*]+)\*\*|\[(?P<label>[^\]]+)\]\((?P<url>[^)\s]+)\)"
)
_JSON_TOKEN: Final = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=:)|(?P<str>"(?:[^"\\]|\\.)*")'
    r"|(?P<num>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<lit>\b(?:true|false|null)\b)"
)

_BADGES: Final[Mapping[str, str]] = {
    "douyin": "抖",
    "xhs": "红",
    "wxSph": "视",
    "KWAI": "快",
    "youtube": "YT",
    "wxGzh": "公",
    "bilibili": "B",
    "twitter": "X",
    "tiktok": "TT",
    "facebook": "f",
    "instagram": "IG",
    "threads": "@",
    "pinterest": "P",
    "linkedin": "in",
    "google_business": "G",
}


def initial(name: str | None) -> str:
    """Return the letter that stands for a name without a picture."""
    characters = (name or "").strip()
    return next((c for c in characters if c.isalnum()), characters[:1] or "?").upper()[:1]


def badge(platform_id: str | None, platform_name: str | None = None) -> Markup:
    """Draw the coloured square of a platform."""
    letters = _BADGES.get(platform_id or "")
    style = platform_id if letters else "none"
    return Markup('<span class="badge badge-{}" aria-hidden="true">{}</span>').format(
        style, letters or initial(platform_name or platform_id)
    )


def emphasized(sentence: str, **gaps: object) -> Markup:
    """Fill the gaps of a sentence, each in bold and kept from turning its neighbours' direction."""
    filled = {
        name: Markup("<strong><bdi>{}</bdi></strong>").format(gap) for name, gap in gaps.items()
    }
    return escape(sentence).format(**filled)


def prose(source: str | None) -> Markup:
    """Render the little Markdown our descriptions use: paragraphs, lists, code, bold, links."""
    blocks = re.split(r"\n\s*\n", (source or "").strip())
    return Markup("").join(_block(block) for block in blocks if block.strip())


def _block(block: str) -> Markup:
    lines = [line.strip() for line in block.splitlines()]
    if all(line.startswith(("- ", "* ")) for line in lines):
        items = Markup("").join(Markup("<li>{}</li>").format(_inline(line[2:])) for line in lines)
        return Markup("<ul>{}</ul>").format(items)
    return Markup("<p>{}</p>").format(_inline(" ".join(lines)))


def _inline(line: str) -> Markup:
    return Markup("").join(_inline_parts(line))


def _inline_parts(line: str) -> Iterator[Markup]:
    position = 0
    for found in _INLINE.finditer(line):
        yield escape(line[position : found.start()])
        yield _inline_part(found)
        position = found.end()
    yield escape(line[position:])


def _inline_part(found: re.Match[str]) -> Markup:
    if found["code"]:
        return Markup("<code>{}</code>").format(found["code"])
    if found["bold"]:
        return Markup("<strong>{}</strong>").format(found["bold"])
    address = web_url(found["url"])
    if address is None:
        return escape(found["label"])
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, found["label"])


def pretty_json(value: object) -> Markup:
    """Render a JSON value indented, each kind of token in its own class."""
    source = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return Markup("").join(_json_parts(source))


def _json_parts(source: str) -> Iterator[Markup]:
    position = 0
    for found in _JSON_TOKEN.finditer(source):
        yield escape(source[position : found.start()])
        yield Markup('<span class="j-{}">{}</span>').format(found.lastgroup, found[0])
        position = found.end()
    yield escape(source[position:])
