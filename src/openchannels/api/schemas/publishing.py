"""Types of publishing on the wire."""

import html
from typing import Annotated, Any, Literal

from msgspec import Meta

from openchannels.api.envelope import localised
from openchannels.api.schemas.common import (
    Address,
    Moment,
    PlatformName,
    Wire,
    moment,
)
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.platforms import Locale
from openchannels.core.publications import (
    Content,
    Publication,
    PublishStatus,
)
from openchannels.core.works import ContentMode
from openchannels.service.publishing.failures import WAITING_TYPES
from openchannels.service.publishing.flows import Flow

StatusShown = Annotated[
    int,
    Meta(
        ge=-1,
        le=9,
        description="-1 failed, 0 waiting for its time, 1 published, 2 publishing, 3 and 4 being"
        " changed, 5 change failed, 6 due and waiting, 7 scheduled on the platform, 8 waiting for"
        " a person, 9 cancelled.",
    ),
]
LinkStatusShown = Literal["pending", "ready", "failed"]


class ErrorDataVo(Wire, kw_only=True):
    """What went wrong: `code` is a code of this API, `message` in your language."""

    type: Annotated[
        str,
        Meta(
            description="platform, account, media_unavailable, too_late, unconfirmed,"
            " not_finished_by_person or internal."
        ),
    ]
    code: str
    message: str
    platform_code: str | None = None
    platform_message: str | None = None
    retryable: bool | None = None
    details: dict[str, Any] | None = None


class WaitingVo(Wire, kw_only=True):
    """What a task waits for, and until when if that is known."""

    reason: Annotated[
        str,
        Meta(
            description="cap or limit of the platform, next_attempt, processing, review, uploading,"
            " or for the person hand_over or draft."
        ),
    ]
    expected_at: Moment | None = None


class WarningVo(Wire, kw_only=True):
    """Something that a person should see although it did not stop the task."""

    rule: str | None = None
    code: str | None = None
    path: str | None = None
    message: str


class PublishTaskVo(Wire, kw_only=True):
    """One account's part of a flow."""

    id: str
    account_id: str
    platform: PlatformName
    status: StatusShown
    publish_time: Moment
    platform_work_id: str | None = None
    work_link: Address | None = None
    link_status: LinkStatusShown | None = None
    link_error: str | None = None
    link_meta: dict[str, Any] | None = None
    error_msg: str | None = None
    error_data: ErrorDataVo | None = None
    waiting: WaitingVo | None = None
    warnings: list[WarningVo] | None = None


class PublishFlowVo(Wire, kw_only=True):
    """A flow with all its tasks."""

    flow_id: str
    tasks: list[PublishTaskVo]


class TaskIdVo(Wire, kw_only=True):
    """The task that was changed."""

    task_id: str


class PublishRecordVo(Wire, kw_only=True):
    """A publication with its content."""

    id: str
    flow_id: str
    task_id: str
    account_id: str
    account_type: PlatformName
    type: Literal["video", "article"]
    status: StatusShown
    title: str | None = None
    desc: str | None = None
    publish_time: Moment
    platform_work_id: str | None = None
    work_link: Address | None = None
    link_status: LinkStatusShown | None = None
    link_error: str | None = None
    link_meta: dict[str, Any] | None = None
    video_url: Address | None = None
    cover_url: Address | None = None
    img_url_list: list[str]
    source: str
    error_msg: str | None = None
    error_data: ErrorDataVo | None = None
    waiting: WaitingVo | None = None
    warnings: list[WarningVo] | None = None
    created_at: Moment
    updated_at: Moment


class PublicRecordVo(Wire, kw_only=True):
    """What anybody who knows the id of a record may see."""

    id: str
    account_type: PlatformName
    type: Literal["video", "article"]
    status: StatusShown
    publish_time: Moment
    platform_work_id: str | None = None
    work_link: Address | None = None
    link_status: LinkStatusShown | None = None
    created_at: Moment
    updated_at: Moment


class UserActionVo(Wire, kw_only=True):
    """How the person finishes a publication: in the platform's app, or in any browser."""

    record_id: str
    platform: PlatformName
    share_id: str
    scheme_url: str
    short_link: Address
    expires_at: Moment | None = None


def flow_vo(flow: Flow, locale: Locale) -> PublishFlowVo:
    return PublishFlowVo(flow_id=flow.id, tasks=[task_vo(task, locale) for task in flow.tasks])


def task_vo(task: Publication, locale: Locale) -> PublishTaskVo:
    return PublishTaskVo(
        id=task.id, account_id=task.account_id, platform=task.platform, **_state(task, locale)
    )


