"""Local posts that calls make, change and delete.

A photo is fetched during the call, and again when the post goes live: a file that is gone by then
ends in a rejection. A text with a phone number is rejected too. Ten calls a minute may write to a
location.
https://developers.google.com/my-business/content/posts-data
"""

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import letters
from openchannels.sandbox.platforms.google.accounts import GoogleAccounts
from openchannels.sandbox.platforms.google.business_access import (
    POSTS_HOST,
    find_location,
    require_business,
)
from openchannels.sandbox.platforms.google.business_errors import status_reply, violation
from openchannels.sandbox.platforms.google.local_post_bodies import (
    FETCH_FAILED,
    PATCHABLE,
    WRITABLE,
    addresses_of,
    check_post,
    has_phone_number,
    moment_of,
)
from openchannels.sandbox.platforms.google.local_posts import local_post
from openchannels.sandbox.platforms.google.locations import Location

EDITS_PER_MINUTE = 10
POSTS = "/v4/accounts/{account}/locations/{location}/localPosts"
_PATH = re.compile(r"/v4/accounts/[^/]+/locations/(\d+)/localPosts(?:/\d+)?")


class LocalPublishing:
    """The calls that write local posts."""

    def __init__(self, emulator: Emulator, accounts: GoogleAccounts) -> None:
        self._emulator = emulator
        self._accounts = accounts
        self._edits: dict[str, list[float]] = {}

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("POST", POSTS_HOST, POSTS, self.create),
            Route("PATCH", POSTS_HOST, f"{POSTS}/{{post}}", self.update),
            Route("DELETE", POSTS_HOST, f"{POSTS}/{{post}}", self.delete),
        ]

    async def prepare(self, request: Request) -> None:
        """Fetch the photos of a new post, or those of posts that are to go live."""
        found = _PATH.fullmatch(request.path)
        if found is None:
            return
        media = self._emulator.context.media
        if request.method == "POST":
            for address in addresses_of(request.json):
                await media.fetch(address)
            return
        for series, work, post in self._unfetched(request, found[1]):
            file = await media.fetch(post["photo"])
            if file.status:
                # Where nothing answers, the next look at the posts tries again.
                series.change_post(work, {**post, "wasThere": file.is_there})

    def _unfetched(
        self, request: Request, location: str
    ) -> Iterator[tuple[Series, Work, dict[str, Any]]]:
        """The posts of a location that go live now and whose photo was not fetched again yet."""
        token = self._emulator.grants.live_token(request.bearer, request.now, "access")
        creators = self._emulator.creators(token.grant.person) if token else {}
        if location not in creators:
            return
        series = self._emulator.dataset.series(creators[location])
        for work in series.posts():
            post = dict(work.post or {})
            goes_live = max(post["ready"], post["scheduled"] or 0.0)
            if post["photo"] and post["wasThere"] is None and goes_live <= request.now:
                yield series, work, post

    def create(self, request: Request) -> Reply:
        """Make a post, which is processed before it is live."""
        location, refusal = self._writable(request)
        if location is None:
            return refusal
        body, conduct = request.json, self._emulator.conduct
        check_post(body, request.now)
        files = [self._emulator.context.media.result(one) for one in addresses_of(body)]
        there = [file for file in files if file is not None and file.is_there]
        images = [file for file in there if file.mime_type.startswith("image/")]
        if len(images) < len(files) or (files and conduct.reject_media):
            raise violation(FETCH_FAILED, "media.source_url", "Fetching image failed.")
        series = self._emulator.dataset.series(location.creator)
        if self._emulator.has_reached_cap(series, request.now):
            return self._emulator.rate_limited(request)
        post = self._moderated(body, request.now) | {
            "photo": next(iter(addresses_of(body)), ""),
            "wasThere": None,
            "media": [
                {"mediaFormat": "PHOTO", "file": letters(20, "gbp photo", one, request.now)}
                for one in addresses_of(body)
            ],
            "files": [asdict(file) for file in images],
        }
        work = series.publish_post(post, request.now)
        return Reply.json(local_post(work, _parent(request), request.now, is_new=True))

    def update(self, request: Request) -> Reply:
        """Replace the fields of a mask, after which the post is processed again."""
        location, refusal = self._writable(request)
        if location is None:
            return refusal
        series = self._emulator.dataset.series(location.creator)
        work = self._emulator.find_work(series, request.params["post"])
        if work is None:
            return self._emulator.not_found(request)
        paths = [path.split(".") for path in request.query.split_values("updateMask")]
        if not paths or any(path[0] not in PATCHABLE for path in paths):
            raise violation(5, "update_mask", "Is missing or names what cannot be changed")
        before = local_post(work, _parent(request), request.now)
        body = {name: value for name, value in before.items() if name in WRITABLE - {"media"}}
        if "scheduledTime" in body and moment_of(body["scheduledTime"]) <= request.now:
            del body["scheduledTime"]
        for path in paths:
            _set(body, request.json, path)
        check_post(body, request.now)
        unwritten = {"media": before.get("media", []), "photo": "", "files": [], "wasThere": None}
        kept = dict(work.post or unwritten)
        series.change_post(work, kept | self._moderated(body, request.now))
        changed = self._emulator.find_work(series, request.params["post"])
        return Reply.json(
            changed and local_post(changed, _parent(request), request.now, is_new=True)
        )

    def delete(self, request: Request) -> Reply:
        """Delete a post; one that is scheduled never appears."""
        location, refusal = self._writable(request)
        if location is None:
            return refusal
        person, wanted = location.person, request.params["post"]
        deleted = self._emulator.delete(person, location.id, [wanted])
        return Reply.json({}) if deleted else self._emulator.not_found(request)

    def _moderated(self, body: dict[str, Any], now: float) -> dict[str, Any]:
        """A post as it is kept: when it is through and what becomes of it."""
        conduct = self._emulator.conduct
        ready = now + conduct.processing_seconds
        at = body.get("scheduledTime")
        texts = {name: value for name, value in body.items() if name != "media"}
        return {
            "title": body.get("event", {}).get("title", ""),
            "body": texts,
            "ready": ready + conduct.review_seconds,
            "scheduled": None if at is None else moment_of(at),
            "rejected": bool(conduct.reject) or has_phone_number(body),
            "updated": now,
        }

    def _writable(self, request: Request) -> tuple[Location | None, Reply]:
        """The location of a call that writes, or None and why it may not."""
        token = require_business(self._accounts, request)
        location = find_location(token.grant.person, request)
        if location is None:
            return None, self._emulator.not_found(request)
        return self._allowed(request, token, location)

    def _allowed(
        self, request: Request, token: Token, location: Location
    ) -> tuple[Location | None, Reply]:
        message = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'."
        if not self._emulator.conduct.audited:
            limited = status_reply(429, "RESOURCE_EXHAUSTED", message, "RATE_LIMIT_EXCEEDED", "0")
            return None, limited
        metadata = location.fields(["metadata"])["metadata"]
        if not metadata["hasVoiceOfMerchant"]:
            text = "The caller does not have permission"
            return None, status_reply(403, "PERMISSION_DENIED", text)
        if not metadata["canOperateLocalPost"]:
            raise violation(1_302, "location", "LOCATION_DISABLED_FOR_LOCAL_POST_API")
        edits = self._edits.setdefault(location.id, [])
        edits[:] = [moment for moment in edits if moment > request.now - 60]
        if len(edits) >= EDITS_PER_MINUTE:
            limit = str(EDITS_PER_MINUTE)
            limited = status_reply(429, "RESOURCE_EXHAUSTED", message, "RATE_LIMIT_EXCEEDED", limit)
            return None, limited
        edits.append(request.now)
        return location, Reply()


def _set(body: dict[str, Any], sent: dict[str, Any], path: list[str]) -> None:
    """Put the value of a path into a body; one that is not sent is emptied."""
    name, *rest = path
    if rest and isinstance(body.get(name), dict):
        inner = dict(body[name])
        _set(inner, sent.get(name, {}), rest)
        body[name] = inner
    elif name in sent:
        body[name] = sent[name]
    else:
        body.pop(name, None)


def _parent(request: Request) -> str:
    return f"accounts/{request.params['account']}/locations/{request.params['location']}"
