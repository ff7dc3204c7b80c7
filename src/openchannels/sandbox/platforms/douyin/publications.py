"""What is published at Douyin by the person's app or by calls: a work that is then reviewed."""

from dataclasses import dataclass
from typing import Any

from openchannels.sandbox.conduct import Conduct
from openchannels.sandbox.dataset import Creator, Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.platforms.douyin.login import REALM
from openchannels.sandbox.platforms.douyin.videos import VIDEO_IDS, item_id

DAILY_CAP, CAP_SECONDS = 75, 86_400
_KIND = "douyin publication"


@dataclass(frozen=True, slots=True)
class NewWork:
    """What is published, and who may see it: 0 all, 1 the person alone, 2 their friends.

    `by_call` is false for what the person publishes in the app, which has no cap.
    """

    title: str
    is_pictures: bool = False
    private_status: int = 0
    by_call: bool = False


class Publications:
    """Makes works."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def conduct(self) -> Conduct:
        """How Douyin treats publications at the moment."""
        return self._context.conducts.of(REALM)

    def publish(self, person: str, new: NewWork) -> dict[str, str]:
        """Publish a work, which its author sees at once; returns both of its ids."""
        now, conduct = self._context.clock.now(), self.conduct
        post: dict[str, Any] = {
            "title": new.title,
            "is_pictures": new.is_pictures,
            "private_status": new.private_status,
            "reviewed": now + conduct.processing_seconds + conduct.review_seconds,
            "is_refused": bool(conduct.reject),
        }
        owner = Creator(REALM, person)
        work: Work = self._context.dataset.series(owner).publish_post(post, now)
        video = VIDEO_IDS.id_of(work)
        self._context.documents.put(_KIND, video, {"at": now, "by_call": new.by_call}, owner.key)
        return {"item_id": item_id(video), "video_id": video}

    def is_at_cap(self, person: str) -> bool:
        """Whether as many works as a person may publish by calls were within 24 hours."""
        owner, now = Creator(REALM, person), self._context.clock.now()
        found = self._context.documents.of_owner(_KIND, owner.key).values()
        made = sum(one["by_call"] and one["at"] > now - CAP_SECONDS for one in found)
        cap = self.conduct.daily_cap
        return bool(made >= (DAILY_CAP if cap is None else cap))
