"""Google Business Profile: accounts (v1), locations (v1), local posts (v4) and figures (v1).

`ida` has one location, `mara` three in two accounts, `many` 130 in 26, `empty` has accounts
without a location. With several locations the first one is in two accounts.
https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
"""

import base64
import re
from collections.abc import Callable
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, Series
from openchannels.sandbox.emulator import Context, DemoPersona, Emulator
from openchannels.sandbox.http import Fields, Reply, Request, Route
from openchannels.sandbox.ids import from_base64url
from openchannels.sandbox.images import cover
from openchannels.sandbox.platforms.google import accounts as google
from openchannels.sandbox.platforms.google import performance
from openchannels.sandbox.platforms.google.business_access import (
    POSTS_HOST,
    find_location,
    require_business,
)
from openchannels.sandbox.platforms.google.business_errors import invalid, status_reply
from openchannels.sandbox.platforms.google.local_posts import IDS, local_post
from openchannels.sandbox.platforms.google.local_publishing import POSTS, LocalPublishing
from openchannels.sandbox.platforms.google.locations import Location, accounts_of, locations_of
from openchannels.sandbox.platforms.google.reviews import Reviews

ACCOUNTS_PER_PAGE = 20
DEFAULT_LOCATIONS, MOST_LOCATIONS = 10, 100
DEFAULT_POSTS, MOST_POSTS = 20, 100
_ACCOUNTS = "mybusinessaccountmanagement.googleapis.com"
_LOCATIONS = "mybusinessbusinessinformation.googleapis.com"
_FIGURES = "businessprofileperformance.googleapis.com"
DEFAULT_WORDS = 100
_MASK = {
    "adWordsLocationExtensions", "categories", "labels", "languageCode", "latlng", "metadata",
    "moreHours", "name", "openInfo", "phoneNumbers", "profile", "regularHours", "relationshipData",
    "serviceArea", "serviceItems", "specialHours", "storeCode", "storefrontAddress", "title",
    "websiteUri",
}  # fmt: skip


