"""What all calls of the YouTube Data API share: tokens and quota, parts, errors, channels.

https://developers.google.com/youtube/v3/docs/errors
"""

from collections.abc import Collection

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Reply, Request
from openchannels.sandbox.ids import letters
from openchannels.sandbox.platforms.google import accounts
from openchannels.sandbox.work_ids import TextIds

HOSTS = ("www.googleapis.com", "youtube.googleapis.com")
VIDEO_IDS = TextIds("", length=11, bits=64)
UPLOADS_PER_DAY = 100
"""Uploads that a project may begin in a Pacific day, which have a quota of their own."""
_SCOPE = "https://www.googleapis.com/auth/youtube"
MANAGING = frozenset({_SCOPE, f"{_SCOPE}.force-ssl"})
READING = MANAGING | {f"{_SCOPE}.readonly"}
UPLOADING = MANAGING | {f"{_SCOPE}.upload"}
COMMENTING = frozenset({f"{_SCOPE}.force-ssl"})
VIDEO_PARTS = {
    "contentDetails", "fileDetails", "id", "liveStreamingDetails", "localizations",
    "paidProductPlacementDetails", "player", "processingDetails", "recordingDetails", "snippet",
    "statistics", "status", "suggestions", "topicDetails",
}  # fmt: skip


class Access:
    """Who may call, and for how many units a day."""

    def __init__(self, google: accounts.GoogleAccounts, context: Context) -> None:
        self._google = google
        self._units = accounts.Quota(context.quota)
        self._uploads = accounts.Quota(None if context.quota is None else UPLOADS_PER_DAY)

    def require(self, request: Request, scopes: Collection[str] = READING, units: int = 1) -> Token:
        """The token of a call, which needs one of the scopes. Raises EarlyReply."""
        token = self._google.require_token(request)
        if not self._units.spend(token.grant.client_id, units, request.now):
            raise EarlyReply(accounts.quota_exceeded())
        return _allowed(token, scopes)

    def require_for_upload(self, request: Request, *, begins: bool = False) -> Token:
        """The token of a call of an upload, of which only the first costs. Raises EarlyReply."""
        token = _allowed(self._google.require_token(request), UPLOADING)
        if begins and not self._uploads.spend(token.grant.client_id, 1, request.now):
            raise EarlyReply(accounts.quota_exceeded())
        return token


def _allowed(token: Token, scopes: Collection[str]) -> Token:
    if not any(scope in scopes for scope in token.grant.scopes):
        raise EarlyReply(accounts.insufficient_scope())
    return token


def channel_id(person: str) -> str:
    """A person's channel; the uploads playlist has the prefix `UU` instead of `UC`."""
    return "UC" + letters(21, "youtube", "channel", person) + "A"


def channel_title(creator: Creator) -> str:
    """The channel's name."""
    brands = (
        sample_text.BRANDS_EN
        if creator.person in ("ida", "mara")
        else sample_text.BRANDS_EN + sample_text.BRANDS_ZH
    )
    return creator.pick("brand", brands)


def read_parts(request: Request, known: Collection[str]) -> list[str]:
    """The requested parts. Raises EarlyReply if there is none, or one that does not exist."""
    parts = request.query.split_values("part")
    if not parts:
        raise EarlyReply(missing_parameter("part"))
    for part in parts:
        if part not in known:
            more = {"location": "part", "locationType": "parameter"}
            raise EarlyReply(
                accounts.api_error(
                    400, "unknownPart", f"'{part}'", "INVALID_ARGUMENT", "youtube.part", **more
                )
            )
    return parts


def missing_parameter(message: str) -> Reply:
    """400: a parameter, or one of several, is required."""
    message = message if " " in message else f"Required parameter: {message}"
    return accounts.api_error(400, "missingRequiredParameter", message, "INVALID_ARGUMENT")


def bad_request(message: str) -> Reply:
    """400 `badRequest`."""
    return accounts.api_error(400, "badRequest", message, "INVALID_ARGUMENT")


def invalid(reason: str, message: str, domain: str = "youtube.video") -> Reply:
    """400 for what the request says of a resource."""
    return accounts.api_error(400, reason, message, "INVALID_ARGUMENT", domain)


def forbidden(reason: str, message: str, domain: str = "youtube.video") -> Reply:
    """403 for what the channel may not do."""
    return accounts.api_error(403, reason, message, "PERMISSION_DENIED", domain)


def not_found(what: str, domain: str = "youtube.playlistItem") -> Reply:
    """404 for something that is named by its id."""
    message = f"The {what} identified with the request's {what}Id parameter cannot be found."
    return accounts.api_error(404, f"{what}NotFound", message, "NOT_FOUND", domain)
