"""The platforms, and texts in the two languages of the product."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NewType

Locale = Literal["en-US", "zh-CN"]
LOCALES: tuple[Locale, ...] = ("en-US", "zh-CN")


Platform = NewType("Platform", str)
"""Id of a platform, spelt as the wire spells it.

Which ids there are is known to the registry of connectors alone; a stored row may name a platform
that has been taken out of it.
"""


class AuthType(StrEnum):
    """How a creator's account is connected."""

    OAUTH2 = "oauth2"
    QRCODE = "qrcode"
    PLUGIN = "plugin"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in the two languages of the product."""

    en: str
    zh: str

    def in_locale(self, locale: Locale) -> str:
        return self.zh if locale == "zh-CN" else self.en

    def as_wire(self) -> Mapping[str, str]:
        return {"en-US": self.en, "zh-CN": self.zh}


@dataclass(frozen=True, slots=True)
class EmptyHint:
    """What a person can do whose grant opens no account, with the page on which to do it."""

    title: Text
    description: Text
    action: Text | None = None
    url: str | None = None

    def as_text(self) -> Text:
        """Returns title and description in one."""
        en, zh = (self.title.en, self.description.en), (self.title.zh, self.description.zh)
        return Text(en=" ".join(en), zh="".join(zh))


@dataclass(frozen=True, slots=True)
class Mark:
    """The small square by which pages show a platform: one or two letters on a colour.

    `colour` is written `#rrggbb`, and dark enough for white letters to be read on it.
    """

    letters: str
    colour: str


def in_language(data: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Returns the data with each text of two languages replaced by the one of the locale."""
    return {name: _one_of(value, locale) for name, value in data.items()}


def _one_of(value: Any, locale: Locale) -> Any:
    if isinstance(value, list):
        return [_one_of(item, locale) for item in value]
    if not isinstance(value, Mapping):
        return value
    return value[locale] if value.keys() == set(LOCALES) else in_language(value, locale)
