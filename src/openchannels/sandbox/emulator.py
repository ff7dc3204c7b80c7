"""The base class of all emulators, and what the sandbox hands to each of them."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from openchannels.sandbox.clock import Clock
from openchannels.sandbox.conduct import Conduct, Conducts
from openchannels.sandbox.dataset import DEFAULT_PERSON, Creator, Dataset, Series, Work
from openchannels.sandbox.documents import Documents
from openchannels.sandbox.grants import Grant, Grants
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.id_tokens import IdTokens
from openchannels.sandbox.logins import Logins
from openchannels.sandbox.media_fetcher import MediaFetcher
from openchannels.sandbox.tallies import Tallies
from openchannels.sandbox.webhooks_out import WebhookSender
from openchannels.sandbox.work_ids import DecimalIds, TextIds


@dataclass(frozen=True, slots=True)
class Context:
    """Everything an emulator may use; all emulators of a sandbox share one."""

    dataset: Dataset
    grants: Grants
    id_tokens: IdTokens
    clock: Clock
    webhooks: WebhookSender
    logins: Logins
    documents: Documents
    tallies: Tallies
    media: MediaFetcher
    conducts: Conducts
    quota: int | None
    """API units a day for each client, on platforms that count them; None counts none."""


@dataclass(frozen=True, slots=True)
class DemoPersona:
    """How the demo connects a platform, and whether it can list works there.

    `chosen` is the prefix of the account id to select where several are offered.
    """

    person: str = DEFAULT_PERSON
    chosen: str = ""
    is_plugin: bool = False
    lists_works: bool = True


@dataclass(frozen=True, slots=True)
class ControlCall:
    """A control call that only one platform has."""

    method: str
    path: str
    meaning: str
    handler: Callable[[Request], Awaitable[Reply]]


class Emulator:
    """Emulates one platform. A subclass declares its routes and its error answers."""

    name: ClassVar[str]
    """The platform's id in openchannels, e.g. `wxSph`."""
    realm: str = ""
    """Key of its grants and logins; platforms with one identity provider share it."""
    version: ClassVar[re.Pattern[str] | None] = None
    """Matches an API version at the start of a path, which routing ignores."""
    tunnels: ClassVar[bool] = False
    """Whether a POST may carry a GET that is too long for an address, its query in the body."""
    token_parameters: ClassVar[tuple[str, ...]] = ("access_token", "refresh_token", "code", "token")
    """Parameters that hold tokens and codes, by which a fault finds the person of a call."""
    persona: ClassVar[DemoPersona] = DemoPersona()
    work_ids: ClassVar[DecimalIds | TextIds]
    """The form of its work ids; a platform with another one overrides `work_id`, `work_index`."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.dataset = context.dataset
        self.grants = context.grants
        self.realm = self.realm or self.name

    def routes(self) -> list[Route]:
        """Every address it answers; the first match wins."""
        raise NotImplementedError

    def control_calls(self) -> list[ControlCall]:
        """Control calls that only this platform has."""
        return []

    async def run(self) -> None:
        """Work in the background for as long as the sandbox runs."""

    async def prepare(self, route: Route, request: Request) -> None:
        """Fetch the file that a call names, if its platform answers only then."""
        address = request.parameter(route.pulls) if route.pulls else ""
        if address:
            await self.context.media.fetch(address)

    def on_revoked(self, grants: list[Grant]) -> None:
        """Notify the apps whose grants a person has just revoked."""

    def describe(self, person: str) -> dict[str, Any]:
        """What a person has here: ids, names, number of works, a live cookie if it uses one."""
        raise NotImplementedError

    def series_of(self, person: str, account: str) -> Series | None:
        """The works of a person's account, or of the first one if `account` is empty.

        Returns None if there is no such account.
        """
        creators = self.creators(person)
        if not account:
            return next((self.dataset.series(creator) for creator in creators.values()), None)
        return self.dataset.series(creators[account]) if account in creators else None

    def creators(self, person: str) -> dict[str, Creator]:
        """The person's accounts by id; on platforms with one for each it needs no id."""
        return {"": self.creator(person)}

    def series(self, person: str) -> Series:
        """The works of a person, on platforms with one account for each."""
        return self.dataset.series(self.creator(person))

    def creator(self, person: str) -> Creator:
        """The person's account, on platforms with one account for each."""
        return Creator(self.name, person)

    def work_id(self, work: Work) -> str:
        """The platform's id of a work."""
        return self.work_ids.id_of(work)

    def work_index(self, series: Series, text: str) -> int | None:
        """The index of the work with this id, or None if the series has no such id."""
        return self.work_ids.index_of(series.owner, text)

    def find_work(self, series: Series, text: str) -> Work | None:
        """The work with this id, or None if there is none or it was deleted."""
        return series.work_at(self.work_index(series, text))

    def publish(self, person: str, account: str, count: int, now: float) -> list[str] | None:
        """Publish works; returns their ids, or None if there is no such account."""
        series = self.series_of(person, account)
        return None if series is None else [self.work_id(w) for w in series.publish(count, now)]

    def delete(self, person: str, account: str, ids: list[str]) -> list[str] | None:
        """Delete works; returns the ids that existed, or None if there is no such account."""
        series = self.series_of(person, account)
        if series is None:
            return None
        return series.delete(ids, lambda one: self.work_index(series, one))

    @property
    def conduct(self) -> Conduct:
        """How this platform treats publications at the moment."""
        return self.context.conducts.of(self.name)

    def has_reached_cap(self, series: Series, now: float, usual: int | None = None) -> bool:
        """Whether an account has published as much in 24 hours as the platform takes.

        `usual` is the platform's own number; None where it has none.
        """
        own = self.conduct.daily_cap
        cap = usual if own is None else own
        return cap is not None and series.count_posted(now - 86_400) >= cap

    def person_of_cookie(self, request: Request) -> str | None:
        """The person whose login cookie the request carries, on platforms without tokens."""
        return None

    def rate_limited(self, request: Request) -> Reply:
        """The answer to too many calls."""
        raise NotImplementedError

    def dead_grant(self, request: Request) -> Reply:
        """The answer after the person revoked the grant."""
        raise NotImplementedError

    def missing_scope(self, request: Request) -> Reply:
        """The answer when the person did not grant what the call needs."""
        raise NotImplementedError

    def server_error(self, request: Request) -> Reply:
        """The answer when the platform itself fails."""
        raise NotImplementedError

    def not_found(self, request: Request) -> Reply:
        """The answer to an unknown address."""
        return Reply.json({"error": "not_found", "path": request.path}, 404)

    def require_scopes(self, request: Request, grant: Grant, *scopes: str) -> None:
        """Raise EarlyReply with `missing_scope` unless all of the scopes are granted."""
        if any(scope not in grant.scopes for scope in scopes):
            raise EarlyReply(self.missing_scope(request))

    def person_of(self, request: Request) -> str | None:
        """The person on whose behalf the call is made, as far as the request shows."""
        for value in self.credentials(request):
            person = self.grants.person_of(value) if value else None
            if person:
                return person
        return self.person_of_cookie(request) or request.parameter("sandbox_person") or None

    def credentials(self, request: Request) -> list[str]:
        """All tokens and codes in the request."""
        return [request.bearer, *(request.parameter(name) for name in self.token_parameters)]
