"""The HTML of an article: what WeChat takes, with the addresses that it gave the pictures.

https://developers.weixin.qq.com/doc/service/api/draftbox/draftmanage/api_draft_add
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

DROPPED = frozenset(
    (
        *("script", "style", "iframe", "form", "object", "embed", "link", "meta", "base"),
        *("input", "button", "textarea", "select"),
    )
)
VOID = frozenset(["br", "hr", "img", "source", "col", "wbr", "area"])
ADDRESSES = ("href", "src", "data-src", "action", "background", "poster")
OWN_PICTURES = ".qpic.cn"
OWN_PAGES = "mp.weixin.qq.com"

REMOVED_PICTURE = "A picture that the text names is not among the files and was left out."
REMOVED_ELEMENT = "Scripts, styles, frames and forms were left out of the text."
FOREIGN_LINK = "WeChat drops links to other sites unless the account has the right to them."


@dataclass(frozen=True, slots=True)
class Article:
    """The HTML, and what a person should know of what became of it."""

    html: str
    warnings: tuple[str, ...] = ()


def article_of(body: str, addresses: Sequence[str], pictures: Mapping[int, str]) -> Article:
    """Returns an article with its pictures.

    `addresses` are those of the files as given, `pictures` what WeChat made of each by its number.
    A file that the text does not name stands at the end.
    """
    writer = _Writer(addresses, pictures)
    writer.feed(body)
    writer.close()
    rest = [number for number in pictures if number not in writer.used]
    ends = [f'<p><img src="{escape(pictures[number])}"/></p>' for number in rest]
    return Article("".join([*writer.written, *ends]), tuple(writer.warnings))


@dataclass
class _Writer(HTMLParser):
    """Writes HTML again without what WeChat refuses or removes."""

    addresses: Sequence[str]
    pictures: Mapping[int, str]
    written: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    warnings: dict[str, None] = field(default_factory=dict)
    _dropping: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=False)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self.warnings[REMOVED_ELEMENT] = None
            if tag not in ("link", "meta", "base", "input", "embed"):
                self._dropping.append(tag)
        elif not self._dropping:
            self._write(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag in self._dropping:
                # What was left open inside ends with it.
                while self._dropping.pop() != tag:
                    pass
        elif tag not in DROPPED and tag not in VOID:
            self.written.append(f"</{tag}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self.written.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def _write(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "img":
            address = self._picture(attributes.get("src", "").strip())
            if address is None:
                self.warnings[REMOVED_PICTURE] = None
                return
            attributes = {**attributes, "src": address}
        elif tag == "a" and _host(attributes.get("href", "")) not in ("", OWN_PAGES):
            self.warnings[FOREIGN_LINK] = None
        kept = (
            f' {name}="{escape(value)}"' for name, value in attributes.items() if _kept(name, value)
        )
        self.written.append(f"<{tag}{''.join(kept)}{'/' if tag in VOID else ''}>")

    def _picture(self, address: str) -> str | None:
        """The address at WeChat of a picture: one of the files, or one that is there already."""
        if not address:
            number = next((one for one in self.pictures if one not in self.used), None)
        else:
            number = next((n for n, one in enumerate(self.addresses) if one == address), None)
        if number is not None and number in self.pictures:
            self.used.add(number)
            return self.pictures[number]
        return address if _host(address).endswith(OWN_PICTURES) else None


def _kept(name: str, value: str) -> bool:
    """Whether an attribute is neither an event's nor the address of a script."""
    if name.startswith("on"):
        return False
    scheme = "".join(value.split()).partition(":")[0].lower()
    return name not in ADDRESSES or scheme not in ("javascript", "vbscript", "data")


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
