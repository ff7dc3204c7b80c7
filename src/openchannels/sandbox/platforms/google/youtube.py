"""YouTube Data API v3, and the reports of YouTube Analytics.

https://developers.google.com/youtube/v3/docs
"""

import base64
import re
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, Series
from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import from_base64url, hexadecimal, letters
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.google import accounts
from openchannels.sandbox.platforms.google.categories import video_categories
from openchannels.sandbox.platforms.google.measures import subscribers
from openchannels.sandbox.platforms.google.reports import report
from openchannels.sandbox.platforms.google.youtube_api import (
    HOSTS,
    VIDEO_IDS,
    VIDEO_PARTS,
    Access,
    bad_request,
    channel_id,
    channel_title,
    missing_parameter,
    not_found,
    read_parts,
)
from openchannels.sandbox.platforms.google.youtube_changes import VideoChanges
from openchannels.sandbox.platforms.google.youtube_comments import VideoComments
from openchannels.sandbox.platforms.google.youtube_ratings import VideoRatings
from openchannels.sandbox.platforms.google.youtube_subscriptions import Subscriptions
from openchannels.sandbox.platforms.google.youtube_uploads import VideoUploads
from openchannels.sandbox.platforms.google.youtube_videos import playlist_item, video

DEFAULT_RESULTS = 5
MOST_RESULTS = 50
_CHANNEL_PARTS = {
    "auditDetails", "brandingSettings", "contentDetails", "contentOwnerDetails", "id",
    "localizations", "snippet", "statistics", "status", "topicDetails",
}  # fmt: skip
_CATEGORY_PARTS = {"id", "snippet"}
_ITEM_PARTS = {"contentDetails", "id", "snippet", "status"}
_ANALYTICS = {"https://www.googleapis.com/auth/yt-analytics.readonly"}


