"""What bilibili tells an app about the videos that were submitted with it.

https://open.bilibili.com/doc/4/b369a652-0e26-8ddb-74f0-20c74234fcd6
"""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec

from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.platforms.bilibili.archives import (
    OPEN,
    VIDEO_IDS,
    described,
    state_of,
)
from openchannels.sandbox.webhooks_out import OutgoingRequest

REALM = "bilibili"
_CHINA_HOURS = 8


def open_id(person: str, client_id: str) -> str:
    """A person's id, another one for each app."""
    return hexadecimal(20, "bilibili", client_id, person)


class Webhooks:
    """Announces the end of reviews."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def announce(self, owner: Creator, index: int, due: float, client_id: str) -> None:
        """Push the outcome when the review is due, unless the video is gone or was edited."""
        await self._context.clock.reach(due)
        work = self._context.dataset.series(owner).work_at(index)
        url = self._context.webhooks.webhook_url(REALM)
        if url is None or work is None or work.post is None or work.post["reviewed"] != due:
            return
        state = state_of(work, self._context.clock.now())
        content = {
            "openid": open_id(owner.person, client_id),
            "client_id": client_id,
            "resource_id": VIDEO_IDS.id_of(work),
            "state": state,
            "state_desc": described(state),
        }
        event = "video_open" if state == OPEN else "video_fail"
        self._push(url, client_id, {"event": event, "client_id": client_id, "content": content})

    def _push(self, url: str, client_id: str, message: dict[str, object]) -> None:
        """Sign with the app's secret and send; the time is in China, by everybody's clock."""
        moment = datetime.fromtimestamp(self._context.clock.unadvanced(), UTC)
        china = moment + timedelta(hours=_CHINA_HOURS)
        body = msgspec.json.encode({**message, "timestamp": f"{china:%Y-%m-%d %H:%M:%S}"})
        secret = self._context.grants.secret_of(REALM, client_id) or ""
        mark = hashlib.sha1(secret.encode() + body).hexdigest()  # noqa: S324
        headers = {"Content-Type": "application/json", "x-bilibili-signature": mark}
        self._context.webhooks.deliver_in_background(OutgoingRequest(url, body, headers))
