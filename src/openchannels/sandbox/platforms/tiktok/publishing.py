"""Content Posting API: what the creator may do, posts and drafts, status, cancellation.

`mara` has a private account, everybody else a public one. The addresses that an app has proved to
own are those of the service and of this machine.
https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
"""

from dataclasses import replace
from typing import Any

import msgspec

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.emulator import Context, ControlCall
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import ControlError, Reply, Request
from openchannels.sandbox.ids import letters
from openchannels.sandbox.platforms.tiktok.publications import (
    COMPLETE,
    DOWNLOADING,
    FAILED,
    INBOX,
    NAME,
    PUBLIC,
    UPLOADING,
    Publication,
    Publications,
    new_id,
)
from openchannels.sandbox.platforms.tiktok.rates import Rates
from openchannels.sandbox.platforms.tiktok.replies import error_reply, refused, success
from openchannels.sandbox.platforms.tiktok.uploads import Uploads
from openchannels.sandbox.platforms.tiktok.videos import username

DIRECT, DRAFT = "video.publish", "video.upload"
POSTS_A_DAY, MOST_DRAFTS, MOST_USERS = 15, 5, 5
_DAY = 86_400
_ASKED, _BEGUN, _LOOKED = 20, 6, 30
"""Calls a minute for what the creator may do, of each beginning, and for the status."""
_LEVELS = (PUBLIC, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
_PRIVATE_LEVELS = ("FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY")
_CREATOR_CODES = (
    "spam_risk_too_many_posts",
    "spam_risk_user_banned_from_posting",
    "reached_active_user_cap",
)
"""Refusals that the creator's information already gives, under HTTP 200."""
_FIRST_CODES = (
    *_CREATOR_CODES, "spam_risk_too_many_pending_share", "privacy_level_option_mismatch",
    "url_ownership_unverified", "unaudited_client_can_only_post_to_private_accounts",
)  # fmt: skip
"""Refusals at the beginning, under HTTP 403; others come with the status."""
_SMALL_CHUNK, _LARGE_CHUNK, _LAST_CHUNK = 5_000_000, 64 << 20, 128 << 20
_MOST_BYTES, _MOST_CHUNKS, _MOST_PHOTOS = 4 << 30, 1000, 35
_USERS = "tiktok active user"


class Finish(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /_drafts/tiktok`."""

    id: str
    caption: str = ""
    posts: int = 1
    discard: bool = False


class Publishing:
    """The calls of the Content Posting API."""

    def __init__(self, context: Context, publications: Publications, uploads: Uploads) -> None:
        self._context = context
        self._publications = publications
        self._uploads = uploads
        self._rates = Rates()

    def creator_info(self, request: Request, token: Token) -> Reply:
        """What the creator may choose; with an error under HTTP 200 if nothing may be posted."""
        self._rates.take(request, _ASKED)
        person = token.grant.person
        creator = Creator(NAME, person)
        code = self._creator_code(token, request.now)
        if code:
            return error_reply(200, code, code.replace("_", " "))
        picture = f"https://p16-sign.tiktokcdn-us.com/tos/{letters(16, 'face', person)}.jpeg"
        return success(
            {
                "creator_avatar_url": picture,
                "creator_username": username(person),
                "creator_nickname": creator.pick("brand", sample_text.BRANDS_EN),
                "privacy_level_options": self._levels(person),
                "comment_disabled": False,
                "duet_disabled": False,
                "stitch_disabled": creator.number("stitch", 0, 3) == 0,
                "max_video_post_duration_sec": creator.pick("length", (300, 600)),
            }
        )

    def _levels(self, person: str) -> list[str]:
        if not self._context.conducts.of(NAME).audited:
            return ["SELF_ONLY"]
        return list(_PRIVATE_LEVELS if person == "mara" else _LEVELS)

    def _creator_code(self, token: Token, now: float) -> str:
        """Why the creator cannot post now; empty if they can."""
        conduct, person = self._context.conducts.of(NAME), token.grant.person
        if conduct.reject in _CREATOR_CODES:
            return conduct.reject
        cap = POSTS_A_DAY if conduct.daily_cap is None else conduct.daily_cap
        made = self._publications.of_person(person)
        posts = [one for one in made if not one.draft and one.status != FAILED]
        if sum(one.created > now - _DAY for one in posts) >= cap:
            return "spam_risk_too_many_posts"
        users = self._context.documents.of_owner(_USERS, token.grant.client_id).values()
        others = {one["person"] for one in users if one["at"] > now - _DAY} - {person}
        if not conduct.audited and len(others) >= MOST_USERS:
            return "reached_active_user_cap"
        return ""

    def begin_video(self, request: Request, token: Token) -> Reply:
        """Begin to post a video."""
        self._rates.take(request, _BEGUN)
        info = _object(request, "post_info")
        _check_text(info.get("title"), 2200)
        self._check_direct(request, token, info)
        return self._video(request, token, info, draft=False)

    def begin_draft(self, request: Request, token: Token) -> Reply:
        """Begin a draft of a video for the creator's inbox."""
        self._rates.take(request, _BEGUN)
        self._check_drafts(request, token)
        return self._video(request, token, {}, draft=True)

    def begin_photos(self, request: Request, token: Token) -> Reply:
        """Begin to post photos, or a draft of them."""
        self._rates.take(request, _BEGUN)
        source, info = _object(request, "source_info"), _object(request, "post_info")
        draft = request.json.get("post_mode") == "MEDIA_UPLOAD"
        photos, cover = source.get("photo_images"), source.get("photo_cover_index")
        if request.json.get("media_type") != "PHOTO" or source.get("source") != "PULL_FROM_URL":
            raise refused("invalid_param")
        if not isinstance(photos, list) or not 1 <= len(photos) <= _MOST_PHOTOS:
            raise refused("invalid_param")
        if type(cover) is not int or not 0 <= cover < len(photos):
            raise refused("invalid_param")
        _check_text(info.get("title"), 90)
        _check_text(info.get("description"), 4000)
        if draft:
            self._check_drafts(request, token)
        elif request.json.get("post_mode") == "DIRECT_POST":
            self._check_direct(request, token, info)
        else:
            raise refused("invalid_param")
        return self._pulled(request, token, info, photos, draft=draft, photo=True)

    def _check_direct(self, request: Request, token: Token, info: dict[str, Any]) -> None:
        """Raises EarlyReply unless the creator may post so."""
        level, person = info.get("privacy_level"), token.grant.person
        for name, value in info.items():
            toggle = name.startswith(("disable_", "brand_", "is_", "auto_"))
            if toggle and not isinstance(value, bool):
                raise refused("invalid_param")
        conduct = self._context.conducts.of(NAME)
        if not conduct.audited and (person != "mara" or level != "SELF_ONLY"):
            raise refused("unaudited_client_can_only_post_to_private_accounts", 403)
        if level not in self._levels(person):
            raise refused("privacy_level_option_mismatch", 403)
        code = self._creator_code(token, request.now)
        if code or conduct.reject in _FIRST_CODES:
            raise refused(code or conduct.reject, 403)
        app = token.grant.client_id
        user = {"person": person, "at": request.now}
        self._context.documents.put(_USERS, f"{app}/{person}", user, app)

    def _check_drafts(self, request: Request, token: Token) -> None:
        """Raises EarlyReply if too many drafts wait for the creator."""
        conduct = self._context.conducts.of(NAME)
        if conduct.reject in _FIRST_CODES:
            raise refused(conduct.reject, 403)
        made = self._publications.of_person(token.grant.person)
        waiting = [one for one in made if one.draft and one.status not in (COMPLETE, FAILED)]
        if sum(one.created > request.now - _DAY for one in waiting) >= MOST_DRAFTS:
            raise refused("spam_risk_too_many_pending_share", 403)

    def _video(self, request: Request, token: Token, info: dict[str, Any], *, draft: bool) -> Reply:
        source = _object(request, "source_info")
        if source.get("source") == "PULL_FROM_URL":
            address = source.get("video_url")
            return self._pulled(request, token, info, [address], draft=draft, photo=False)
        if source.get("source") != "FILE_UPLOAD":
            raise refused("invalid_param")
        size, chunk, chunks = _plan(source)
        publication = Publication(
            new_id(photo=False, draft=draft, pulled=False),
            token.grant.person, token.grant.client_id, draft, photo=False, status=UPLOADING,
            created=request.now, info=info, size=size, chunk=chunk, chunks=chunks,
        )  # fmt: skip
        self._publications.keep(publication)
        address = self._uploads.begin(publication)
        return success({"publish_id": publication.id, "upload_url": address})

    def _pulled(
        self,
        request: Request,
        token: Token,
        info: dict[str, Any],
        addresses: list[Any],
        *,
        draft: bool,
        photo: bool,
    ) -> Reply:
        """Begin to pull; from here on nothing more is needed for the post."""
        if not all(isinstance(one, str) and one for one in addresses):
            raise refused("invalid_param")
        if not all(self._context.webhooks.is_allowed(one) for one in addresses):
            raise refused("url_ownership_unverified", 403)
        for address in addresses:
            self._context.media.forget(address)
            self._context.media.begin(address)
        publication = Publication(
            new_id(photo=photo, draft=draft, pulled=True),
            token.grant.person, token.grant.client_id, draft, photo, DOWNLOADING,
            created=request.now, info=info, files=addresses, ended=request.now,
        )  # fmt: skip
        self._publications.keep(publication)
        return success({"publish_id": publication.id})

    def status(self, request: Request, token: Token) -> Reply:
        """What has become of a publication."""
        self._rates.take(request, _LOOKED)
        publication = self._named(request, token)
        shown: dict[str, Any] = {
            "status": publication.status,
            "publicaly_available_post_id": [int(post) for post in publication.posts],
        }
        if publication.reason:
            shown["fail_reason"] = publication.reason
        if publication.files:
            found = map(self._context.media.result, publication.files)
            shown["downloaded_bytes"] = sum(file.size for file in found if file)
        else:
            shown["uploaded_bytes"] = publication.uploaded
        return success(shown)

    def _named(self, request: Request, token: Token) -> Publication:
        publication = self._publications.find(str(request.json.get("publish_id", "")))
        if publication is None:
            raise refused("invalid_publish_id")
        mine = (publication.person, publication.client)
        if mine != (token.grant.person, token.grant.client_id):
            raise refused("token_not_authorized_for_specified_publish_id")
        return publication

    def cancel(self, request: Request, token: Token) -> Reply:
        """Cancel a pull that still runs."""
        publication = self._named(request, token)
        found = map(self._context.media.result, publication.files)
        if publication.status != DOWNLOADING or None not in found:
            raise refused("publish_not_cancellable")
        self._publications.fail(publication, "publish_cancelled")
        return success({})

    def control_calls(self) -> list[ControlCall]:
        """The creator, who posts or discards a draft in the app."""
        meaning = (
            "the creator posts a draft: {id, caption, posts: how often}, or {id, discard: true}"
        )
        return [ControlCall("POST", "/_drafts/tiktok", meaning, self.finish)]

    async def finish(self, request: Request) -> Reply:
        """Post or discard a draft."""
        body = msgspec.json.decode(request.body, type=Finish)
        draft = self._publications.find(body.id)
        if draft is None or draft.status != INBOX:
            raise ControlError("There is no such draft in an inbox.")
        if not 1 <= body.posts <= 10:
            raise ControlError("posts must be 1 to 10.")
        if body.discard:
            draft = self._publications.fail(draft, "publish_cancelled")
        else:
            info = draft.info | ({"title": body.caption} if body.caption else {})
            draft = self._publications.post(replace(draft, info=info), body.posts)
        return Reply.json({"status": draft.status, "posts": draft.posts})


def _object(request: Request, name: str) -> dict[str, Any]:
    value = request.json.get(name, {})
    if not isinstance(value, dict):
        raise refused("invalid_param")
    return value


def _check_text(text: Any, most: int) -> None:
    """Texts are counted in UTF-16 units."""
    if text is not None and (not isinstance(text, str) or len(text.encode("utf-16-le")) > 2 * most):
        raise refused("invalid_param")


def _plan(source: dict[str, Any]) -> tuple[int, int, int]:
    """Size, chunk size and number of chunks. Raises EarlyReply if they do not fit."""
    values = [source.get(name) for name in ("video_size", "chunk_size", "total_chunk_count")]
    if not all(type(value) is int and value > 0 for value in values):
        raise refused("invalid_param")
    size, chunk, count = (int(value or 0) for value in values)
    last = size - chunk * (count - 1)
    if size > _MOST_BYTES or count > _MOST_CHUNKS or count != size // chunk:
        raise refused("invalid_param")
    whole = chunk == size and size < _SMALL_CHUNK
    parts = _SMALL_CHUNK <= chunk <= _LARGE_CHUNK and last <= _LAST_CHUNK
    if not whole and (not parts or (count == 1 and size > _LARGE_CHUNK)):
        raise refused("invalid_param")
    return size, chunk, count
