"""The channels that a channel has subscribed to.

https://developers.google.com/youtube/v3/docs/subscriptions
"""

import re
from typing import Any

from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route, object_at
from openchannels.sandbox.ids import decimal, letters
from openchannels.sandbox.platforms.google.accounts import timestamp
from openchannels.sandbox.platforms.google.youtube_api import (
    HOSTS,
    MANAGING,
    READING,
    Access,
    bad_request,
    channel_id,
    invalid,
    missing_parameter,
    not_found,
    read_parts,
)
from openchannels.sandbox.platforms.google.youtube_changes import UNITS

DEFAULT_RESULTS, MOST_RESULTS = 5, 50
_DOMAIN = "youtube.subscription"
_PARTS = {"contentDetails", "id", "snippet", "subscriberSnippet"}
_CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
_KIND = "youtube_subscription"

Subscription = dict[str, Any]


class Subscriptions:
    """`subscriptions`: every channel with an id of the right form is there."""

    def __init__(self, emulator: Emulator, access: Access) -> None:
        self._documents = emulator.context.documents
        self._access = access

    def routes(self) -> list[Route]:
        """Their addresses."""
        path = "/youtube/v3/subscriptions"
        return [
            route
            for host in HOSTS
            for route in (
                Route("GET", host, path, self.list_own),
                Route("POST", host, path, self.insert),
                Route("DELETE", host, path, self.delete),
            )
        ]

    def list_own(self, request: Request) -> Reply:
        """A page of the channel's own subscriptions, or those to the named channels."""
        person = self._access.require(request, READING).grant.person
        parts = read_parts(request, _PARTS)
        if not request.query.flag("mine"):
            return missing_parameter("No filter selected. Expected one of: mine")
        every = self._of(person)
        if "forChannelId" in request.query:
            wanted = request.query.split_values("forChannelId")
            every = [one for one in every if one["channel"] in wanted]
        start, size = _place(request)
        page: dict[str, Any] = {"pageInfo": {"totalResults": len(every), "resultsPerPage": size}}
        if start + size < len(every):
            page["nextPageToken"] = f"CAUQ{start + size}"
        items = [_resource(person, one, parts) for one in every[start : start + size]]
        return Reply.json({"kind": "youtube#SubscriptionListResponse", **page, "items": items})

    def insert(self, request: Request) -> Reply:
        """Subscribe to a channel."""
        person = self._access.require(request, MANAGING, UNITS).grant.person
        parts = read_parts(request, _PARTS)
        named = object_at(request.json, "snippet", "resourceId")
        channel = str(named.get("channelId", ""))
        if named.get("kind") != "youtube#channel" or not channel:
            return bad_request("The subscription names no channel in snippet.resourceId.")
        if not _CHANNEL.fullmatch(channel):
            return not_found("publisher", _DOMAIN)
        if channel == channel_id(person):
            message = "Subscribing to your own channel is not supported."
            return invalid("subscriptionForbidden", message, _DOMAIN)
        if any(one["channel"] == channel for one in self._of(person)):
            message = "The subscription that you are trying to create already exists."
            return invalid("subscriptionDuplicate", message, _DOMAIN)
        made: Subscription = {
            "id": letters(21, "subscription", person, channel, request.now),
            "channel": channel,
            "since": request.now,
        }
        self._documents.put(_KIND, made["id"], made, person)
        return Reply.json(_resource(person, made, parts))

    def delete(self, request: Request) -> Reply:
        """End a subscription."""
        person = self._access.require(request, MANAGING, UNITS).grant.person
        identifier = request.query.get("id")
        if not identifier:
            return missing_parameter("id")
        if identifier not in [one["id"] for one in self._of(person)]:
            return not_found("subscription", _DOMAIN)
        self._documents.delete(_KIND, identifier)
        return Reply(204)

    def _of(self, person: str) -> list[Subscription]:
        """A channel's subscriptions, newest first."""
        return [*self._documents.of_owner(_KIND, person).values()][::-1]


def _place(request: Request) -> tuple[int, int]:
    """Where a page begins, and how long it is. Raises EarlyReply with 400."""
    size = request.query.integer("maxResults", DEFAULT_RESULTS)
    place = request.query.get("pageToken").removeprefix("CAUQ")
    start = decimal(place or "0")
    if start is None or size is None or not 0 <= size <= MOST_RESULTS:
        raise EarlyReply(bad_request("Invalid value for maxResults or pageToken."))
    return start, size


def _resource(person: str, subscription: Subscription, parts: list[str]) -> dict[str, Any]:
    channel = subscription["channel"]
    snippet = {
        "publishedAt": timestamp(subscription["since"]),
        "title": f"Channel {channel[2:8]}",
        "description": "",
        "resourceId": {"kind": "youtube#channel", "channelId": channel},
        "channelId": channel_id(person),
        "thumbnails": {},
    }
    head = {"kind": "youtube#subscription", "id": subscription["id"]}
    return head | ({"snippet": snippet} if "snippet" in parts else {})
