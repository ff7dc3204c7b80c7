"""LinkedIn's organizations, the roles of persons, and the errors of its data API.

`ida` administers one organization, `mara` three and analyses a fourth, `many` 130, `empty` none.
`editor` only cares for the content of one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, account_count
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import Fields, Reply, Request
from openchannels.sandbox.ids import digits, hexadecimal, letters

_ORGANIZATION = "urn:li:organization:"

RequireToken = Callable[..., Token]
"""Returns the token of a call that needs one of the given scopes; raises EarlyReply."""


def error_reply(http: int, code: str, message: str, service: int = 100) -> Reply:
    """An error of the data API."""
    body = {"status": http, "serviceErrorCode": service, "code": code, "message": message}
    return Reply.json(body, http)


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization and the person's role in it; `slot` counts from 0."""

    person: str
    slot: int
    role: str = "ADMINISTRATOR"

    @property
    def id(self) -> str:
        """Seven digits."""
        return digits(7, "linkedin organization", self.person, self.slot)

    @property
    def urn(self) -> str:
        """`urn:li:organization:{id}`."""
        return _ORGANIZATION + self.id

    @property
    def creator(self) -> Creator:
        """The account in the dataset."""
        return Creator("linkedin", self.person, str(self.slot))

    def followers(self, now: float) -> int:
        """How many members follow it."""
        return self.creator.growing_count("followers", 50, 30_000, now)

    def profile(self) -> dict[str, Any]:
        """The organization as its administrators see it."""
        logo = f"urn:li:digitalmediaAsset:{letters(12, 'logo', self.urn)}"
        return {
            "id": int(self.id),
            "localizedName": f"{self.creator.pick('brand', sample_text.BRANDS_EN)} {self.slot + 1}",
            "vanityName": f"org-{hexadecimal(6, 'vanity', self.urn)}",
            "logoV2": {"original": logo, "cropped": logo},
            "localizedWebsite": "https://kiln.example",
        }


def organizations_of(person: str) -> list[Organization]:
    """Every organization a person has a role on."""
    role = "CONTENT_ADMINISTRATOR" if person == "editor" else "ADMINISTRATOR"
    found = [Organization(person, slot, role) for slot in range(account_count(person))]
    if person == "mara":
        found.append(Organization(person, 3, "ANALYST"))
    return found


def organization(person: str, urn: str) -> Organization | None:
    """The organization with this URN, if the person has a role in it."""
    return next((one for one in organizations_of(person) if one.urn == urn), None)


def parse_list(query: Fields, name: str) -> list[str]:
    """The items of `List(a,b)`; older clients repeat the parameter, also as `name[0]`."""
    text = query.get(name)
    found = re.fullmatch(r"List\((.*)\)", text)
    if found:
        return [part for part in found[1].split(",") if part]
    indexed = [value for key, value in query.pairs() if re.fullmatch(rf"{name}\[\d+\]", key)]
    return query.split_values(name) + indexed


def paging(request: Request, start: int, count: int, more: bool) -> dict[str, Any]:
    """The paging of a finder; its link to the next page repeats the request."""
    links = []
    if more:
        asked = [pair for pair in request.query.pairs() if pair[0] not in ("start", "count")]
        query = urlencode([*asked, ("count", count), ("start", start + count)], safe="(),")
        href = f"{request.path}?{query}"
        links.append({"type": "application/json", "rel": "next", "href": href})
    return {"start": start, "count": count, "links": links}


def member_id(person: str) -> str:
    """A member's id, the same for every app."""
    return letters(10, "linkedin member", person)


def member(person: str) -> Creator:
    """The member's own account in the dataset, whose posts nobody may list."""
    return Creator("linkedin", person, "member")
