"""What an emulator fills in: the form of one platform."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from openchannels.sandbox.dataset import World
from openchannels.sandbox.grants import Grant, Grants
from openchannels.sandbox.http import Reply, Request, Route


@dataclass(frozen=True, slots=True)
class ControlCall:
    """A control call of one platform's own, what it is for and who answers it."""

    method: str
    path: str
    meaning: str
    handler: Callable[[Request], Awaitable[Reply]]


class Platform:
    """One imitated platform. A subclass declares its routes and its own words for failures."""

    name: str
    """As on the wire of the product, e.g. `wxSph`."""
    realm: str = ""
    """Whose grants and logins it uses, where several platforms share one identity provider."""
    version: re.Pattern[str] | None = None
    """A leading part of the path that names an API version and is not looked at."""

    def __init__(self, world: World, grants: Grants) -> None:
        self.world = world
        self.grants = grants
        self.realm = self.realm or self.name

    def routes(self) -> list[Route]:
        """Every address it answers, the first match wins."""
        raise NotImplementedError

    def controls(self) -> list[ControlCall]:
        """Control calls that only this platform needs."""
        return []

    async def attend(self) -> None:
        """What it does beside answering calls, from the start of the sandbox to its end."""

    def taken_back(self, grants: list[Grant]) -> None:
        """Tell the apps concerned that a person has just ended these grants."""

    def describe(self, person: str) -> dict[str, Any]:
        """What a person has here: ids, names, numbers of works, a ready cookie if it uses one."""
        raise NotImplementedError

    def publish(self, person: str, account: str, count: int, now: float) -> list[str] | None:
        """Publish works on top; returns their ids, or None when there is no such account."""
        raise NotImplementedError

    def delete(self, person: str, account: str, ids: list[str]) -> list[str] | None:
        """Delete works; returns the ids that were there, or None without such an account."""
        raise NotImplementedError

    def person_of_cookie(self, request: Request) -> str | None:
        """Whose login cookie the request carries, on platforms without tokens."""
        return None

    def rate_limited(self, request: Request) -> Reply:
        """Its answer to too many calls."""
        raise NotImplementedError

    def dead_grant(self, request: Request) -> Reply:
        """Its answer when the person has taken everything back."""
        raise NotImplementedError

    def missing_scope(self, request: Request) -> Reply:
        """Its answer when the person did not grant what the call needs."""
        raise NotImplementedError

    def server_error(self, request: Request) -> Reply:
        """Its answer when it is broken inside."""
        raise NotImplementedError

    def not_found(self, request: Request) -> Reply:
        """Its answer to an address it does not have."""
        return Reply.json({"error": "not_found", "path": request.path}, 404)

    def person_of(self, request: Request) -> str | None:
        """Whose call this is, as far as the request shows."""
        for value in _credentials(request):
            person = self.grants.person_behind(value) if value else None
            if person:
                return person
        return self.person_of_cookie(request) or request.given("sandbox_person") or None


def _credentials(request: Request) -> list[str]:
    names = ("access_token", "refresh_token", "code", "token", "fb_exchange_token", "input_token")
    sent = [request.bearer, request.headers.get("access-token", "")]
    return sent + [request.given(name) for name in names]
