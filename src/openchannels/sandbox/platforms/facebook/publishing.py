"""Publishing on a Page: the calls that prepare, publish, change and delete.

https://developers.facebook.com/docs/pages-api/posts
"""

from typing import Any

import msgspec

from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Context, ControlCall
from openchannels.sandbox.grants import Token, random_hex
from openchannels.sandbox.http import (
    MAX_UPLOAD,
    ControlError,
    Reply,
    Request,
    Route,
    is_web_address,
)
from openchannels.sandbox.ids import digits
from openchannels.sandbox.media_fetcher import FetchedFile
from openchannels.sandbox.platforms.facebook.access import Access, unknown_object
from openchannels.sandbox.platforms.facebook.pages import Page, pages_of
from openchannels.sandbox.platforms.facebook.posts import (
    ALBUM,
    LINK,
    PHOTO,
    TEXT,
    Post,
    check_fields,
    post_id,
)
from openchannels.sandbox.platforms.facebook.publications import Publications, is_pending, not_own
from openchannels.sandbox.platforms.facebook.videos import Videos, due_time
from openchannels.sandbox.platforms.meta.graph import (
    HOST,
    oauth_token,
    read_fields,
    refusal,
    structure,
)
from openchannels.sandbox.platforms.meta.rupload import UPLOADS, upload_refused

SCOPES = ("pages_manage_posts", "pages_read_engagement", "pages_show_list")
VIDEO_HOST = "graph-video.facebook.com"
_DAY = 86_400
_MOST_IMAGE = 10 << 20
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/heif")
_PHOTO = "facebook photo"


