"""Publishing of drafts: the submission, its outcome by call and push, deletion.

https://developers.weixin.qq.com/doc/service/api/public/api_freepublish_submit.html
"""

import secrets
from typing import Any

from openchannels.sandbox.conduct import Conduct
from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.http import Handler, Reply, Request, Route
from openchannels.sandbox.platforms.wechat.accounts import (
    PUBLISHING,
    Account,
    done,
    error_reply,
    json_post,
)
from openchannels.sandbox.platforms.wechat.articles import (
    article_id,
    article_url,
    as_post,
    index_of,
    numbers_of,
)
from openchannels.sandbox.platforms.wechat.component import API
from openchannels.sandbox.platforms.wechat.drafts import Drafts
from openchannels.sandbox.platforms.wechat.materials import Materials, RequireAccount
from openchannels.sandbox.platforms.wechat.webhooks import REALM, Webhooks

PUBLISHED, WORKING, NO_ORIGINAL, FAILED, REFUSED, DELETED = range(6)
"""The values of `publish_status`."""
DAILY_CAP, CAP_SECONDS = 100, 86_400
_SUBMIT = "/cgi-bin/freepublish/submit"
_KIND = "wxgzh publication"


class Publishing:
    """The publications of official accounts, and the drafts and pictures that they are made of."""

    def __init__(
        self, context: Context, webhooks: Webhooks, require_account: RequireAccount
    ) -> None:
        self._context = context
        self._documents = context.documents
        self._webhooks = webhooks
        self._require_account = require_account
        self._materials = Materials(context.documents, require_account)
        self._drafts = Drafts(context.documents, self._materials, self._settled_account)

    def routes(self) -> list[Route]:
        """Materials, drafts, submission and what comes of it, the quota."""
        calls: dict[str, Handler] = {
            _SUBMIT: self.submit,
            "/cgi-bin/freepublish/get": self.result,
            "/cgi-bin/freepublish/delete": self.delete,
            "/cgi-bin/openapi/quota/get": self.quota,
        }
        return [
            *self._materials.routes(),
            *self._drafts.routes(),
            *(Route("*", API, path, json_post(call)) for path, call in calls.items()),
        ]

    def series(self, account: Account) -> Series:
        """The publications of an account, with those that were done by now."""
        series = self._context.dataset.series(account.creator)
        for id, job in self._jobs(account).items():
            if job["work"] is None and job["due"] <= self._context.clock.now():
                self._end(account, series, id, job)
        return series

    def _settled_account(self, request: Request, permission_set: str) -> Account:
        """The account of a call, with its submissions ended that are due. Raises EarlyReply."""
        account = self._require_account(request, permission_set)
        self.series(account)
        return account

    def submit(self, request: Request) -> Reply:
        """Begin to publish a draft, which leaves the box."""
        account = self._settled_account(request, PUBLISHING)
        if not account.may_publish:
            return error_reply(48001, "api unauthorized")
        media_id = str(request.json.get("media_id"))
        if self._drafts.find(account, media_id) is None:
            return error_reply(40007, "invalid media_id")
        if self._used(account, request.now) >= self._cap:
            return error_reply(45009, "reach max api daily quota limit")
        conduct = self._context.conducts.of(REALM)
        publish_id = str(100_000_000 + secrets.randbelow(900_000_000))
        message = str(2_247_000_000 + secrets.randbelow(400_000_000))
        due = request.now + conduct.processing_seconds + conduct.review_seconds
        job = {
            "draft": media_id,
            "articles": self._drafts.take_out(account, media_id),
            "msg_data_id": message,
            "at": request.now,
            "due": due,
            "outcome": _outcome(conduct),
            "work": None,
        }
        self._documents.put(_KIND, publish_id, job, account.app_id)
        self._context.webhooks.run_in_background(self._announce(account, publish_id, due))
        ids = {"publish_id": publish_id, "msg_data_id": message}
        return Reply.json({"errcode": 0, "errmsg": "ok", **ids})

    def result(self, request: Request) -> Reply:
        """What came of a submission."""
        account = self._require_account(request, PUBLISHING)
        series = self.series(account)
        job = self._jobs(account).get(str(request.json.get("publish_id")))
        if job is None:
            return error_reply(40097, "invalid args")
        head = {"publish_id": str(request.json["publish_id"])}
        return Reply.json(head | self._told(account, series, job))

    def delete(self, request: Request) -> Reply:
        """Delete one article of a publication, or all."""
        account = self._require_account(request, PUBLISHING)
        series, number = self.series(account), request.json.get("index", 0)
        id = str(request.json.get("article_id"))
        work = series.work_at(index_of(series.owner, id))
        if work is None or (number and number not in numbers_of(work)):
            return error_reply(53600, "Article ID invalid")
        if number and len(numbers_of(work)) > 1:
            post = as_post(account, work)
            series.change_post(work, post | {"deleted": [*post["deleted"], number]})
        else:
            series.delete([id], lambda _: work.index)
        return done()

    def quota(self, request: Request) -> Reply:
        """What is left of the submissions of a day; quotas of other calls are not known."""
        account = self._require_account(request, "")
        if request.json.get("cgi_path") != _SUBMIT:
            return error_reply(76021, "cgi_path not found")
        used = self._used(account, request.now)
        quota = {"daily_limit": self._cap, "used": used, "remain": max(0, self._cap - used)}
        return Reply.json({"errcode": 0, "errmsg": "ok", "quota": quota})

    @property
    def _cap(self) -> int:
        cap = self._context.conducts.of(REALM).daily_cap
        return DAILY_CAP if cap is None else cap

    def _used(self, account: Account, now: float) -> int:
        return sum(job["at"] > now - CAP_SECONDS for job in self._jobs(account).values())

    def _jobs(self, account: Account) -> dict[str, dict[str, Any]]:
        return self._documents.of_owner(_KIND, account.app_id)

    def _end(self, account: Account, series: Series, id: str, job: dict[str, Any]) -> None:
        """Publish what was submitted, or put the draft back; `work` then is no longer None."""
        if job["outcome"] != PUBLISHED:
            self._drafts.put_back(account, job["draft"])
            self._documents.put(_KIND, id, job | {"work": -1}, account.app_id)
            return
        self._drafts.remove(job["draft"])
        articles = job["articles"]
        post = {"title": articles[0]["title"], "articles": articles, "deleted": []}
        work = series.publish_post(post | {"msg_data_id": job["msg_data_id"]}, job["due"])
        self._documents.put(_KIND, id, job | {"work": work.index}, account.app_id)

    def _told(self, account: Account, series: Series, job: dict[str, Any]) -> dict[str, Any]:
        """The state of a submission as the call tells it."""
        if job["work"] is None:
            return {"publish_status": WORKING}
        if job["outcome"] != PUBLISHED:
            numbers = list(range(1, len(job["articles"]) + 1))
            return {"publish_status": job["outcome"], "fail_idx": numbers}
        work = series.work_at(job["work"])
        if work is None:
            return {"publish_status": DELETED}
        items = _addresses(account, work)
        return {
            "publish_status": PUBLISHED,
            "article_id": article_id(work),
            "article_detail": {"count": len(items), "item": items},
            "fail_idx": [],
        }

    async def _announce(self, account: Account, publish_id: str, due: float) -> None:
        """Push the outcome when it is due."""
        await self._context.clock.reach(due)
        series = self.series(account)
        told = self._told(account, series, self._jobs(account)[publish_id])
        info = f"<publish_id>{publish_id}</publish_id>{_xml(told)}"
        info = f"<PublishEventInfo>{info}</PublishEventInfo>"
        self._webhooks.send_message(account, "PUBLISHJOBFINISH", info)