class GoogleBusiness(Emulator):
    """Locations are the accounts here; consent and tokens are Google's."""

    name = "google_business"
    realm = google.REALM
    tunnels = True
    persona = DemoPersona(person="mara")
    work_ids = IDS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._accounts = google.GoogleAccounts(context)
        self._publishing = LocalPublishing(self, self._accounts)
        self._reviews = Reviews(self, self._accounts)

    def routes(self) -> list[Route]:
        """The four services; the YouTube emulator answers Google's account endpoints."""
        figures = (
            ("{location}:fetchMultiDailyMetricsTimeSeries", self.several_series),
            ("{location}:getDailyMetricsTimeSeries", self.one_series),
            ("{location}/searchkeywords/impressions/monthly", self.search_words),
        )
        return [
            Route("GET", _ACCOUNTS, "/v1/accounts", self.accounts),
            Route("GET", _LOCATIONS, "/v1/accounts/{account}/locations", self.locations),
            Route("GET", _LOCATIONS, "/v1/locations/{location}", self.location),
            Route("GET", POSTS_HOST, POSTS, self.posts),
            Route("GET", POSTS_HOST, POSTS + "/{post}", self.post),
            *self._publishing.routes(),
            *self._reviews.routes(),
            *(Route("GET", _FIGURES, f"/v1/locations/{path}", does) for path, does in figures),
            Route("GET", "lh3.googleusercontent.com", "/p/{file}", cover),
        ]

    async def prepare(self, route: Route, request: Request) -> None:
        """Fetch the photos of posts."""
        await self._publishing.prepare(request)

    def accounts(self, request: Request) -> Reply:
        """Accounts, at most twenty a page, the personal one first."""
        token = require_business(self._accounts, request)
        size = request.query.integer("pageSize", ACCOUNTS_PER_PAGE)
        start = _read_page_token(request.query.get("pageToken"))
        if size is None or size < 1 or start is None:
            return invalid("pageSize or pageToken")
        size = min(size, ACCOUNTS_PER_PAGE)
        every = [
            _account(token.grant.person, n) for n in range(len(accounts_of(token.grant.person)))
        ]
        return _paged("accounts", every, start, size)

    def locations(self, request: Request) -> Reply:
        """Locations of one account, or of all of them for `-`; a read mask is required."""
        token = require_business(self._accounts, request)
        query = request.query
        mask = _read_mask(query)
        if mask is None:
            return invalid("readMask")
        size = query.integer("pageSize", DEFAULT_LOCATIONS)
        start = _read_page_token(query.get("pageToken"))
        if size is None or not 1 <= size <= MOST_LOCATIONS or start is None:
            return invalid("pageSize or pageToken")
        owned = accounts_of(token.grant.person)
        account = request.params["account"]
        if account == "-":
            found = locations_of(token.grant.person)
        elif account in owned:
            found = owned[account]
        else:
            return self.not_found(request)
        return _paged("locations", [one.fields(mask) for one in found], start, size)

    def location(self, request: Request) -> Reply:
        """One location, which is named without an account; a read mask is required."""
        token = require_business(self._accounts, request)
        mask = _read_mask(request.query)
        if mask is None:
            return invalid("readMask")
        every = {one.id: one for one in locations_of(token.grant.person)}
        found = every.get(request.params["location"])
        return self.not_found(request) if found is None else Reply.json(found.fields(mask))

    def posts(self, request: Request) -> Reply:
        """Local posts of a location in an account."""
        token = require_business(self._accounts, request)
        location = find_location(token.grant.person, request)
        if location is None:
            return self.not_found(request)
        size = request.query.integer("pageSize", DEFAULT_POSTS)
        start = _read_page_token(request.query.get("pageToken"))
        if size is None or not 1 <= size <= MOST_POSTS or start is None:
            return invalid("pageSize or pageToken")
        series = self.dataset.series(location.creator)
        works = series.slice(start, size)
        parent = _parent(request)
        answer: dict[str, Any] = {}
        if works:
            answer["localPosts"] = [local_post(work, parent, request.now) for work in works]
        if start + len(works) < series.total:
            answer["nextPageToken"] = _page_token(start + len(works))
        return Reply.json(answer)

    def post(self, request: Request) -> Reply:
        """One local post."""
        token = require_business(self._accounts, request)
        location = find_location(token.grant.person, request)
        if location is None:
            return self.not_found(request)
        series = self.dataset.series(location.creator)
        work = series.work_at(IDS.index_of(series.owner, request.params["post"]))
        if work is None:
            return self.not_found(request)
        return Reply.json(local_post(work, _parent(request), request.now))

    def several_series(self, request: Request) -> Reply:
        """Figures of a location by day, of several metrics."""
        return self._figures(request, performance.several_series)

    def one_series(self, request: Request) -> Reply:
        """Figures of a location by day, of one metric."""
        return self._figures(request, performance.one_series)

    def search_words(self, request: Request) -> Reply:
        """The words by which a location was found, by month."""
        size = request.query.integer("pageSize", DEFAULT_WORDS)
        start = _read_page_token(request.query.get("pageToken"))
        if size is None or not 1 <= size <= DEFAULT_WORDS or start is None:
            return invalid("pageSize or pageToken")

        def page(query: Fields, location: Creator, now: float) -> Reply:
            words = performance.search_words(query, location, now)
            return _paged("searchKeywordsCounts", words, start, size)

        return self._figures(request, page)

    def _figures(
        self, request: Request, answer: Callable[[Fields, Creator, float], Reply]
    ) -> Reply:
        """The answer for the location of a call, which is named without an account."""
        token = require_business(self._accounts, request)
        wanted = request.params["location"]
        if not wanted.isdecimal():
            return invalid("name")
        every = {one.id: one for one in locations_of(token.grant.person)}
        if wanted not in every:
            return self.not_found(request)
        try:
            return answer(request.query, every[wanted].creator, request.now)
        except performance.InvalidArgument as error:
            return invalid(str(error))

    def describe(self, person: str) -> dict[str, Any]:
        """Accounts and locations, with the number of posts of each."""
        return {
            "person": person,
            "sub": google.subject(person),
            "accounts": [f"accounts/{name}" for name in accounts_of(person)],
            "locations": [
                {
                    "id": one.id,
                    "name": f"locations/{one.id}",
                    "works": self.dataset.series(one.creator).total,
                }
                for one in locations_of(person)
            ],
            "works": self.dataset.series(Location(person, 0).creator).total,
        }

    def creators(self, person: str) -> dict[str, Creator]:
        """The person's locations by id."""
        return {one.id: one.creator for one in locations_of(person)}

    def work_index(self, series: Series, text: str) -> int | None:
        """The index of a post by its number or its whole name."""
        return IDS.index_of(series.owner, text.rpartition("/")[2])

    def rate_limited(self, request: Request) -> Reply:
        """429 RESOURCE_EXHAUSTED."""
        message = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'."
        return status_reply(429, "RESOURCE_EXHAUSTED", message, "RATE_LIMIT_EXCEEDED")

    def dead_grant(self, request: Request) -> Reply:
        """401; the token endpoint's `invalid_grant` is YouTube's to answer."""
        return google.unauthenticated()

    def missing_scope(self, request: Request) -> Reply:
        """403 ACCESS_TOKEN_SCOPE_INSUFFICIENT."""
        return google.insufficient_scope()

    def server_error(self, request: Request) -> Reply:
        """503 UNAVAILABLE."""
        return status_reply(503, "UNAVAILABLE", "The service is currently unavailable.")

    def not_found(self, request: Request) -> Reply:
        """404 NOT_FOUND."""
        return status_reply(404, "NOT_FOUND", "Requested entity was not found.")


def _read_mask(query: Fields) -> list[str] | None:
    """The fields of locations that are asked for; None if there are none or unknown ones."""
    mask = query.split_values("readMask")
    known = all(path.partition(".")[0] in _MASK for path in mask)
    return mask if mask and known else None


def _page_token(start: int) -> str:
    return base64.urlsafe_b64encode(f"at{start}".encode()).decode()


def _read_page_token(text: str) -> int | None:
    """The offset in a page token; 0 without one, None if invalid."""
    if not text:
        return 0
    found = re.fullmatch(r"at(\d{1,9})", from_base64url(text) or "")
    return int(found[1]) if found else None


def _paged(name: str, every: list[dict[str, Any]], start: int, size: int) -> Reply:
    """A page; an empty one has no list at all."""
    shown = every[start : start + size]
    answer: dict[str, Any] = {name: shown} if shown else {}
    if start + size < len(every):
        answer["nextPageToken"] = _page_token(start + size)
    return Reply.json(answer)


def _account(person: str, number: int) -> dict[str, Any]:
    identifier = list(accounts_of(person))[number]
    answer = {"name": f"accounts/{identifier}", "vettedState": "NOT_VETTED"}
    if number == 0:
        someone = Creator(google.REALM, person)
        name = someone.pick("first", sample_text.FIRST_NAMES_EN)
        personal = {"type": "PERSONAL", "verificationState": "UNVERIFIED", "accountName": name}
        return answer | personal
    group = {"type": "LOCATION_GROUP", "role": "OWNER", "permissionLevel": "OWNER_LEVEL"}
    return answer | group | {"accountName": f"Shops {number}", "verificationState": "VERIFIED"}


def _parent(request: Request) -> str:
    """The name of the location in the account of a call."""
    return f"accounts/{request.params['account']}/locations/{request.params['location']}"
