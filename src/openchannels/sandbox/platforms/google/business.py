"""Google Business Profile: accounts (v1), locations (v1) and local posts (v4).

`ida` has one location, `mara` three in two accounts, `many` 130 in 26, `empty` has accounts
without a location. With several locations the first one is in two accounts.
https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
"""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, Series, Work, account_count
from openchannels.sandbox.emulator import Context, DemoPersona, Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.ids import digits, from_base64url, letters
from openchannels.sandbox.images import cover
from openchannels.sandbox.platforms.google import accounts as google
from openchannels.sandbox.work_ids import DecimalIds

SCOPE = "https://www.googleapis.com/auth/business.manage"
ACCOUNTS_PER_PAGE = 20
DEFAULT_LOCATIONS, MOST_LOCATIONS = 10, 100
DEFAULT_POSTS, MOST_POSTS = 20, 100
_ACCOUNTS = "mybusinessaccountmanagement.googleapis.com"
_LOCATIONS = "mybusinessbusinessinformation.googleapis.com"
_POSTS = "mybusiness.googleapis.com"
_IDS = DecimalIds(4_000_000_000_000_000_000, bits=60)
"""The last segment of a post's name."""
_PER_GROUP = 5
_MASK = {
    "adWordsLocationExtensions", "categories", "labels", "languageCode", "latlng", "metadata",
    "moreHours", "name", "openInfo", "phoneNumbers", "profile", "regularHours", "relationshipData",
    "serviceArea", "serviceItems", "specialHours", "storeCode", "storefrontAddress", "title",
    "websiteUri",
}  # fmt: skip
_STATES = (
    "LIVE",
    "LIVE",
    "LIVE",
    "PROCESSING",
    "LIVE",
    "REJECTED",
    "LIVE",
    "SCHEDULED",
    "RECURRING",
)


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
                "canOperateLocalPost": True,
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


class GoogleBusiness(Emulator):
    """Locations are the accounts here; consent and tokens are Google's."""

    name = "google_business"
    realm = google.REALM
    tunnels = True
    persona = DemoPersona(person="mara")
    work_ids = _IDS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._accounts = google.GoogleAccounts(context)

    def routes(self) -> list[Route]:
        """The three services; the YouTube emulator answers Google's account endpoints."""
        posts = "/v4/accounts/{account}/locations/{location}/localPosts"
        return [
            Route("GET", _ACCOUNTS, "/v1/accounts", self.accounts),
            Route("GET", _LOCATIONS, "/v1/accounts/{account}/locations", self.locations),
            Route("GET", _POSTS, posts, self.posts),
            Route("GET", "lh3.googleusercontent.com", "/p/{file}", cover),
        ]

    def _require_token(self, request: Request) -> Token:
        token = self._accounts.require_token(request)
        if SCOPE not in token.grant.scopes:
            raise EarlyReply(google.insufficient_scope())
        return token

    def accounts(self, request: Request) -> Reply:
        """Accounts, at most twenty a page, the personal one first."""
        token = self._require_token(request)
        size = request.query.integer("pageSize", ACCOUNTS_PER_PAGE)
        start = _read_page_token(request.query.get("pageToken"))
        if size is None or size < 1 or start is None:
            return _invalid("pageSize or pageToken")
        size = min(size, ACCOUNTS_PER_PAGE)
        every = [
            _account(token.grant.person, n) for n in range(len(accounts_of(token.grant.person)))
        ]
        return _paged("accounts", every, start, size)

    def locations(self, request: Request) -> Reply:
        """Locations of one account, or of all of them for `-`; a read mask is required."""
        token = self._require_token(request)
        query = request.query
        mask = query.split_values("readMask")
        if not mask or any(path.partition(".")[0] not in _MASK for path in mask):
            return _invalid("readMask")
        size = query.integer("pageSize", DEFAULT_LOCATIONS)
        start = _read_page_token(query.get("pageToken"))
        if size is None or not 1 <= size <= MOST_LOCATIONS or start is None:
            return _invalid("pageSize or pageToken")
        owned = accounts_of(token.grant.person)
        account = request.params["account"]
        if account == "-":
            found = locations_of(token.grant.person)
        elif account in owned:
            found = owned[account]
        else:
            return self.not_found(request)
        return _paged("locations", [one.fields(mask) for one in found], start, size)

    def posts(self, request: Request) -> Reply:
        """Local posts of a location in an account."""
        token = self._require_token(request)
        location = self._location(token.grant.person, request)
        if location is None:
            return self.not_found(request)
        size = request.query.integer("pageSize", DEFAULT_POSTS)
        start = _read_page_token(request.query.get("pageToken"))
        if size is None or not 1 <= size <= MOST_POSTS or start is None:
            return _invalid("pageSize or pageToken")
        series = self.dataset.series(location.creator)
        works = series.slice(start, size)
        parent = f"accounts/{request.params['account']}/locations/{location.id}"
        answer: dict[str, Any] = {}
        if works:
            answer["localPosts"] = [_post(work, parent) for work in works]
        if start + len(works) < series.total:
            answer["nextPageToken"] = _page_token(start + len(works))
        return Reply.json(answer)

    def _location(self, person: str, request: Request) -> Location | None:
        owned = accounts_of(person).get(request.params["account"], [])
        return next((one for one in owned if one.id == request.params["location"]), None)

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
        return _IDS.index_of(series.owner, text.rpartition("/")[2])

    def rate_limited(self, request: Request) -> Reply:
        """429 RESOURCE_EXHAUSTED."""
        message = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'."
        return _status(429, "RESOURCE_EXHAUSTED", message, "RATE_LIMIT_EXCEEDED")

    def dead_grant(self, request: Request) -> Reply:
        """401; the token endpoint's `invalid_grant` is YouTube's to answer."""
        return google.unauthenticated()

    def missing_scope(self, request: Request) -> Reply:
        """403 ACCESS_TOKEN_SCOPE_INSUFFICIENT."""
        return google.insufficient_scope()

    def server_error(self, request: Request) -> Reply:
        """503 UNAVAILABLE."""
        return _status(503, "UNAVAILABLE", "The service is currently unavailable.")

    def not_found(self, request: Request) -> Reply:
        """404 NOT_FOUND."""
        return _status(404, "NOT_FOUND", "Requested entity was not found.")


