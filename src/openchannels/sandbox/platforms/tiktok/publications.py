"""What becomes of what is published on TikTok, and the webhooks that say so.

A public post has an id, and is listed, only once it was moderated; other posts never have one.
https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status and
https://developers.tiktok.com/doc/webhooks-verification
"""

import asyncio
import hashlib
import hmac
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import msgspec

from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import random_hex
from openchannels.sandbox.media_fetcher import FetchedFile
from openchannels.sandbox.platforms.tiktok.videos import IDS, open_id
from openchannels.sandbox.webhooks_out import OutgoingRequest

NAME = "tiktok"
PUBLIC = "PUBLIC_TO_EVERYONE"
UPLOADING, DOWNLOADING = "PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD"
INBOX, COMPLETE, FAILED = "SEND_TO_USER_INBOX", "PUBLISH_COMPLETE", "FAILED"
PULL_SECONDS = 3600
_KIND = "tiktok publication"
_LOOK_SECONDS = 0.25
_PHOTOS = ("image/jpeg", "image/webp")


@dataclass(frozen=True, slots=True)
class Publication:
    """A post or draft as it is kept; times are Unix seconds, `ended` that of the last byte.

    `copies` is how often it was posted: a draft perhaps several times.
    """

    id: str
    person: str
    client: str
    draft: bool
    photo: bool
    status: str
    created: float
    info: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    size: int = 0
    chunk: int = 0
    chunks: int = 0
    uploaded: int = 0
    ended: float = 0.0
    reason: str = ""
    completed: float = 0.0
    copies: int = 0
    posts: list[str] = field(default_factory=list)

    @property
    def is_public(self) -> bool:
        """Whether everybody will see it."""
        return self.draft or self.info.get("privacy_level") == PUBLIC

    @property
    def is_open(self) -> bool:
        """Whether something will become of it by itself."""
        if self.status == COMPLETE:
            return self.is_public and not self.posts
        return self.status in (UPLOADING, DOWNLOADING) and bool(self.ended)


class Publications:
    """All publications."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._open: set[str] = set()
        self._opened = asyncio.Event()

    def keep(self, publication: Publication) -> Publication:
        """Keep a publication, in the place of its older self."""
        owner = Creator(NAME, publication.person).key
        self._context.documents.put(_KIND, publication.id, asdict(publication), owner)
        if publication.is_open:
            self._open.add(publication.id)
            self._opened.set()
        else:
            self._open.discard(publication.id)
        return publication

    def find(self, identifier: str) -> Publication | None:
        """The publication with this id, as it is by now, or None."""
        content = self._context.documents.get(_KIND, identifier)
        if content is None:
            return None
        return self._advanced(Publication(**content))

    def of_person(self, person: str) -> list[Publication]:
        """All publications of a person as they are by now, oldest first."""
        found = self._context.documents.of_owner(_KIND, Creator(NAME, person).key)
        return [self._advanced(Publication(**content)) for content in found.values()]

    async def run(self) -> None:
        """Let time pass for the open publications, so that webhooks go out unasked."""
        while True:
            await self._opened.wait()
            for identifier in tuple(self._open):
                self.find(identifier)
            if not self._open:
                self._opened.clear()
            await asyncio.sleep(_LOOK_SECONDS)

    def fail(self, publication: Publication, reason: str) -> Publication:
        """End a publication, of which nothing is posted."""
        failed = self.keep(replace(publication, status=FAILED, reason=reason))
        self._tell(failed, "failed", reason=reason)
        return failed

    def post(self, publication: Publication, copies: int = 1) -> Publication:
        """The publication is posted, perhaps not yet visible to others."""
        now = self._context.clock.now()
        posted = replace(publication, status=COMPLETE, completed=now, copies=copies)
        self.keep(posted)
        for _ in range(copies):
            self._tell(posted, "complete")
        return self._moderated(posted)

    def withdraw(self, person: str, ids: list[str]) -> None:
        """Tell that posts are no longer public."""
        for publication in self.of_person(person):
            for post in publication.posts:
                if post in ids:
                    self._tell(publication, "no_longer_publicaly_available", post_id=post)

    def _advanced(self, publication: Publication) -> Publication:
        if not publication.is_open:
            return publication
        if publication.status == COMPLETE:
            return self._moderated(publication)
        now, conduct = self._context.clock.now(), self._context.conducts.of(NAME)
        found = [self._context.media.result(address) for address in publication.files]
        if None in found and now < publication.created + PULL_SECONDS:
            return publication
        problem = self._problem(publication, found)
        if not problem and now < publication.ended + conduct.processing_seconds:
            return publication
        problem = problem or conduct.reject_media or conduct.reject
        if problem:
            return self.fail(publication, problem)
        if publication.draft:
            delivered = self.keep(replace(publication, status=INBOX))
            self._tell(delivered, "inbox_delivered")
            return delivered
        return self.post(publication)

    def _problem(self, publication: Publication, found: list[FetchedFile | None]) -> str:
        if not all(file is not None and file.is_there for file in found):
            return "photo_pull_failed" if publication.photo else "video_pull_failed"
        kinds = [file.mime_type.partition(";")[0] for file in found if file]
        if publication.photo and any(kind not in _PHOTOS for kind in kinds):
            return "file_format_check_failed"
        return ""

    def _moderated(self, publication: Publication) -> Publication:
        """Make a posted publication visible, once it was moderated."""
        due = publication.completed + self._context.conducts.of(NAME).review_seconds
        if not publication.is_open or self._context.clock.now() < due:
            return publication
        series = self._context.dataset.series(Creator(NAME, publication.person))
        content = {
            "title": publication.info.get("title", ""),
            "description": publication.info.get("description", ""),
            "photo": publication.photo,
        }
        works = [
            series.publish_post(content, publication.completed) for _ in range(publication.copies)
        ]
        shown = self.keep(replace(publication, posts=[IDS.id_of(work) for work in works]))
        for post in shown.posts:
            self._tell(shown, "publicly_available", post_id=post)
        return shown

    def _tell(self, publication: Publication, event: str, **more: str) -> None:
        """Send a webhook to the app, signed with its secret."""
        url = self._context.webhooks.webhook_url(NAME)
        if url is None:
            return
        kind = "INBOX_SHARE" if publication.draft else "DIRECT_PUBLISH"
        content = {"publish_id": publication.id, "publish_type": kind, **more}
        body = msgspec.json.encode(
            {
                "client_key": publication.client,
                "event": f"post.publish.{event}",
                "create_time": int(self._context.clock.now()),
                "user_openid": open_id(publication.person, publication.client),
                "content": msgspec.json.encode(content).decode(),
            }
        )
        # The receiver compares the time of the signature with its own clock.
        moment = str(int(self._context.clock.unadvanced()))
        secret = self._context.grants.secret_of(NAME, publication.client) or ""
        signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "TikTok-Signature": f"t={moment},s={signed.hexdigest()}",
        }
        self._context.webhooks.deliver_in_background(OutgoingRequest(url, body, headers))


def new_id(*, photo: bool, draft: bool, pulled: bool) -> str:
    """An id of a publication, whose beginning names its kind."""
    kind = f"{'p' if photo else 'v'}_{'inbox' if draft else 'pub'}_{'url' if pulled else 'file'}"
    return f"{kind}~v2-1.{int(random_hex(15), 16)}"
