"""The platforms, and texts in the two languages of the product."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Locale = Literal["en-US", "zh-CN"]
LOCALES: tuple[Locale, ...] = ("en-US", "zh-CN")


class Platform(StrEnum):
    """Identifier of a platform; its value is what the wire carries."""

    DOUYIN = "douyin"
    XHS = "xhs"
    WXSPH = "wxSph"
    KWAI = "KWAI"
    YOUTUBE = "youtube"
    WXGZH = "wxGzh"
    BILIBILI = "bilibili"
    TWITTER = "twitter"
    TIKTOK = "tiktok"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    THREADS = "threads"
    PINTEREST = "pinterest"
    LINKEDIN = "linkedin"
    GOOGLE_BUSINESS = "google_business"


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


def in_language(data: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Returns the data with each text of two languages replaced by the one of the locale."""
    return {name: _one_of(value, locale) for name, value in data.items()}


def _one_of(value: Any, locale: Locale) -> Any:
    both = isinstance(value, Mapping) and value.keys() == set(LOCALES)
    return value[locale] if both else value