def _masked(fields: dict[str, Any], mask: list[list[str]]) -> dict[str, Any]:
    """The fields that the paths of a mask name, whole or in part."""
    found = {}
    for name, value in fields.items():
        inner = [path[1:] for path in mask if path[0] == name]
        if inner:
            found[name] = value if [] in inner else _masked(value, inner)
    return found


def _status(http: int, status: str, message: str, reason: str | None = None) -> Reply:
    error: dict[str, Any] = {"code": http, "message": message, "status": status}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        limits = {"quota_limit_value": "300", "service": _POSTS}
        error["details"] = [
            {"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": limits}
        ]
    return Reply.json({"error": error}, http)


def _invalid(what: str) -> Reply:
    return _status(400, "INVALID_ARGUMENT", f"Request contains an invalid argument: {what}.")


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


def _post(work: Work, parent: str) -> dict[str, Any]:
    number = _IDS.id_of(work)
    moment = datetime.fromtimestamp(work.created, UTC)
    state = _STATES[work.index % len(_STATES)]
    kind = ("STANDARD", "EVENT", "STANDARD", "OFFER")[work.index % 4]
    place = f"https://local.google.com/place?id={digits(10, parent)}"
    post: dict[str, Any] = {
        "name": f"{parent}/localPosts/{number}",
        "languageCode": "en",
        "summary": work.pick(40, sample_text.LINES_EN),
        "createTime": f"{moment:%Y-%m-%dT%H:%M:%S}.{work.index % 1000:03d}000000Z",
        "updateTime": f"{moment:%Y-%m-%dT%H:%M:%S}Z",
        "state": state,
        "searchUrl": f"{place}&use=posts&lpsid={number}",
        "topicType": kind,
    }
    if state == "SCHEDULED":
        post["scheduledTime"] = f"{moment:%Y-%m-%dT%H:%M:%S}Z"
    if kind != "STANDARD":
        day = {"year": moment.year, "month": moment.month, "day": moment.day}
        schedule = {"startDate": day, "endDate": day, "startTime": {"hours": 18}}
        post["event"] = {"title": work.title_en(), "schedule": schedule}
    if work.index % 3:
        video = work.index % 5 == 0
        file = letters(20, "gbp media", number)
        media = {
            "name": f"{parent}/media/localPosts/{file}",
            "googleUrl": f"https://lh3.googleusercontent.com/p/{file}",
        }
        post["media"] = [media | {"mediaFormat": "VIDEO" if video else "PHOTO"}]
    return post
