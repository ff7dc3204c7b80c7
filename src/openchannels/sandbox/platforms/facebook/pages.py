"""Persons on Facebook and the Pages they manage.

https://developers.facebook.com/docs/graph-api/reference/page
"""

from dataclasses import dataclass
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import PERSONS, Creator, account_count
from openchannels.sandbox.ids import digits, hexadecimal


@dataclass(frozen=True, slots=True)
class Page:
    """One Page of a person; `slot` counts from 0."""

    person: str
    slot: int

    @property
    def creator(self) -> Creator:
        """The account in the dataset."""
        return Creator("facebook", self.person, str(self.slot))

    @property
    def id(self) -> str:
        """15 digits."""
        return digits(15, "facebook page", self.person, self.slot)

    @property
    def name(self) -> str:
        """The Page's name, numbered from the fourth Page on."""
        brand = self.creator.pick("brand", sample_text.BRANDS_EN)
        return f"{brand} {self.slot + 1}" if self.slot > 2 else brand

    @property
    def tiny(self) -> bool:
        """Whether it has under 100 likes, so that there are no insights."""
        if self.person in PERSONS:
            return self.slot % 10 == 2
        return self.creator.number("tiny", 0, 9) == 0

    def likes(self, now: float) -> int:
        """How many people like it."""
        return 57 if self.tiny else self.creator.growing_count("likes", 300, 40_000, now)

    def followers(self, now: float) -> int:
        """How many people follow it."""
        return self.likes(now) + self.likes(now) // 25

    def node(self, now: float) -> dict[str, Any]:
        """All fields but the token."""
        creator = self.creator
        handle = f"{hexadecimal(6, 'handle', self.id)}{self.person.lower()}"
        face = f"https://scontent.xx.fbcdn.net/v/t39/{hexadecimal(16, 'page face', self.id)}.jpg"
        node: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "username": handle,
            "link": f"https://www.facebook.com/{handle}",
            "category": creator.pick("category", sample_text.CATEGORIES_EN),
            "tasks": ["ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE"],
            "fan_count": self.likes(now),
            "followers_count": self.followers(now),
            "picture": {"data": {"url": face, "width": 200, "height": 200}},
        }
        if self.slot % 4 == 3:
            del node["username"]
        return node


def pages_of(person: str) -> list[Page]:
    """All Pages that a person manages."""
    return [Page(person, slot) for slot in range(account_count(person))]


def user_id(person: str) -> str:
    """A person's id for the app: 17 digits."""
    return digits(17, "facebook user", person)


def user_node(person: str) -> dict[str, Any]:
    """The node of a person."""
    creator = Creator("facebook", person)
    first = creator.pick("first", sample_text.FIRST_NAMES_EN)
    last = creator.pick("last", sample_text.LAST_NAMES_EN)
    number = user_id(person)
    picture = f"https://platform-lookaside.fbsbx.com/platform/profilepic/?asid={number}"
    names = {"name": f"{first} {last}", "first_name": first, "last_name": last}
    return {"id": number, **names, "picture": {"data": {"url": picture}}}
