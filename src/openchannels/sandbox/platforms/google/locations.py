"""Locations of Google Business Profile, and the accounts they are in.

https://developers.google.com/my-business/reference/businessinformation/rest/v1/accounts.locations
"""

from dataclasses import dataclass
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, account_count
from openchannels.sandbox.ids import digits, letters

_PER_GROUP = 5


@dataclass(frozen=True, slots=True)
class Location:
    """A location of a person; `slot` counts from 0."""

    person: str
    slot: int

    @property
    def id(self) -> str:
        """19 digits."""
        return digits(19, "google location", self.person, self.slot)

    @property
    def creator(self) -> Creator:
        """The account in the dataset."""
        return Creator("google_business", self.person, str(self.slot))

    def fields(self, mask: list[str]) -> dict[str, Any]:
        """The fields of a read mask, such as `title` and `metadata.placeId`."""
        creator = self.creator
        place = letters(20, "place", self.id)
        fields = {
            "name": f"locations/{self.id}",
            "title": f"{creator.pick('brand', sample_text.BRANDS_EN)} {self.slot + 1}",
            "storeCode": f"S-{self.slot + 1}",
            "websiteUri": "https://kiln.example/",
            "languageCode": "en",
            "storefrontAddress": {"regionCode": "DK", "locality": "Aarhus"},
            "metadata": {
                "placeId": place,
                "mapsUri": f"https://maps.google.com/maps?cid={digits(9, place)}",
                "canOperateLocalPost": self.slot % 11 != 8,
                "hasVoiceOfMerchant": self.slot % 7 != 5,
            },
        }
        return _masked(fields, [path.split(".") for path in mask])


def locations_of(person: str) -> list[Location]:
    """Every location of a person."""
    return [Location(person, slot) for slot in range(account_count(person))]


def accounts_of(person: str) -> dict[str, list[Location]]:
    """Accounts by id with the locations they own: the personal one first, then groups."""
    every = locations_of(person)
    personal = digits(21, "gbp account", person, "personal")
    if len(every) < 2:
        return {personal: every}
    groups = {
        digits(21, "gbp account", person, place): every[place : place + _PER_GROUP]
        for place in range(0, len(every), _PER_GROUP)
    }
    # The first location is in the personal account as well.
    return {personal: every[:1], **groups}


def _masked(fields: dict[str, Any], mask: list[list[str]]) -> dict[str, Any]:
    """The fields that the paths of a mask name, whole or in part."""
    found = {}
    for name, value in fields.items():
        inner = [path[1:] for path in mask if path[0] == name]
        if inner:
            found[name] = value if [] in inner else _masked(value, inner)
    return found
