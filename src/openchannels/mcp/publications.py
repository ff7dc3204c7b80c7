"""What tools answer about publications, and how agents name what is to be published."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from openchannels.client import PreflightItem, PublishRecord, PublishTask
from openchannels.mcp.answers import ToolAnswer, shortened

UNCONFIRMED = "unconfirmed"
STATES = {
    0: "waiting",
    6: "waiting",
    2: "publishing",
    7: "held_by_platform",
    8: "needs_person",
    1: "published",
    3: "changing",
    4: "changing",
    5: "change_failed",
    -1: "failed",
    9: "cancelled",
}
"""What a status is called; docs/publishing.md explains them."""


class PublishTarget(BaseModel):
    """An account that publishes, and what is its own."""

    platform: str
    account_id: str
    option: dict[str, Any] = Field(
        default_factory=dict,
        description="Options of the platform, by their names.",
    )
    title: str | None = Field(None, description="Another title for this account.")
    body: str | None = Field(None, description="Another text for this account.")


class PublicationItem(ToolAnswer):
    """One account's publication."""

    publication_id: str
    flow_id: str
    account_id: str
    platform: str
    state: str = Field(
        description="waiting, publishing, held_by_platform, needs_person, published, changing,"
        " change_failed, failed or cancelled."
    )
    publish_at: datetime
    title: str | None = None
    work_id: str | None = None
    url: str | None = None
    error: str | None = None
    may_be_out: bool | None = Field(
        None, description="True: nobody knows whether it is out; a person must look there."
    )
    waits_for: str | None = None
    warnings: list[str] | None = None


class IssueItem(ToolAnswer):
    """A rule of a platform that the content breaks; one that is not an error is a warning."""

    is_error: bool
    place: str
    message: str


class CheckedTarget(ToolAnswer):
    """What one account's platform says of the content."""

    platform: str
    account_id: str
    ok: bool
    issues: list[IssueItem]
    costs: list[str] | None = None
    publications_left: int | None = Field(None, description="Under the platform's limits.")
    earliest_at: datetime | None = None


def items_of(targets: Sequence[PublishTarget]) -> list[dict[str, Any]]:
    """Returns the items of a flow."""
    return [_item(target) for target in targets]


def _item(target: PublishTarget) -> dict[str, Any]:
    own = {"title": target.title, "body": target.body}
    overrides = {name: text for name, text in own.items() if text is not None}
    item = {
        "platform": target.platform,
        "accountId": target.account_id,
        "option": target.option,
    }
    return {**item, "overrides": overrides} if overrides else item


def content_of(
    title: str, body: str, media_urls: Sequence[str], cover_url: str, *, adapt_images: bool
) -> dict[str, Any]:
    """Returns the content of a flow."""
    options = {"options": {"adaptation": {"imageFormat": "auto"}}} if adapt_images else {}
    media = [{"url": url, **options} for url in media_urls]
    cover = {"cover": {"url": cover_url, **options}} if cover_url else {}
    return {"title": title, "body": body, "media": media, **cover}


def of_task(task: PublishTask, flow_id: str) -> PublicationItem:
    return PublicationItem(
        publication_id=task.id,
        flow_id=flow_id,
        account_id=task.account_id,
        platform=task.platform,
        publish_at=task.publish_time,
        **_state(task),
    )


def of_record(record: PublishRecord) -> PublicationItem:
    return PublicationItem(
        publication_id=record.id,
        flow_id=record.flow_id,
        account_id=record.account_id,
        platform=record.account_type,
        publish_at=record.publish_time,
        title=shortened(record.title or record.desc),
        **_state(record),
    )


def _state(one: PublishTask | PublishRecord) -> dict[str, Any]:
    failure = one.error_data
    return {
        "state": STATES.get(one.status, str(one.status)),
        "work_id": one.platform_work_id,
        "url": one.work_link,
        "error": one.error_msg,
        "may_be_out": True if failure is not None and failure.type == UNCONFIRMED else None,
        "waits_for": one.waiting.reason if one.waiting else None,
        "warnings": [warning.message for warning in one.warnings] or None,
    }


def checked(item: PreflightItem) -> CheckedTarget:
    """Returns what a preflight says of one account."""
    return CheckedTarget(
        platform=item.platform,
        account_id=item.account_id,
        ok=item.ok,
        issues=[
            IssueItem(is_error=one.severity == "error", place=one.path, message=one.message)
            for one in item.issues
        ],
        costs=[f"{one.amount:g} {one.unit}" for one in item.cost] or None,
        publications_left=min((cap.left for cap in item.caps), default=None),
        earliest_at=item.earliest_at,
    )
