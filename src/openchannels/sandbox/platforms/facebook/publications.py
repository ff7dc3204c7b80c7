"""What calls publish on a Page: posts at once, at a time or as drafts, and stories.

https://developers.facebook.com/docs/pages-api/posts
"""

from collections.abc import Mapping
from typing import Any

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import random_hex
from openchannels.sandbox.ids import digest, digits
from openchannels.sandbox.platforms.facebook.pages import Page
from openchannels.sandbox.platforms.facebook.posts import IDS, TEXT
from openchannels.sandbox.platforms.meta.graph import GraphError, refusal

DAY = 86_400
_REELS_A_DAY = 30
_PENDING, _NUMBER, _STORY = "facebook pending", "facebook number", "facebook story"


class Publications:
    """Posts and stories of all Pages."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._documents = context.documents

    def series(self, page: Page) -> Series:
        """The published posts of a Page."""
        return self._context.dataset.series(page.creator)

    def now(self) -> float:
        """The sandbox's time."""
        return self._context.clock.now()

    def check(self, page: Page, content: Mapping[str, Any], *, reel: bool = False) -> None:
        """Raises GraphError if the platform does not take this now."""
        conduct, now = self._context.conducts.of("facebook"), self.now()
        cap = _REELS_A_DAY if reel and conduct.daily_cap is None else conduct.daily_cap
        newest = self.series(page).slice(0, 1)
        if cap is not None and self._recent(page, now, reel) >= cap:
            if reel:
                raise refusal("32", f"(#32) The limit of {cap} reels within 24 hours is reached")
            raise refusal("368/1390008", "It looks like you were misusing this by going too fast")
        if conduct.reject:
            raise refusal(conduct.reject)
        last = newest[0].post if newest else None
        if content["kind"] == TEXT and last and last["message"] == content["message"]:
            raise refusal("506", "(#506) Duplicate status message")

    def _recent(self, page: Page, now: float, reels: bool) -> int:
        series, count = self.series(page), 0
        for work in series.slice(0, series.count_since(now - DAY)):
            if work.post is not None and (not reels or work.post.get("reel")):
                count += 1
        return count

    def publish(self, page: Page, content: Mapping[str, Any], number: str = "") -> Work:
        """Publish a post, under the number that it already has."""
        post = {**content, "number": number} if number else content
        work = self.series(page).publish_post(post, self.now())
        if number:
            self._documents.put(_NUMBER, number, {"index": work.index}, page.creator.key)
        return work

    def hold(self, page: Page, content: Mapping[str, Any], due: float | None) -> Work:
        """Keep a post until its time, or for good if it is a draft."""
        number = digits(18, "facebook pending", random_hex())
        return self._keep(page, {**content, "number": number, "due": due, "made": self.now()})

    def _keep(self, page: Page, content: Mapping[str, Any]) -> Work:
        self._documents.put(_PENDING, content["number"], dict(content), page.creator.key)
        return self._pending_work(page, content)

    def _pending_work(self, page: Page, content: Mapping[str, Any]) -> Work:
        bits = digest(page.creator.key, "pending", content["number"])
        return Work(page.creator, 0, int(content["made"]), bits, content)

    def pending(self, page: Page) -> list[Work]:
        """Posts that wait for their time, and drafts, newest first."""
        kept = self._documents.of_owner(_PENDING, page.creator.key).values()
        return [self._pending_work(page, content) for content in reversed(list(kept))]

    def settle(self, page: Page) -> None:
        """Publish what is due by now."""
        for work in reversed(self.pending(page)):
            due = (work.post or {})["due"]
            if due is not None and due <= self.now():
                self.release(page, work)

    def release(self, page: Page, work: Work) -> Work:
        """Publish a post that waited."""
        content = dict(work.post or {})
        number = content.pop("number")
        self._documents.delete(_PENDING, number)
        for name in ("due", "made"):
            content.pop(name)
        return self.publish(page, content, number)

    def find(self, page: Page, number: str) -> Work | None:
        """The post with this number, published or not."""
        for work in self.pending(page):
            if work.post and work.post["number"] == number:
                return work
        return self.series(page).work_at(self.index_of(page, number))

    def index_of(self, page: Page, number: str) -> int | None:
        """The index of the published post with this number, or None."""
        kept = self._documents.get(_NUMBER, number)
        if kept is not None:
            return int(kept["index"]) if self._is_of(page, number) else None
        return IDS.index_of(page.creator, number)

    def _is_of(self, page: Page, number: str) -> bool:
        return number in self._documents.of_owner(_NUMBER, page.creator.key)

    def change(self, page: Page, work: Work, changes: Mapping[str, Any]) -> None:
        """Change a post that a call made. Raises GraphError 200 for any other."""
        if work.post is None:
            raise not_own()
        content = {**work.post, **changes}
        if is_pending(work):
            self._keep(page, content)
        else:
            self.series(page).change_post(work, content)

    def delete(self, page: Page, work: Work) -> None:
        """Delete a post that a call made. Raises GraphError 200 for any other."""
        if work.post is None:
            raise not_own()
        if is_pending(work):
            self._documents.delete(_PENDING, work.post["number"])
        else:
            self.series(page).delete([""], lambda _: work.index)

    def add_story(self, page: Page, kind: str, media: str) -> str:
        """Publish a story of a photo or video; returns its number."""
        number = digits(15, "facebook story", random_hex())
        content = {"media_type": kind, "media_id": media, "created": self.now()}
        self._documents.put(_STORY, number, content, page.creator.key)
        return number

    def stories(self, page: Page) -> list[dict[str, Any]]:
        """The stories of a Page as nodes, newest first; archived ones after a day."""
        kept = list(self._documents.of_owner(_STORY, page.creator.key).items())
        return [
            {
                "post_id": number,
                "status": "published" if story["created"] > self.now() - DAY else "archived",
                "creation_time": str(int(story["created"])),
                "media_type": story["media_type"],
                "media_id": story["media_id"],
                "url": f"https://facebook.com/stories/{page.id}/UzpfSVNDOg{number}/",
            }
            for number, story in reversed(kept)
        ]


def is_pending(work: Work) -> bool:
    """Whether a post waits for its time, or is a draft."""
    return work.post is not None and "made" in work.post


def not_own() -> GraphError:
    """200: the object was not made by this app."""
    return refusal("200", "(#200) The post was not created by the application", 403)