def record_vo(record: Publication, locale: Locale) -> PublishRecordVo:
    content = Content.from_json(record.content)
    video = content.videos[0].url if content.videos else None
    return PublishRecordVo(
        id=record.id,
        flow_id=record.flow_id,
        task_id=record.id,
        account_id=record.account_id,
        account_type=record.platform,
        type=_type(content),
        title=content.title or None,
        desc=content.body or None,
        video_url=video,
        cover_url=content.cover.url if content.cover else None,
        img_url_list=[one.url for one in content.images],
        source=record.source,
        created_at=iso(record.created_at),
        updated_at=iso(record.updated_at),
        **_state(record, locale),
    )


def public_record_vo(record: Publication) -> PublicRecordVo:
    status = record.link_status
    return PublicRecordVo(
        id=record.id,
        account_type=record.platform,
        type=_type(Content.from_json(record.content)),
        status=int(record.status),
        publish_time=iso(record.publish_at),
        platform_work_id=record.work_id,
        work_link=record.work_link,
        link_status=None if status is None else status.value,
        created_at=iso(record.created_at),
        updated_at=iso(record.updated_at),
    )


def _type(content: Content) -> Literal["video", "article"]:
    return "video" if content.mode is ContentMode.VIDEO else "article"


def _state(one: Publication, locale: Locale) -> dict[str, Any]:
    """The fields that tasks and records have in common."""
    link, error = one.link_status, one.error
    waits = error is not None and error["type"] in WAITING_TYPES
    data = None if error is None or waits else error_data_vo(error, locale)
    return {
        "status": int(one.status),
        "publish_time": iso(one.publish_at),
        "platform_work_id": one.work_id,
        "work_link": one.work_link,
        "link_status": None if link is None else link.value,
        "link_error": one.link_error,
        "link_meta": dict(one.link_meta) if one.link_meta else None,
        "error_msg": None if data is None else data.message,
        "error_data": data,
        "waiting": _waiting_vo(one),
        "warnings": [_warning_vo(warning, locale) for warning in one.warnings] or None,
    }


def error_data_vo(error: Any, locale: Locale) -> ErrorDataVo:
    """Returns what went wrong, with the catalogue's message of its code."""
    known = dict(error)
    kind, number = known.pop("type"), known.pop("code")
    own = {name: known.pop(name, None) for name in ("platformCode", "platformMessage", "retryable")}
    return ErrorDataVo(
        type=kind,
        code=str(number),
        message=_message(kind, number, error, locale),
        platform_code=own["platformCode"],
        platform_message=own["platformMessage"],
        retryable=own["retryable"],
        details=localised(known, locale) or None,
    )


def _message(kind: str, number: int, error: Any, locale: Locale) -> str:
    if kind in MESSAGES:
        return MESSAGES[kind][locale]
    said, status = error.get("platformMessage"), error.get("platformCode")
    # What is refused names its file, or the status, in the platform's own words.
    named = {"url": said, "status": status or said}
    values = {name: value for name, value in named.items() if value is not None}
    text = errors.CATALOGUE[number].message(locale, {**values, **error})
    return text if not said or html.escape(said) in text else f"{text}: {said}"


MESSAGES: dict[str, dict[Locale, str]] = {
    "too_late": {
        "en-US": "Its time had passed by too much when it could have begun; nothing was posted.",
        "zh-CN": "开始时已过发布时间太久，未发布任何内容。",
    },
    "unconfirmed": {
        "en-US": "Whether it is out could not be found out. Look at the account before you retry.",
        "zh-CN": "无法确认是否已发布。重试前请先在平台上查看该账号。",
    },
    "not_finished_by_person": {
        "en-US": "The person did not finish it in time.",
        "zh-CN": "用户未在规定时间内完成发布。",
    },
}


def _waiting_vo(one: Publication) -> WaitingVo | None:
    """What a task waits for: what it says itself, or the attempt that follows a failure."""
    error = one.error
    if error is None:
        return None
    if error["type"] in WAITING_TYPES:
        return WaitingVo(reason=error["code"], expected_at=moment(error.get("expectedAt")))
    if one.status is not PublishStatus.QUEUED:
        return None
    limited = error["code"] == errors.PLATFORM_RATE_LIMITED.number
    return WaitingVo(reason="limit" if limited else "next_attempt", expected_at=moment(one.due_at))


def _warning_vo(warning: Any, locale: Locale) -> WarningVo:
    said = warning.get("message")
    return WarningVo(
        rule=warning.get("rule"),
        code=warning.get("code"),
        path=warning.get("path"),
        message=said[locale] if isinstance(said, dict) else warning["text"],
    )
