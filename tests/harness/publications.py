"""Rows of publications, as tests put them into a store."""

from typing import Any

from openchannels.core import ids
from openchannels.core.publications import Content, PublishStatus, Stage


def publication_row(user_id: str, account_id: str, now: float, **values: Any) -> dict[str, Any]:
    """Returns a row of YouTube's that waits for its time, which is `now` unless given."""
    content = Content(title=values.pop("title", "Glaze test 15"))
    at = values.get("publish_at", now)
    return {
        "id": ids.new_object_id(),
        "flow_id": ids.new_object_id(),
        "user_id": user_id,
        "account_id": account_id,
        "platform": "youtube",
        "content": content.as_json(),
        "option": {},
        "request_digest": bytes(32),
        "publish_at": at,
        "status": int(PublishStatus.WAITING),
        "stage": Stage.QUEUED.value,
        "warnings": [],
        "reports": [],
        "source": "api",
        "material": {},
        "stage_since": now,
        "due_at": at,
        "created_at": now,
        "updated_at": now,
        **values,
    }
