"""What a channel thinks of videos: ratings.

https://developers.google.com/youtube/v3/docs/videos/rate
"""

from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.platforms.google.youtube_api import (
    HOSTS,
    MANAGING,
    READING,
    Access,
    bad_request,
    forbidden,
    invalid,
    missing_parameter,
    not_found,
)
from openchannels.sandbox.platforms.google.youtube_changes import UNITS
from openchannels.sandbox.platforms.google.youtube_videos import find_video, takes_ratings

MOST_IDS = 50
_NONE = "none"
_COUNTED = {"like": "likes", "dislike": "dislikes"}
"""What videos have of each rating."""
_RATINGS = (*_COUNTED, _NONE)
_KIND = "youtube_rating"


class VideoRatings:
    """`videos.rate` and `videos.getRating`."""

    def __init__(self, emulator: Emulator, access: Access) -> None:
        self._emulator = emulator
        self._documents = emulator.context.documents
        self._tallies = emulator.context.tallies
        self._access = access

    def routes(self) -> list[Route]:
        """Their addresses."""
        videos = "/youtube/v3/videos"
        return [
            route
            for host in HOSTS
            for route in (
                Route("POST", host, f"{videos}/rate", self.rate),
                Route("GET", host, f"{videos}/getRating", self.get_rating),
            )
        ]

    def rate(self, request: Request) -> Reply:
        """Like a video, dislike it, or take that back; a repeated call changes nothing."""
        person = self._access.require(request, MANAGING, UNITS).grant.person
        video, rating = request.query.get("id"), request.query.get("rating")
        if not video or not rating:
            return missing_parameter("rating" if video else "id")
        if rating not in _RATINGS:
            return invalid("invalidRating", "The request contains an unexpected rating value.")
        work = find_video(self._emulator, person, video, request.now)
        if work is None:
            return not_found("video", "youtube.video")
        if not takes_ratings(work):
            message = "The owner of the video has disabled ratings for it."
            return forbidden("videoRatingDisabled", message)
        self._documents.put(_KIND, f"{person} {video}", {"rating": rating})
        for one, counted in _COUNTED.items():
            if one == rating:
                self._tallies.add(work.place, counted, person, request.now)
            else:
                self._tallies.remove(work.place, counted, person)
        return Reply(204)

    def get_rating(self, request: Request) -> Reply:
        """The ratings of videos by id; `none` for those that were not rated."""
        person = self._access.require(request, READING).grant.person
        ids = request.query.split_values("id")
        if not ids:
            return missing_parameter("id")
        if len(ids) > MOST_IDS:
            return bad_request("The request specifies more than 50 ids.")
        items = [{"videoId": video, "rating": self._rating(person, video)} for video in ids]
        head = {"kind": "youtube#videoGetRatingResponse", "etag": hexadecimal(20, *ids)}
        return Reply.json({**head, "items": items})

    def _rating(self, person: str, video: str) -> str:
        rated = self._documents.get(_KIND, f"{person} {video}")
        return str(rated["rating"]) if rated else _NONE
