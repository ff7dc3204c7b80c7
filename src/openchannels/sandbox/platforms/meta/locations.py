"""Places that a Threads post can be tagged with: the search, and one place by id.

A client whose id ends in `-unreviewed` finds the place `Menlo Park` alone; `mara` gets ids as
numbers. A profile may search 500 times in 24 hours.
https://developers.facebook.com/docs/threads/reference/location-search
"""

import math
import re
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from openchannels.sandbox.grants import Grant
from openchannels.sandbox.http import Fields, Request
from openchannels.sandbox.ids import digits
from openchannels.sandbox.platforms.meta.graph import Field, GraphError, read_fields
from openchannels.sandbox.platforms.meta.media import select_fields

SEARCHES = 500
_DAY = 86_400
_MOST_RESULTS = 10
_FIELDS = {"id", "name", "address", "city", "country", "latitude", "longitude", "postal_code"}
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{1,15})?")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the real or the made-up world."""

    name: str
    address: str
    city: str
    country: str
    latitude: float
    longitude: float
    postal_code: str

    @property
    def id(self) -> str:
        """15 digits."""
        return digits(15, "threads place", self.name)

    def node(self) -> dict[str, Any]:
        """All fields."""
        return {"id": self.id, **asdict(self)}


_UNREVIEWED = Place("Menlo Park", "1 Hacker Way", "Menlo Park", "US", 37.48, -122.15, "94025")
PLACES = (
    _UNREVIEWED,
    Place("Pier Seven", "Rua do Cais 7", "Lisbon", "PT", 38.7, -9.1, "1100-001"),
    Place("Pier Seven Cafe", "Rua do Cais 9", "Lisbon", "PT", 38.71, -9.11, "1100-001"),
    Place("Kiln Yard", "Havnegade 4", "Aarhus", "DK", 56.15, 10.21, "8000"),
    Place("Ash Market", "Torvet 1", "Aarhus", "DK", 56.16, 10.2, "8000"),
    Place("North Pier", "Kaistrasse 12", "Hamburg", "DE", 53.54, 9.97, "20457"),
)


class Locations:
    """The search, and how often each profile has searched."""

    def __init__(self) -> None:
        self._searches: defaultdict[str, list[float]] = defaultdict(list)

    def search(self, request: Request, grant: Grant) -> dict[str, Any]:
        """Places by text in `q` or `query`, or around two coordinates, the nearest first.

        Raises:
            GraphError: 100 without either, for coordinates that are none and for an unknown
                field; 4 after too many searches.
        """
        query = request.query
        text = query.get("q") or query.get("query")
        around = _coordinates(query)
        if not text and around is None:
            raise GraphError(100, "(#100) Either q or both latitude and longitude are required")
        fields = _fields(query)
        self._spend(grant.person, request.now)
        known = (_UNREVIEWED,) if grant.client_id.endswith("-unreviewed") else PLACES
        found = [place for place in known if _fits(place, text)]
        if around is not None:
            found.sort(key=lambda place: math.dist((place.latitude, place.longitude), around))
        return {"data": [_shown(place, fields, grant) for place in found[:_MOST_RESULTS]]}

    def place(self, request: Request, grant: Grant, identifier: str) -> dict[str, Any] | None:
        """The place with this id, or None. Raises GraphError 100 for an unknown field."""
        found = next((place for place in PLACES if place.id == identifier), None)
        return None if found is None else _shown(found, _fields(request.query), grant)

    def used(self, person: str, now: float) -> int:
        """How often a person has searched within a day."""
        return sum(moment > now - _DAY for moment in self._searches[person])

    def _spend(self, person: str, now: float) -> None:
        recent = [moment for moment in self._searches[person] if moment > now - _DAY]
        self._searches[person] = recent
        if len(recent) >= SEARCHES:
            raise GraphError(4, "Location search limit reached.", http=403)
        recent.append(now)


def _fields(query: Fields) -> list[Field]:
    fields = read_fields(query.get("fields")) or [Field(name) for name in sorted(_FIELDS)]
    select_fields(_UNREVIEWED.node(), fields, _FIELDS)
    return fields


def _shown(place: Place, fields: list[Field], grant: Grant) -> dict[str, Any]:
    node = select_fields(place.node(), fields, _FIELDS)
    return node | {"id": int(place.id)} if grant.person == "mara" else node


def _fits(place: Place, text: str) -> bool:
    where = f"{place.name} {place.address} {place.city} {place.country}".lower()
    return all(word in where for word in text.lower().split())


def _coordinates(query: Fields) -> tuple[float, float] | None:
    texts = query.get("latitude"), query.get("longitude")
    if not any(texts):
        return None
    if not all(_NUMBER.fullmatch(text) for text in texts):
        raise GraphError(100, "(#100) latitude and longitude must both be numbers")
    return float(texts[0]), float(texts[1])
