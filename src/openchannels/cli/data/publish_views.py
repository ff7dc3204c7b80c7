"""How tasks and records of publications are shown: their state, and what a person should know."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openchannels.cli.data.id_rows import IdRow, id_rows
from openchannels.cli.data.output import NOTHING, Screen, moment
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text as Styled

    from openchannels.client import PublishRecord, PublishTask

PUBLISHED, NEEDS_ACTION, FAILED, CANCELLED = 1, 8, -1, 9
STATES = {
    0: Text("waiting", "等待发布"),
    6: Text("waiting", "等待发布"),
    2: Text("publishing", "发布中"),
    7: Text("held by the platform", "由平台定时"),
    NEEDS_ACTION: Text("held for a person", "等待人工完成"),
    PUBLISHED: Text("published", "已发布"),
    3: Text("being changed", "修改中"),
    4: Text("being changed", "修改中"),
    5: Text("change failed", "修改失败"),
    FAILED: Text("failed", "失败"),
    CANCELLED: Text("cancelled", "已取消"),
}
STYLES = {PUBLISHED: "green", NEEDS_ACTION: "yellow", FAILED: "red", 5: "red"}
TIME = Text("time", "时间")
ACCOUNT = Text("account", "账号")
STATE = Text("state", "状态")
TITLE = Text("title", "标题")
BODY = Text("text", "正文")
WORK = Text("work", "作品")
LINK = Text("link", "链接")
COVER = Text("cover", "封面")
NOTES = Text("notes", "说明")
FLOW = Text("flow", "发布流程")
RECORD = Text("record", "发布记录")
WAITS_FOR = Text("waits for {reason}", "等待{reason}")
REASONS = {
    "hand_over": Text("the person, who finishes it in the platform's app", "用户在平台 App 中完成"),
    "draft": Text("the person, who posts the draft", "用户发布草稿"),
    "review": Text("the platform's review", "平台审核"),
    "processing": Text("the platform to process it", "平台处理"),
    "uploading": Text("the end of the upload", "上传完成"),
    "cap": Text("a limit of the platform", "平台限额"),
    "limit": Text("a limit of the platform", "平台限额"),
    "next_attempt": Text("the next attempt", "下一次尝试"),
}
"""What is waited for, by the API's word; another one is shown as it is."""


def state_of(screen: Screen, one: "PublishTask | PublishRecord") -> "Styled":
    """Returns the state in words, in its colour."""
    from rich.text import Text as Styled

    known = STATES.get(one.status)
    return Styled(screen.say(known) if known else str(one.status), STYLES.get(one.status, ""))


def notes_of(screen: Screen, one: "PublishTask | PublishRecord") -> list[str]:
    """Returns what went wrong, what is waited for, and warnings, each in a line."""
    failure = [one.error_msg] if one.error_msg else []
    waits = [_waits(screen, one.waiting.reason)] if one.waiting else []
    return [*failure, *waits, *(warning.message for warning in one.warnings)]


def _waits(screen: Screen, reason: str) -> str:
    known = REASONS.get(reason)
    return screen.say(WAITS_FOR, reason=screen.say(known) if known else reason)


def record_table(screen: Screen, records: "Sequence[PublishRecord]") -> "Group":
    """Returns records with their links and notes; the id of each below it."""
    headings = [screen.say(one) for one in (TIME, ACCOUNT, STATE, TITLE)]
    rows = [
        IdRow(
            record.id,
            [
                moment(record.publish_time),
                record.account_type,
                state_of(screen, record),
                "\n".join(_lines(screen, record)) or NOTHING,
            ],
        )
        for record in records
    ]
    return id_rows(headings, rows, width=screen.console.width, growing=3, figures=0)


def _lines(screen: Screen, record: "PublishRecord") -> list[str]:
    said = [record.title or record.desc, record.work_link]
    return [*filter(None, said), *notes_of(screen, record)]


def record_card(screen: Screen, record: "PublishRecord") -> "Table":
    """Returns all that is known of a record."""
    return screen.card(
        {
            STATE: state_of(screen, record),
            TIME: moment(record.publish_time),
            ACCOUNT: record.account_id,
            TITLE: record.title,
            BODY: record.desc,
            WORK: record.platform_work_id,
            LINK: record.work_link,
            COVER: record.cover_url,
            NOTES: "\n".join(notes_of(screen, record)) or None,
            FLOW: record.flow_id,
            RECORD: record.id,
        }
    )
