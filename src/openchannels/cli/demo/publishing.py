"""`demo --publish`: one content goes out on ten platforms by one flow."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openchannels.app.demo import DemoPersona, sample_picture, sample_video
from openchannels.cli.data.follow_flow import follow_flow
from openchannels.cli.data.publish_views import FAILED, NEEDS_ACTION
from openchannels.cli.demo.platforms import connect_platform
from openchannels.client import ApiError, Client, PublishRecord, PublishTask

POLL_SECONDS = 0.3
PICTURE, VIDEO = "picture.webp", "video.mp4"
TITLE = "First firing of the new kiln"
BODY = "Iron and ash on white clay, fired for nine hours. #pottery #glaze"


@dataclass(frozen=True, slots=True)
class DemoPost:
    """What one platform gets of the content: its files, and options that it asks for.

    The value of `looked_up` is the first one that the platform offers.
    """

    platform: str
    files: tuple[str, ...]
    option: Mapping[str, Any] = field(default_factory=dict)
    looked_up: str = ""


POSTS = (
    DemoPost("youtube", (VIDEO,), {"privacyStatus": "public"}),
    DemoPost("tiktok", (VIDEO,)),
    DemoPost("instagram", (PICTURE, VIDEO)),
    DemoPost("facebook", (PICTURE,)),
    DemoPost("threads", (PICTURE, VIDEO)),
    DemoPost("twitter", (PICTURE,)),
    DemoPost("linkedin", (PICTURE,)),
    DemoPost("pinterest", (PICTURE,), looked_up="boardId"),
    DemoPost("bilibili", (VIDEO,), {"tid": 21}),
    DemoPost("douyin", (VIDEO,)),
)


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """A record in the end, with the link of its work or of where a person finishes it."""

    record: PublishRecord
    link: str | None


@dataclass(frozen=True, slots=True)
class DemoPublishing:
    """Publishes through the API; what happens is told to `connected` and `changed`.

    `connected` gets a platform and the account's name, `changed` a task and the seconds since the
    flow was made.
    """

    client: Client
    sandbox_url: str
    connected: Callable[[str, str], None]
    changed: Callable[[PublishTask, float], None]

    def run(self, personas: Mapping[str, DemoPersona]) -> list[DemoOutcome]:
        """Returns what came of it. Raises ClientError and DemoFailed."""
        accounts = dict(self._connect(personas))
        media = self._upload()
        items = [self._item(post, accounts[post.platform], media) for post in POSTS]
        content = {"title": TITLE, "body": BODY, "media": [*media.values()]}
        began = time.monotonic()
        flow = self.client.publishing.publish(items, content)
        ended = follow_flow(
            self.client,
            flow,
            lambda task: self.changed(task, time.monotonic() - began),
            POLL_SECONDS,
        )
        return [self._outcome(task.id) for task in ended.tasks]

    def _outcome(self, task_id: str) -> DemoOutcome:
        publishing = self.client.publishing
        record, link = publishing.record(task_id), None
        if record.status == NEEDS_ACTION:
            # Refused while the service looks whether the person has finished.
            with contextlib.suppress(ApiError):
                link = publishing.user_action(task_id).short_link
        return DemoOutcome(record, record.work_link or link)

    def _connect(self, personas: Mapping[str, DemoPersona]) -> Iterator[tuple[str, str]]:
        for post in POSTS:
            persona = personas[post.platform]
            account = connect_platform(self.client, self.sandbox_url, post.platform, persona)
            self.connected(post.platform, account.name)
            yield post.platform, account.id

    def _upload(self) -> dict[str, dict[str, Any]]:
        """Uploads both files; returns the media of the content by the names of the files."""
        adapted = {"adaptation": {"imageFormat": "auto"}}
        options: Mapping[str, Any] = {PICTURE: {"options": adapted}, VIDEO: {}}
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            (place / PICTURE).write_bytes(sample_picture())
            (place / VIDEO).write_bytes(sample_video())
            return {
                name: {"url": self._upload_one(place / name), **more}
                for name, more in options.items()
            }

    def _upload_one(self, path: Path) -> str:
        return self.client.assets.upload(path, type="publishMedia").url

    def _item(
        self, post: DemoPost, account_id: str, media: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any]:
        option = dict(post.option)
        if post.looked_up:
            found = self.client.options.values(account_id, post.looked_up)
            option[post.looked_up] = found.items[0].value
        item = {"platform": post.platform, "accountId": account_id, "option": option}
        if len(post.files) == len(media):
            return item
        return {**item, "overrides": {"media": [media[name] for name in post.files]}}


def failures(outcomes: Sequence[DemoOutcome]) -> list[str]:
    """Returns what went wrong, a line for each platform."""
    failed = [one.record for one in outcomes if one.record.status == FAILED]
    return [f"{record.account_type}: {record.error_msg}" for record in failed]