def _outcome(conduct: Conduct) -> int:
    """The state in which a submission ends: a known one, or the refusal by review.

    A component that is not audited has test accounts only, whose submissions all fail.
    """
    if not conduct.audited:
        return FAILED
    reject = conduct.reject or conduct.reject_media
    known = {str(state): state for state in (NO_ORIGINAL, FAILED, REFUSED)}
    return known.get(reject, REFUSED) if reject else PUBLISHED


def _addresses(account: Account, work: Work) -> list[dict[str, Any]]:
    return [
        {"idx": number, "article_url": article_url(account, work, number)}
        for number in numbers_of(work)
    ]


def _xml(told: dict[str, Any]) -> str:
    """The state of a submission as the push tells it."""
    text = f"<publish_status>{told['publish_status']}</publish_status>"
    if "article_detail" not in told:
        return text + "".join(f"<fail_idx>{one}</fail_idx>" for one in told.get("fail_idx", []))
    items = "".join(
        f"<item><idx>{one['idx']}</idx>"
        f"<article_url><![CDATA[{one['article_url']}]]></article_url></item>"
        for one in told["article_detail"]["item"]
    )
    count = told["article_detail"]["count"]
    detail = f"<article_detail><count>{count}</count>{items}</article_detail>"
    return f"{text}<article_id><![CDATA[{told['article_id']}]]></article_id>{detail}"