class YouTube(Emulator):
    """One channel for every person but `empty`."""

    name = "youtube"
    tunnels = True
    realm = accounts.REALM
    work_ids = VIDEO_IDS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._accounts = accounts.GoogleAccounts(context)
        self._access = Access(self._accounts, context)
        self._parts = (
            VideoUploads(self, self._access),
            VideoChanges(self, self._access),
            VideoComments(self, self._access),
            VideoRatings(self, self._access),
            Subscriptions(self, self._access),
        )

    def routes(self) -> list[Route]:
        """Data API, analytics report, images and Google's account endpoints."""
        listing = {
            "channels": self.channels,
            "playlistItems": self.playlist_items,
            "videos": self.videos,
            "videoCategories": self.video_categories,
        }
        reports = Route("GET", "youtubeanalytics.googleapis.com", "/v2/reports", self.reports)
        return [
            *(
                Route("GET", host, f"/youtube/v3/{name}", does)
                for host in HOSTS
                for name, does in listing.items()
            ),
            reports,
            Route("GET", "i.ytimg.com", "/vi/{id}/{file}", cover),
            Route("GET", "yt3.ggpht.com", "/ytc/{file}", avatar),
            *(route for part in self._parts for route in part.routes()),
            *self._accounts.routes(),
        ]

    def channels(self, request: Request) -> Reply:
        """The channel of the token; without one `items` is absent."""
        token = self._access.require(request)
        parts = read_parts(request, _CHANNEL_PARTS)
        own = channel_id(token.grant.person)
        if not request.query.flag("mine") and "id" not in request.query:
            return missing_parameter("No filter selected. Expected one of: mine, id")
        wanted = request.query.flag("mine") or own in request.query.split_values("id")
        found = wanted and token.grant.person != "empty"
        answer: dict[str, Any] = {
            "kind": "youtube#channelListResponse",
            "etag": hexadecimal(20, "channels", token.grant.person),
            "pageInfo": {"totalResults": int(found), "resultsPerPage": 5},
        }
        if found:
            answer["items"] = [self._channel(token.grant.person, parts, request.now)]
        return Reply.json(answer)

    def _channel(self, person: str, parts: list[str], now: float) -> dict[str, Any]:
        creator = self.creator(person)
        own = channel_id(person)
        title, about = channel_title(creator), creator.pick("about", sample_text.LINES_EN)
        face = f"https://yt3.ggpht.com/ytc/{letters(20, 'channel face', person)}=s"
        sizes = {"default": 88, "medium": 240, "high": 800}
        works = self.series(person)
        hidden = creator.number("hidden subscribers", 0, 15) == 0 and person != "ida"
        all_parts: dict[str, Any] = {
            "snippet": {
                "title": title,
                "description": about,
                "customUrl": f"@{re.sub(r'[^a-z0-9]', '', title.lower())}{person.lower()}",
                "publishedAt": "2019-03-11T08:15:42.123456Z",
                "thumbnails": {
                    name: {"url": f"{face}{size}", "width": size, "height": size}
                    for name, size in sizes.items()
                },
                "localized": {"title": title, "description": about},
                "country": "DK",
            },
            "contentDetails": {"relatedPlaylists": {"likes": "LL", "uploads": "UU" + own[2:]}},
            "statistics": {
                "viewCount": str(_views(works, now)),
                "subscriberCount": str(_rounded(subscribers(creator, now))),
                "hiddenSubscriberCount": hidden,
                "videoCount": str(works.total),
            },
            "status": {
                "privacyStatus": "public",
                "isLinked": True,
                "madeForKids": False,
                "longUploadsStatus": "allowed",
            },
        }
        if hidden:
            del all_parts["statistics"]["subscriberCount"]
        head = {"kind": "youtube#channel", "etag": hexadecimal(20, "channel", person), "id": own}
        return head | {part: all_parts[part] for part in parts if part in all_parts}

    def playlist_items(self, request: Request) -> Reply:
        """A page of the uploads playlist, newest first, with tokens in both directions."""
        token = self._access.require(request)
        query = request.query
        parts, playlist = read_parts(request, _ITEM_PARTS), query.get("playlistId")
        if not playlist:
            return missing_parameter("playlistId")
        count = query.integer("maxResults", DEFAULT_RESULTS)
        if count is None or not 0 <= count <= MOST_RESULTS:
            return bad_request(
                f"Invalid value '{query.get('maxResults')}' for maxResults: 0 to 50."
            )
        creator = self.creator(token.grant.person)
        own = "UU" + channel_id(token.grant.person)[2:]
        if playlist != own or token.grant.person == "empty":
            return not_found("playlist")
        offset = _read_page_token(query.get("pageToken"), playlist)
        if offset is None:
            message = "The request specifies an invalid page token."
            return accounts.api_error(
                400, "invalidPageToken", message, "INVALID_ARGUMENT", "youtube.playlistItem"
            )
        series = self.series(token.grant.person)
        works = list(enumerate(series.slice(offset, count), offset))
        total, title = series.total, channel_title(creator)
        if "videoId" in query:
            work, total = self.find_work(series, query.get("videoId")), 1
            if work is None:
                return not_found("video")
            works = [(series.count_since(work.created) - 1, work)]
        answer: dict[str, Any] = {
            "kind": "youtube#playlistItemListResponse",
            "etag": hexadecimal(20, playlist, offset),
            "items": [
                playlist_item(
                    work, VIDEO_IDS.id_of(work), playlist, title, place, parts, request.now
                )
                for place, work in works
            ],
            "pageInfo": {"totalResults": total, "resultsPerPage": count},
        }
        if count and offset + count < total:
            answer["nextPageToken"] = _page_token(offset + count, playlist)
        if offset > 0:
            answer["prevPageToken"] = _page_token(max(0, offset - count), playlist)
        return Reply.json(answer)

    def videos(self, request: Request) -> Reply:
        """Up to 50 videos by id, not in the requested order; deleted ones are left out."""
        token = self._access.require(request)
        query = request.query
        parts, ids = read_parts(request, VIDEO_PARTS), query.split_values("id")
        if not ids:
            return missing_parameter("id")
        if len(ids) > MOST_RESULTS:
            return bad_request("The request specifies more than 50 ids.")
        if "maxResults" in query or "pageToken" in query:
            message = "maxResults and pageToken cannot be used with id."
            return accounts.api_error(400, "incompatibleParameters", message, "INVALID_ARGUMENT")
        creator = self.creator(token.grant.person)
        series = self.series(token.grant.person)
        title = channel_title(creator)
        items = []
        for one in sorted(set(ids)):
            work = self.find_work(series, one)
            item = work and video(work, one, channel_id(creator.person), title, parts, request.now)
            if item:
                items.append(item)
        answer = {
            "kind": "youtube#videoListResponse",
            "etag": hexadecimal(20, *ids),
            "items": items,
            "pageInfo": {"totalResults": len(items), "resultsPerPage": len(items)},
        }
        return Reply.json(answer)

    def video_categories(self, request: Request) -> Reply:
        """The categories of a region."""
        self._access.require(request)
        return video_categories(request.query, read_parts(request, _CATEGORY_PARTS))

    def reports(self, request: Request) -> Reply:
        """A table of YouTube Analytics."""
        token = self._accounts.require_token(request)
        if not _ANALYTICS.intersection(token.grant.scopes):
            return accounts.insufficient_scope()
        person = token.grant.person
        if person == "empty":
            return accounts.api_error(403, "forbidden", "Forbidden", "PERMISSION_DENIED")
        channel = channel_id(person)
        return report(request.query, self.series(person), channel, VIDEO_IDS, request.now)

    def describe(self, person: str) -> dict[str, Any]:
        """The Google `sub`, the channel and its uploads playlist."""
        described: dict[str, Any] = {"person": person, "sub": accounts.subject(person)}
        if person == "empty":
            return described | {"channels": [], "works": 0}
        own = channel_id(person)
        series = self.series(person)
        name = channel_title(series.owner)
        channel = {"id": own, "name": name, "uploads": "UU" + own[2:], "works": series.total}
        return described | {"channels": [channel], "works": series.total}

    def creators(self, person: str) -> dict[str, Creator]:
        """The person's channel by its id; `empty` has none."""
        return {} if person == "empty" else {channel_id(person): self.creator(person)}

    def rate_limited(self, request: Request) -> Reply:
        """403 `rateLimitExceeded`; the token endpoint answers 429."""
        if request.host == "oauth2.googleapis.com":
            return accounts.token_error("rate_limit_exceeded", "Too many requests", 429)
        return accounts.rate_limited()

    def dead_grant(self, request: Request) -> Reply:
        """`invalid_grant` at the token endpoint, 401 elsewhere."""
        if request.host == "oauth2.googleapis.com":
            return accounts.token_error("invalid_grant", "Token has been expired or revoked.")
        return accounts.unauthenticated()

    def missing_scope(self, request: Request) -> Reply:
        """403 `insufficientPermissions`."""
        return accounts.insufficient_scope()

    def server_error(self, request: Request) -> Reply:
        """503 `backendError`."""
        message = "The service is currently unavailable."
        return accounts.api_error(503, "backendError", message, "UNAVAILABLE")

    def not_found(self, request: Request) -> Reply:
        """404 in the shape of Google's APIs."""
        return accounts.api_error(404, "notFound", "Not Found", "NOT_FOUND")


def _views(works: Series, now: float) -> int:
    """All views of a channel: those of its videos, and of others that are long gone."""
    gone = works.owner.number("views", 100_000, 4_000_000)
    return gone + sum(work.views(now) for work in works.counted())


def _rounded(count: int) -> int:
    """Three significant digits, as YouTube shows subscribers."""
    unit = int(10 ** max(0, len(str(count)) - 3))
    return count // unit * unit


def _page_token(offset: int, playlist: str) -> str:
    text = f"PT:{offset}:{letters(6, 'page', playlist, offset)}"
    return "EAAa" + base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _read_page_token(text: str, playlist: str) -> int | None:
    if not text:
        return 0
    decoded = from_base64url(text.removeprefix("EAAa")) or ""
    found = re.fullmatch(r"PT:(\d{1,9}):.*", decoded)
    if not found or _page_token(int(found[1]), playlist) != text:
        return None
    return int(found[1])
