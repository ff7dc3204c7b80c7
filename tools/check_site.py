"""Checks a built site: `python tools/check_site.py FOLDER`.

Every link within the site leads to a file and an anchor that exist, and no page loads anything from
another host.
"""

import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"img", "script", "link", "iframe", "source", "video", "audio", "object", "embed"}
IN_STYLES = re.compile(r"(?:url\(|@import)\s*['\"]?(https?:)?//")


class Addresses(HTMLParser):
    """What a page links to, what it loads, and where it can be linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.anchors.add(value)
            elif name in ("href", "src", "data") and value:
                self.links.add(value)
                if tag in LOADED:
                    self.loaded.add(value)


@cache
def addresses(page: Path) -> Addresses:
    found = Addresses()
    found.feed(page.read_text(encoding="utf-8"))
    return found


def is_foreign(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def is_broken(site: Path, page: Path, link: str) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    path = unquote(parts.path)
    base = site if path.startswith("/") else page.parent
    file = (base / path.lstrip("/")).resolve() if path else page
    if file.is_dir():
        file /= "index.html"
    if not file.is_file():
        return True
    anchor = unquote(parts.fragment)
    return bool(anchor) and file.suffix == ".html" and anchor not in addresses(file).anchors


def faults(site: Path) -> list[str]:
    pages = sorted(site.rglob("*.html"))
    if not pages:
        return [f"{site}: no pages"]
    found = []
    for page in pages:
        one = addresses(page)
        found += [f"{page}: loads {link}" for link in sorted(one.loaded) if is_foreign(link)]
        found += [f"{page}: {link}" for link in sorted(one.links) if is_broken(site, page, link)]
    for style in sorted(site.rglob("*.css")):
        if IN_STYLES.search(style.read_text(encoding="utf-8")):
            found.append(f"{style}: loads from another host")
    return found


if __name__ == "__main__":
    told = faults(Path(sys.argv[1]).resolve())
    print("\n".join(told), end="\n" if told else "")
    sys.exit(bool(told))