class Finish(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /_drafts/facebook`."""

    person: str
    page: str
    id: str
    discard: bool = False


class Publishing:
    """The calls for a token of a Page."""

    def __init__(
        self, context: Context, access: Access, publications: Publications, videos: Videos
    ) -> None:
        self._context = context
        self._access = access
        self._publications = publications
        self._videos = videos

    def routes(self) -> list[Route]:
        """The calls that publish; those on single objects are the emulator's."""
        sent = MAX_UPLOAD
        videos = [
            Route("POST", host, "/{node}/videos", self.videos, max_body=sent, pulls="file_url")
            for host in (HOST, VIDEO_HOST)
        ]
        return [
            *videos,
            Route("POST", HOST, "/{node}/feed", self.feed),
            Route("POST", HOST, "/{node}/photos", self.photos, max_body=sent, pulls="url"),
            Route("POST", HOST, "/{node}/video_reels", self.reels),
            Route("POST", HOST, "/{node}/video_stories", self.video_stories),
            Route("POST", HOST, "/{node}/photo_stories", self.photo_stories),
            Route("POST", HOST, "/{node}/thumbnails", self.thumbnails, max_body=sent),
            Route("GET", HOST, "/{node}/scheduled_posts", self.scheduled),
            Route("POST", UPLOADS, "/video-upload/{version}/{video}", self.upload, max_body=sent),
        ]

    def _page_of(self, token: Token, node: str) -> Page:
        """The Page of a call that publishes. Raises GraphError for the token of a person."""
        if token.kind != "page":
            raise refusal("200", "(#200) A Page access token is required for this call", 403)
        self._access.require_scopes(token, *SCOPES)
        return self._access.page(token, node)

    def _called(self, request: Request) -> Page:
        token = self._access.require_token(request)
        return self._page_of(token, request.params["node"])

    def feed(self, request: Request) -> Reply:
        """A text, a link or photos, published now, later, or kept as a draft."""
        page = self._called(request)
        fields = fields_of(request)
        photos = self._attached(request, page)
        link, message = fields.get("link", ""), fields.get("message", "")
        if not (message or link or photos):
            raise refusal("100", "(#100) Empty post: message, link or attached_media is required")
        if link and not is_web_address(link):
            raise refusal("100/1500", "(#100) The url you supplied is invalid")
        for name in ("feed_targeting", "targeting"):
            if not isinstance(structure(request, name) or {}, dict):
                raise refusal("100", f"(#100) Param {name} must be an object")
        kind = LINK if link else TEXT
        if photos:
            kind = PHOTO if len(photos) == 1 else ALBUM
        content = {"title": "", "message": message, "kind": kind, "photos": photos, "link": link}
        self._publications.check(page, content)
        work = self._posted(request, page, content, fields)
        for photo in photos:
            self._use(page, photo)
        return Reply.json(self._answer(request, page, work))

    def _posted(
        self, request: Request, page: Page, content: dict[str, Any], fields: dict[str, str]
    ) -> Work:
        hidden = fields.get("published", "true").lower() in ("false", "0")
        time = fields.get("scheduled_publish_time", "")
        if time and not hidden:
            raise refusal("100", "(#100) scheduled_publish_time needs published=false")
        if not hidden:
            return self._publications.publish(page, content)
        due = due_time(time, request.now, 75) if time else None
        return self._publications.hold(page, content, due)

    def _answer(self, request: Request, page: Page, work: Work) -> dict[str, Any]:
        fields = read_fields(request.query.get("fields"))
        check_fields(fields)
        return self._node(page, work).fields(fields)

    def _node(self, page: Page, work: Work) -> Post:
        return Post(work, page.id, page.name, page.tiny, True, self._publications.now())

    def _attached(self, request: Request, page: Page) -> list[str]:
        """The attached photos in their order. Raises GraphError unless they can be used."""
        values = structure(request, "attached_media")
        if values is None:
            named = fields_of(request)
            found = [named.get(f"attached_media[{number}]") for number in range(50)]
            texts = [text for text in found if text]
            try:
                values = [msgspec.json.decode(text) for text in texts]
            except msgspec.DecodeError as error:
                raise refusal("100", "(#100) Param attached_media must be valid JSON") from error
        ids = [str(one.get("media_fbid")) if isinstance(one, dict) else "" for one in values]
        for one in ids:
            self._photo(page, one)
        return ids

    def _photo(self, page: Page, identifier: str) -> dict[str, Any]:
        """An unpublished photo. Raises GraphError if there is none, or it was used before."""
        photo = self._context.documents.get(_PHOTO, identifier)
        now = self._publications.now()
        if photo is None or photo["owner"] != page.creator.key:
            raise unknown_object(identifier)
        if photo["used"]:
            raise refusal("100/1366051", "These photos were already posted.")
        if not photo["temporary"] and now >= photo["created"] + _DAY:
            raise unknown_object(identifier)
        return photo

    def _use(self, page: Page, identifier: str) -> None:
        photo = self._photo(page, identifier) | {"used": True}
        self._context.documents.put(_PHOTO, identifier, photo, page.creator.key)

    def photos(self, request: Request) -> Reply:
        """A photo, which is published at once unless `published` is false."""
        page, fields = self._called(request), fields_of(request)
        self._check_image(request, fields.get("url", ""))
        reject = self._context.conducts.of("facebook").reject_media
        if reject:
            raise refusal(reject)
        identifier = digits(15, "facebook photo", random_hex())
        content = {
            "owner": page.creator.key,
            "created": request.now,
            "used": False,
            "temporary": fields.get("temporary", "").lower() in ("true", "1"),
            "alt_text": fields.get("alt_text_custom", ""),
        }
        if fields.get("published", "true").lower() in ("false", "0"):
            self._context.documents.put(_PHOTO, identifier, content, page.creator.key)
            return Reply.json({"id": identifier})
        message = fields.get("message") or fields.get("caption", "")
        post = {"title": "", "message": message, "kind": PHOTO, "photos": [identifier], "link": ""}
        self._publications.check(page, post)
        work = self._publications.publish(page, post)
        self._context.documents.put(_PHOTO, identifier, content | {"used": True}, page.creator.key)
        return Reply.json({"id": identifier, "post_id": post_id(page.id, work)})

    def _check_image(self, request: Request, address: str) -> None:
        source = request.parts.get("source")
        if not address and source is None:
            raise refusal("324", "(#324) Requires upload file")
        found = FetchedFile(200, len(source or b""), _IMAGES[0])
        if address:
            found = self._context.media.result(address) or FetchedFile()
        kind = found.mime_type.partition(";")[0]
        readable = kind in _IMAGES or not kind.startswith(("image/", "video/"))
        if not found.is_there or not 0 < found.size <= _MOST_IMAGE or not readable:
            raise refusal("100/1366046", "Can't Read Files: your photos couldn't be uploaded.")

    def videos(self, request: Request) -> Reply:
        """A video by a session of chunks, or pulled."""
        page = self._called(request)
        return Reply.json(self._videos.post_video(request, page, fields_of(request)))

    def reels(self, request: Request) -> Reply:
        """A reel."""
        page = self._called(request)
        return Reply.json(self._videos.post_reel(request, page, fields_of(request)))

    def video_stories(self, request: Request) -> Reply:
        """A story of a video."""
        page = self._called(request)
        return Reply.json(self._videos.post_story(request, page, fields_of(request)))

    def photo_stories(self, request: Request) -> Reply:
        """A story of an unpublished photo."""
        page, photo = self._called(request), request.parameter("photo_id")
        self._photo(page, photo)
        self._publications.check(page, {"kind": PHOTO})
        self._use(page, photo)
        number = self._publications.add_story(page, "photo", photo)
        return Reply.json({"success": True, "post_id": number})

    def thumbnails(self, request: Request) -> Reply:
        """A cover for a video."""
        token, node = self._access.require_token(request), request.params["node"]
        page = self._holder(token, node)
        if self._videos.find(page, node) is None or not request.parts.get("source"):
            raise refusal("100", "(#100) Invalid parameter: a video and a source are required")
        return Reply.json({"success": True})

    def stories(self, request: Request, token: Token, node: str) -> dict[str, Any]:
        """The stories of a Page."""
        page = self._access.page(token, node)
        self._access.require_scopes(token, "pages_read_engagement")
        rows, status = self._publications.stories(page), request.query.get("status").lower()
        return {"data": [row for row in rows if status in ("", row["status"])]}

    def scheduled(self, request: Request) -> Reply:
        """The posts that wait for their time, newest first."""
        page = self._called(request)
        fields = read_fields(request.query.get("fields") or "id,message,created_time")
        check_fields(fields)
        waiting = [one for one in self._publications.pending(page) if (one.post or {})["due"]]
        return Reply.json({"data": [self._node(page, one).fields(fields) for one in waiting]})

    def upload(self, request: Request) -> Reply:
        """Bytes of a reel or story; a token that does not fit is refused under HTTP 400."""
        token = self._context.grants.live_token(oauth_token(request), request.now, "page")
        if token is None or "pages_manage_posts" not in token.grant.scopes:
            what = "User not authorized to perform this request"
            return upload_refused("NotAuthorizedError", what)
        page = self._access.page(token, "me")
        return self._videos.upload(request, [page.creator])

    def video_node(self, token: Token, identifier: str) -> dict[str, Any] | None:
        """The node of a video that a call made and that may not be published yet, or None."""
        for page in self._access.pages_of_token(token):
            video = self._videos.find(page, identifier)
            if video is not None:
                work = self._publications.find(page, video.post) if video.post else None
                published = {} if work is None else self._node(page, work).video()
                return published | self._videos.node(page, video)
        return None

    def update(self, request: Request, token: Token, node: str) -> Reply:
        """Change a post or video that a call made."""
        page, fields = self._holder(token, node), fields_of(request)
        video = self._videos.find(page, node)
        if video is not None:
            self._videos.change(page, video, fields)
            return Reply.json({"success": True})
        work = self._work(page, node)
        if work.post is None:
            raise not_own()
        if "message" in fields:
            self._publications.change(page, work, {"message": fields["message"]})
        time = fields.get("scheduled_publish_time")
        if time and is_pending(work):
            due = due_time(time, request.now, 75)
            self._publications.change(page, work, {"due": due})
        if fields.get("is_published", "").lower() in ("true", "1") and is_pending(work):
            self._publications.release(page, self._work(page, node))
        return Reply.json({"success": True})

    def _holder(self, token: Token, node: str) -> Page:
        """The Page of an object that a call names. Raises GraphError if there is none."""
        for page in self._access.pages_of_token(token):
            owner, _, number = node.partition("_")
            post = owner == page.id and self._publications.find(page, number) is not None
            if post or self._videos.find(page, node) or self._has_photo(page, node):
                return self._page_of(token, page.id)
        raise unknown_object(node)

    def _has_photo(self, page: Page, node: str) -> bool:
        photo = self._context.documents.get(_PHOTO, node)
        return photo is not None and photo["owner"] == page.creator.key

    def _work(self, page: Page, node: str) -> Work:
        owner, _, number = node.partition("_")
        work = self._publications.find(page, number) if owner == page.id else None
        if work is None:
            raise unknown_object(node)
        return work

    def delete(self, token: Token, node: str) -> Reply:
        """Delete a post, video or unpublished photo that a call made."""
        page = self._holder(token, node)
        video = self._videos.find(page, node)
        if video is not None:
            self._videos.delete(page, video)
        elif self._has_photo(page, node):
            self._context.documents.delete(_PHOTO, node)
        else:
            self._publications.delete(page, self._work(page, node))
        return Reply.json({"success": True})

    def control_calls(self) -> list[ControlCall]:
        """The person, who publishes or discards a draft on facebook.com."""
        meaning = (
            "the person publishes a draft: {person, page, id}, or discards it: {discard: true}"
        )
        return [ControlCall("POST", "/_drafts/facebook", meaning, self.finish)]

    async def finish(self, request: Request) -> Reply:
        """Publish or discard a draft."""
        body = msgspec.json.decode(request.body, type=Finish)
        page = next((one for one in pages_of(body.person) if one.id == body.page), None)
        if page is None:
            raise ControlError("The person has no such Page.")
        video = self._videos.find(page, body.id)
        work = self._publications.find(page, body.id.rpartition("_")[2])
        if video is not None and video.state == "DRAFT":
            if body.discard:
                self._videos.delete(page, video)
            else:
                self._videos.publish_draft(page, video)
        elif work is not None and is_pending(work):
            if body.discard:
                self._publications.delete(page, work)
            else:
                self._publications.release(page, work)
        else:
            raise ControlError("There is no such draft.")
        return Reply.json({"success": True})


def fields_of(request: Request) -> dict[str, str]:
    """All parameters of a call, those of the query first."""
    return dict([*request.form.pairs(), *request.query.pairs()])
