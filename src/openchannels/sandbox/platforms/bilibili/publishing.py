"""Publishing of videos: covers, submissions, which are reviewed, edits and deletions.

https://open.bilibili.com/doc
"""

from collections.abc import Callable, Mapping
from typing import Any

from openchannels.sandbox.conduct import Conduct
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.grants import Token, random_hex
from openchannels.sandbox.http import MAX_UPLOAD, EarlyReply, Reply, Request, Route
from openchannels.sandbox.images import kind_of_picture
from openchannels.sandbox.platforms.bilibili.archives import VIDEO_IDS, archive
from openchannels.sandbox.platforms.bilibili.replies import done, error_reply, success
from openchannels.sandbox.platforms.bilibili.submissions import Submissions, submitted_fields
from openchannels.sandbox.platforms.bilibili.uploads import AT_ONCE, IN_PARTS, Uploads
from openchannels.sandbox.platforms.bilibili.webhooks import REALM, Webhooks

MOST_COVER_BYTES = 5 << 20
_MEMBER, _BYTES = "member.bilibili.com", "openupos.bilivideo.com"
_COVER = "bilibili cover"

RequireToken = Callable[[Request, str], Token]


class Publishing:
    """The calls that make videos; all but those that take bytes are signed."""

    def __init__(self, context: Context, require_token: RequireToken) -> None:
        self._context = context
        self._require_token = require_token
        self._uploads = Uploads(context.documents)
        self._submissions = Submissions(context.documents)
        self._webhooks = Webhooks(context)

    def routes(self) -> list[Route]:
        """Uploads, covers, submission, edit and deletion."""
        archive = "/arcopen/fn/archive"
        covers = 2 * MOST_COVER_BYTES
        return [
            Route("POST", _MEMBER, f"{archive}/video/init", self.begin),
            Route("POST", _BYTES, "/video/v2/part/upload", self.part, max_body=MAX_UPLOAD),
            Route("POST", _BYTES, "/video/v2/upload", self.whole, max_body=MAX_UPLOAD),
            Route("POST", _MEMBER, f"{archive}/video/complete", self.complete),
            Route("POST", _MEMBER, f"{archive}/cover/upload", self.cover, max_body=covers),
            Route("POST", _MEMBER, f"{archive}/add-by-utoken", self.submit),
            Route("POST", _MEMBER, f"{archive}/edit", self.edit),
            Route("POST", _MEMBER, f"{archive}/delete", self.delete),
        ]

    @property
    def _conduct(self) -> Conduct:
        return self._context.conducts.of(REALM)

    def _token(self, request: Request) -> Token:
        """The token of a call that only certified apps may make. Raises EarlyReply."""
        token = self._require_token(request, "ARC_BASE")
        if not self._conduct.audited:
            raise EarlyReply(error_reply(127007, "应用未申请该接口权限"))
        return token

    def begin(self, request: Request) -> Reply:
        """The token of a new upload, which makes nothing visible."""
        owner = _owner(self._token(request))
        name, utype = request.json.get("name"), str(request.json.get("utype", IN_PARTS))
        if not isinstance(name, str) or not name.rpartition(".")[0] or name.endswith("."):
            return error_reply(4000, "name 不合法")
        if utype not in (IN_PARTS, AT_ONCE):
            return error_reply(4000, "utype 不合法")
        return success({"upload_token": self._uploads.begin(owner.key, utype, request.now)})

    def part(self, request: Request) -> Reply:
        """One part of a file; signed or not, the upload token is its authorization."""
        self._uploads.take_part(request)
        return done()

    def whole(self, request: Request) -> Reply:
        """A whole file, after which there is nothing to complete."""
        self._uploads.take_all(request)
        return done()

    def complete(self, request: Request) -> Reply:
        """Put the parts of a file together."""
        self._uploads.complete(request, _owner(self._token(request)).key)
        return done()

    def cover(self, request: Request) -> Reply:
        """Keep a picture; its address is the cover of a submission."""
        owner = _owner(self._token(request))
        content = request.parts.get("file", b"")
        kind = kind_of_picture(content)
        if kind == "gif":
            return error_reply(123038, "封面不支持 GIF")
        if kind not in ("jpeg", "png") or len(content) > MOST_COVER_BYTES:
            return error_reply(4000, "file 不合法")
        url = f"http://i0.hdslb.com/bfs/archive/{random_hex(24)}.jpg"
        self._context.documents.put(_COVER, url, {}, owner.key)
        return success({"url": url})

    def submit(self, request: Request) -> Reply:
        """Publish an uploaded video, which then is processed and reviewed."""
        token = self._token(request)
        owner, conduct = _owner(token), self._conduct
        upload = self._uploads.find(request, owner.key)
        if upload["state"] != "complete":
            return error_reply(123006, "视频文件不存在或已损坏")
        fields = self._fields(request, owner)
        self._submissions.check(owner.key, fields["title"], conduct.daily_cap, request.now)
        self._uploads.use(request, upload)
        series = self._context.dataset.series(owner)
        sizes = [size for size, _ in upload["parts"].values()]
        post = fields | {"size": sum(sizes)} | self._treatment(request.now)
        work = series.publish_post(post, request.now)
        self._submissions.keep(owner.key, VIDEO_IDS.id_of(work), fields["title"], request.now)
        self._announce(work, token)
        return success({"resource_id": VIDEO_IDS.id_of(work)})

    def edit(self, request: Request) -> Reply:
        """Replace text and cover of a video, which then is reviewed again."""
        token = self._token(request)
        series, work = self._work(request, token)
        if work.post is not None and request.now < work.post["processed"]:
            return error_reply(123028, "稿件正在处理中，请 10 秒后再试")
        before = {**archive(work, request.now), **(work.post or {})}
        fields = self._fields(request, series.owner, before)
        treatment = self._treatment(request.now) | {"processed": request.now}
        series.change_post(work, {**(work.post or {}), **fields, **treatment})
        changed = series.work_at(work.index)
        if changed is not None:
            self._announce(changed, token)
        return success({"resource_id": VIDEO_IDS.id_of(work)})

    def delete(self, request: Request) -> Reply:
        """Delete a video for good."""
        series, work = self._work(request, self._token(request))
        series.delete([VIDEO_IDS.id_of(work)], lambda _: work.index)
        return done()

    def _work(self, request: Request, token: Token) -> tuple[Series, Work]:
        series = self._context.dataset.series(_owner(token))
        index = VIDEO_IDS.index_of(series.owner, str(request.json.get("resource_id")))
        if index is None:
            raise EarlyReply(error_reply(123004, "稿件不存在"))
        work = series.work_at(index)
        if work is None:
            raise EarlyReply(error_reply(123005, "稿件已被删除"))
        return series, work

    def _fields(
        self, request: Request, owner: Creator, before: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The checked fields of a submission; its cover is one of the account's, or the old one."""
        fields = submitted_fields(request.json, before)
        kept = before is not None and fields["cover"] == before["cover"]
        if not kept and fields["cover"] not in self._context.documents.of_owner(_COVER, owner.key):
            raise EarlyReply(error_reply(4000, "cover 不合法"))
        return fields

    def _treatment(self, now: float) -> dict[str, Any]:
        """When what is submitted now is processed and reviewed, and the refusals that come."""
        conduct = self._conduct
        processed = now + conduct.processing_seconds
        return {
            "processed": processed,
            "reviewed": processed + conduct.review_seconds,
            "reject": conduct.reject,
            "rejectMedia": conduct.reject_media,
        }

    def _announce(self, work: Work, token: Token) -> None:
        due = work.post["reviewed"] if work.post else 0.0
        push = self._webhooks.announce(work.owner, work.index, due, token.grant.client_id)
        self._context.webhooks.run_in_background(push)


def _owner(token: Token) -> Creator:
    return Creator(REALM, token.grant.person)
