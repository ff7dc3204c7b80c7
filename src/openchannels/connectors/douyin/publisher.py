"""Douyin: publishing, by handing works over to the person's app or by the service itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.hashtags import split_hashtags
from openchannels.connectors.base.parse import dig, moment, text
from openchannels.connectors.base.publisher import Job, Publisher
from openchannels.connectors.douyin.api import VIDEO_SCOPE, is_miniapp, token_header
from openchannels.connectors.douyin.app_calls import share_app
from openchannels.connectors.douyin.details import ENCRYPTED, read_video
from openchannels.connectors.douyin.hand_over import caption_of, make_hand_over
from openchannels.connectors.douyin.upload import post, send_image, send_video
from openchannels.connectors.douyin.works import VIDEOS, read_status
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorRequest
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import (
    Accepted,
    Content,
    HandOver,
    Later,
    LinkStatus,
    NeedsAction,
    Outcome,
    PublicationRefused,
    Published,
    Ready,
    Settled,
    Undecided,
)
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient

COMMIT, LOOK = "publish.commit", "publish.look"
SERVER_SCOPE = "video.create.bind"
LIST_SCOPES = ("video.list.bind", "video.list")
NO_RIGHT = ("28001018", "2190004")
"""Codes by which Douyin says that the app may not publish for people."""
RENEW_SECONDS = 3000.0
"""After this time a person gets a new share id, which lives an hour."""
LOOK_SECONDS = 600.0
EARLY_SECONDS = 120.0
LOOKS = (20.0, 60.0, 300.0, 900.0)
REVIEW_SECONDS = 6 * 3600.0
OTHER_ACCOUNT = "Another Douyin account has published this work."
HAND_OVER = NeedsAction("hand_over")


class DouyinPublisher(Publisher):
    completion = "user_handoff"
    poll_seconds = REVIEW_SECONDS
    settle_seconds = 1200.0

    def available(self, app: App) -> bool:
        """Returns whether a website app is there to publish with."""
        return _by_server(app) or share_app(app) is not None

    def scopes_for(self, app: App) -> Sequence[str]:
        """Returns the scope that publishing by server takes; handing over takes none."""
        return (SERVER_SCOPE,) if _by_server(app) else ()

    def missing_scopes(self, app: App, account_scopes: Sequence[str]) -> Sequence[str]:
        """Returns the scope for the server, unless a person steps in where it is lacking."""
        needed = _by_server(app) and not app.option("hand_over_if_refused")
        return (SERVER_SCOPE,) if needed and SERVER_SCOPE not in account_scopes else ()

    def pulls_media(self, app: App, content: Content, option: Mapping[str, Any]) -> bool:
        """Returns whether the person's app may fetch the files."""
        return not _by_server(app) or bool(app.option("hand_over_if_refused"))

    async def prepare(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Ready | Later:
        if not _by_server(client.app) or job.state.get("by_hand"):
            return Ready()
        try:
            return await _send_files(client, account, tokens, job) or Ready()
        except PlatformFailure as failure:
            if not _falls_back(client.app, failure):
                raise
            await job.progress.keep(by_hand=True)
            return Ready()

    async def commit(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome:
        """Publishes by server; a work that is handed over waits for the person without a call."""
        if not _by_server(client.app) or job.state.get("by_hand"):
            return HAND_OVER
        path = "create_video" if job.video is not None else "create_image_text"
        try:
            answer = await post(client, account, tokens, path, COMMIT, json_body=creation(job))
        except PlatformFailure as failure:
            if not _falls_back(client.app, failure):
                raise
            await job.progress.keep(by_hand=True)
            return HAND_OVER
        item_id, video_id = (text(dig(answer, "data", one)) for one in ("item_id", "video_id"))
        if item_id is None and video_id is None:
            raise client.malformed(COMMIT)
        await job.progress.keep(item_id=item_id, video_id=video_id)
        return Accepted(60.0, video_id or item_id)

    async def settle(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Settled:
        """Looks for a work with our text. A second one is never made: Douyin would take it too."""
        if not _by_server(client.app) or job.state.get("by_hand"):
            return HAND_OVER
        elapsed = job.now - (job.committed_at or job.now)
        if not _lists(client.app, tokens):
            return Undecided(self.settle_seconds)
        if elapsed < LOOKS[0]:
            return Undecided(LOOKS[0] - elapsed)
        since = (job.committed_at or job.now) - EARLY_SECONDS
        found = await _newest(client, account, tokens, job, since)
        same = [one for one in found if text(one.get("title")) == creation_text(job)]
        if len(same) == 1:
            item_id, video_id = (text(same[0].get(one)) for one in ("item_id", "video_id"))
            await job.progress.keep(item_id=item_id, video_id=video_id)
            return Accepted(60.0, video_id or item_id)
        return Undecided(next((at - elapsed for at in LOOKS if at > elapsed), 300.0))

    async def poll(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Follows the review, where the app may see it; else what was accepted is the end."""
        item_id: str | None = job.state.get("item_id")
        video_id: str | None = job.state.get("video_id")
        if tokens.scopes is not None and VIDEO_SCOPE not in tokens.scopes:
            return _out(video_id, item_id, job.content)
        video = await read_video(client, account, tokens, item_id or video_id or "")
        video_id = text(video.get("video_id")) or video_id
        status = read_status(video)
        if status is WorkStatus.REJECTED:
            raise PublicationRefused(
                errors.PUBLISH_PLATFORM_STATUS_FAILED, "the review has refused it"
            )
        age = job.now - (job.committed_at or job.now)
        if status is WorkStatus.REVIEWING and age < REVIEW_SECONDS - LOOK_SECONDS:
            return Later(60.0 if age < LOOK_SECONDS else LOOK_SECONDS, "review")
        return _out(video_id, item_id, job.content)

    def reported(
        self,
        account: Account,
        content: Content,
        state: Mapping[str, Any],
        reports: Sequence[Mapping[str, Any]],
    ) -> Outcome | None:
        """Reads the first report that names the work as the public knows it, else the first."""
        if not reports:
            return None
        best = next((one for one in reports if "video_id" in one), reports[0])
        other = best.get("open_id")
        out = _out(best.get("video_id"), best.get("item_id"), content)
        if other is None or other == account.uid:
            return out
        return Published(
            out.work_id, out.link, out.link_status, {"publishedBy": other}, (OTHER_ACCOUNT,)
        )

    async def held(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> Outcome | Later:
        """Looks whether the person has posted it although the webhook is missing."""
        made_at = job.state.get("first_made_at")
        if made_at is not None and _lists(client.app, tokens):
            wanted, _ = split_hashtags(caption_of(job.content)[0])
            found = await _newest(client, account, tokens, job, made_at)
            # The person may have added words; an empty text tells nothing.
            same = [one for one in found if wanted and _title(one).startswith(wanted)]
            if len(same) == 1:
                out = _out(text(same[0].get("video_id")), text(same[0].get("item_id")), job.content)
                return Published(out.work_id, out.link, out.link_status, {"matched": "title"})
        return Later(LOOK_SECONDS, "hand_over")

    async def user_action(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job
    ) -> HandOver | None:
        """Returns the hand-over, a new one after fifty minutes; each share id stays known."""
        kept = job.state.get("hand_over")
        if kept is not None:
            made = HandOver(kept["share_id"], kept["scheme"], None, kept["ends_at"])
            fresh = job.now - kept["made_at"] < RENEW_SECONDS
            if fresh and made.expires_at is not None and job.now < made.expires_at:
                return made
        app = share_app(client.app)
        if app is None:
            return None
        made = await make_hand_over(client, *app, job, job.now)
        await job.progress.add_key(made.share_id)
        await job.progress.keep(
            hand_over={
                "share_id": made.share_id,
                "scheme": made.scheme_url,
                "made_at": job.now,
                "ends_at": made.expires_at,
            },
            first_made_at=job.state.get("first_made_at", job.now),
        )
        return made

    async def verify(
        self, client: PlatformClient, account: Account, tokens: Tokens, job: Job, work_id: str
    ) -> Published | Later:
        """Finds the public id of a work that was reported under its encrypted one."""
        if not work_id.startswith(ENCRYPTED):
            return Published(work_id)
        if not _lists(client.app, tokens):
            return Published(work_id)
        for video in await _newest(client, account, tokens, job, 0.0):
            video_id = text(video.get("video_id"))
            if text(video.get("item_id")) == work_id and video_id is not None:
                return _out(video_id, work_id, job.content)
        return Later(60.0, "link")


def _by_server(app: App) -> bool:
    return bool(app.option("publish") == "server") and not is_miniapp(app)


def _falls_back(app: App, failure: PlatformFailure) -> bool:
    return bool(app.option("hand_over_if_refused")) and failure.reading.code in NO_RIGHT


def _lists(app: App, tokens: Tokens) -> bool:
    """Whether the account's works can be listed."""
    granted = tokens.scopes is None or any(scope in tokens.scopes for scope in LIST_SCOPES)
    return not is_miniapp(app) and granted


async def _send_files(
    client: PlatformClient, account: Account, tokens: Tokens, job: Job
) -> Later | None:
    if job.video is not None:
        if job.cover is not None and "cover" not in job.state:
            await job.progress.keep(cover=await send_image(client, account, tokens, job.cover))
        return await send_video(client, account, tokens, job, job.video)
    sent: list[str] = job.state.get("images", [])
    for file in job.images[len(sent) :]:
        sent = [*sent, await send_image(client, account, tokens, file)]
        await job.progress.keep(images=sent)
    return None


def creation_text(job: Job) -> str:
    """Returns the text of a work that the service publishes: the title is its first line."""
    parts = (job.content.title.strip(), job.content.body.strip())
    return "\n".join(filter(None, parts))


def creation(job: Job) -> dict[str, Any]:
    """Returns the body of the call that publishes by server."""
    if job.video is None:
        return {"image_list": job.state["images"], "text": creation_text(job)}
    cover_at = job.option.get("cover_tsp")
    body = {
        "video_id": job.state["file_id"],
        "text": creation_text(job),
        "cover_tsp": None if cover_at is None else cover_at / 1000,
        "custom_cover_image_url": job.state.get("cover"),
        "private_status": job.option.get("private_status"),
        "download_type": job.option.get("download_type"),
    }
    return {name: value for name, value in body.items() if value is not None}


def _out(video_id: str | None, item_id: str | None, content: Content) -> Published:
    """A work that is out; without its public id the link is not known yet."""
    if video_id is None:
        return Published(item_id, None, LinkStatus.PENDING)
    kind = "note" if content.mode is ContentMode.IMAGE else "video"
    meta = {} if item_id is None else {"itemId": item_id}
    return Published(video_id, f"https://www.douyin.com/{kind}/{video_id}", LinkStatus.READY, meta)


async def _newest(
    client: PlatformClient, account: Account, tokens: Tokens, job: Job, since: float
) -> list[dict[str, Any]]:
    """Returns the newest works since a time that no other publication claims."""
    listing = await VIDEOS.page(
        client,
        CursorRequest(limit=20),
        operation=LOOK,
        params={"open_id": account.uid},
        headers=token_header(tokens.access_token),
    )
    return [
        video
        for video in listing.items
        if (moment(video.get("create_time")) or 0.0) >= since
        and not job.taken_work_ids & {text(video.get(one)) for one in ("video_id", "item_id")}
    ]


def _title(video: Mapping[str, Any]) -> str:
    return text(video.get("title")) or ""
