"""From publications to what a caller is shown of them."""

from typing import Any, Literal

from openchannels.api.schemas.common import moment
from openchannels.api.schemas.publishing import (
    ErrorDataVo,
    PreflightItemVo,
    PreflightVo,
    PublicRecordVo,
    PublishFlowVo,
    PublishRecordVo,
    PublishTaskVo,
    RuleIssueVo,
    WaitingVo,
    WarningVo,
)
from openchannels.core import errors
from openchannels.core.clock import iso
from openchannels.core.platforms import Locale
from openchannels.core.publications import Content, Publication
from openchannels.core.publish_rules import RuleIssue
from openchannels.core.works import ContentMode
from openchannels.service.publishing.drafts import CheckedItem
from openchannels.service.publishing.failures import WAITING_TYPES
from openchannels.service.publishing.flows import Flow, issue_data


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


def preflight_vo(checked: list[CheckedItem], locale: Locale) -> PreflightVo:
    items = [
        PreflightItemVo(
            platform=one.account.platform,
            account_id=one.account.id,
            ok=not one.errors,
            issues=[_issue_vo(issue, locale) for issue in one.issues],
        )
        for one in checked
    ]
    return PreflightVo(ok=all(item.ok for item in items), items=items)


def _issue_vo(issue: RuleIssue, locale: Locale) -> RuleIssueVo:
    return RuleIssueVo(**issue_data(issue, locale))


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
        "waiting": _waiting_vo(error) if error is not None and waits else None,
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
        details=known or None,
    )


def _message(kind: str, number: int, error: Any, locale: Locale) -> str:
    if kind in MESSAGES:
        return MESSAGES[kind][locale]
    text = errors.CATALOGUE[number].message(locale, error)
    said = error.get("platformMessage")
    return f"{text}: {said}" if said else text


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


def _waiting_vo(error: Any) -> WaitingVo:
    return WaitingVo(reason=error["code"], expected_at=moment(error.get("expectedAt")))


def _warning_vo(warning: Any, locale: Locale) -> WarningVo:
    said = warning.get("message")
    return WarningVo(
        rule=warning.get("rule"),
        code=warning.get("code"),
        path=warning.get("path"),
        message=said[locale] if isinstance(said, dict) else warning["text"],
    )
