"""Links and anchors of the documentation, from the repository to the site.

Links that leave `docs/` lead to where a forge shows the repository (`extra.source` of
`mkdocs.yml`); without such an address their targets are shown as code.
"""

import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
DOCS = "docs"
FRONT = "README.md"
TWIN = ".zh-CN.md"
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
WIDE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
BREAK = re.compile(rf"^([^#\n].*{WIDE})\n *(?={WIDE})", re.MULTILINE)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")


def is_front(path: str) -> bool:
    """Whether this is the repository's README, in any language."""
    return in_language(path, ".md") == FRONT


def in_language(path: str, ending: str) -> str:
    """The path of the same page in the language of an ending: `.md`, or that of twins."""
    return path.removesuffix(TWIN).removesuffix(".md") + ending


def pages_of(pattern: str) -> list[str]:
    """The English pages in `docs/` that match a pattern, by name."""
    found = (ROOT / DOCS).glob(pattern)
    paths = [file.relative_to(ROOT / DOCS).as_posix() for file in found]
    return sorted((path for path in paths if not path.endswith(TWIN)), key=str.lower)


def heading_id(title: str, separator: str = "-") -> str:
    """The anchor of a heading, as forges make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", separator)


def with_english_anchors(translated: str, english: str) -> str:
    """Names a page's headings as those of its English twin too: a link fits both languages."""
    names = iter([heading_id(title) for title in HEADING.findall(FENCE.sub("", english))])

    def named(heading: re.Match[str]) -> str:
        name = next(names, "")
        if name in ("", heading_id(heading[1])):
            return heading[0]
        anchor = f'<div id="{name}"></div>'
        # MkDocs takes a page's title from a heading that is the first on it.
        is_title = heading[0].startswith("# ")
        return "\n\n".join([heading[0], anchor] if is_title else [anchor, heading[0]])

    return _in_prose(translated, lambda text: HEADING.sub(named, text))


def joined(chinese: str) -> str:
    """A Chinese text without breaks within its paragraphs, which would be shown as spaces."""
    return _in_prose(chinese, lambda text: BREAK.sub(r"\1", text))


def _in_prose(markdown: str, change: Callable[[str], str]) -> str:
    parts, end = [], 0
    for fence in FENCE.finditer(markdown):
        parts += [change(markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, change(markdown[end:])])


class Links:
    """The links of one page; `source` is the address of the repository's files, or empty."""

    def __init__(self, file: File, source: str) -> None:
        self._file = file
        self._source = source.rstrip("/")
        self._path = file.src_uri if is_front(file.src_uri) else f"{DOCS}/{file.src_uri}"

    def rewritten(self, markdown: str) -> str:
        return _in_prose(markdown, lambda text: LINK.sub(self._rewritten, text))

    def _rewritten(self, link: re.Match[str]) -> str:
        bang, text, target = link.groups()
        if urlsplit(target).scheme or target.startswith("#"):
            return link[0]
        path, mark, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self._path), path))
        if path != self._path and in_language(path, ".md") == in_language(self._path, ".md"):
            return f'<a href="{self._other_language()}">{text}</a>'
        if is_front(path) or path.startswith(f"{DOCS}/"):
            return f"{bang}[{text}]({self._inside(path)}{mark}{anchor})"
        if self._source:
            return f"{bang}[{text}]({self._source}/{path}{mark}{anchor})"
        return f"`{path}`" if path in text else f"{text} (`{path}`)"

    def _other_language(self) -> str:
        """The address of the twin, which MkDocs cannot resolve: it builds a language at a time."""
        (other,) = (
            file
            for language, file in self._file.alternates.items()
            if language != self._file.locale_alternate_of
        )
        return posixpath.relpath(other.url, self._file.url or ".") + "/"

    def _inside(self, path: str) -> str:
        """The path from this page's file to another page, or to the first one of a folder."""
        inside = path.removeprefix(f"{DOCS}/")
        if (ROOT / path).is_dir():
            inside = pages_of(f"{inside}/*.md")[0]
        return posixpath.relpath(inside, posixpath.dirname(self._file.src_uri) or ".")
