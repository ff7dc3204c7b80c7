"""The documentation as text: its files, fences, links, headings and code spans."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "openchannels"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^(#{1,6}) +(.+?) *$", re.MULTILINE)
CHINESE = ".zh-CN.md"
"""How the names of Chinese pages end; each is the twin of an English page."""


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code: its language and its text."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def fences(self) -> list[Fence]:
        return [Fence(found[1], found[2]) for found in FENCE.finditer(self.text)]

    @property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        return LINK.findall(self.prose)

    @property
    def spans(self) -> list[str]:
        return SPAN.findall(self.prose)

    @property
    def levels(self) -> list[int]:
        """Levels of the headings, in their order."""
        return [len(marks) for marks, _ in HEADING.findall(self.prose)]

    @property
    def anchors(self) -> set[str]:
        """Names of the headings as web hosts of repositories make them."""
        seen: dict[str, int] = {}
        names = set()
        for _, title in HEADING.findall(self.prose):
            plain = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
            count = seen[plain] = seen.get(plain, -1) + 1
            names.add(f"{plain}-{count}" if count else plain)
        return names


def page(name: str) -> Page:
    path = ROOT / name
    return Page(path, path.read_text(encoding="utf-8"))


def pages() -> list[Page]:
    """Every page of the documentation, the front page first."""
    tops = [
        ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md")
    ]
    below = [file for name in ("docs", "examples") for file in (ROOT / name).rglob("*.md")]
    files = [*tops, *sorted(below)]
    return [Page(path, path.read_text(encoding="utf-8")) for path in files]


def code(one: Page) -> Iterator[str]:
    """Everything written as code: blocks and spans."""
    yield from (fence.text for fence in one.fences)
    yield from one.spans
