"""Accounts, their status and their figures as tables and cards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openchannels.cli.data.output import count, moment
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from rich.console import Group as RichGroup
    from rich.table import Table
    from rich.text import Text as RichText

    from openchannels.cli.data.output import Screen
    from openchannels.client import Account, AccountAnalytics, AuthStatus, Evidence

WORKING, OFFLINE = Text("working", "正常"), Text("offline", "离线")
PLATFORM, STATUS, NAME, ID = (
    Text("platform", "平台"),
    Text("status", "状态"),
    Text("name", "名称"),
    Text("id", "编号"),
)
UID, HANDLE, GROUP = Text("id there", "平台编号"), Text("account", "账号"), Text("group", "分组")
FOLLOWERS, FOLLOWING = Text("followers", "粉丝"), Text("following", "关注")
WORK_COUNT, CONNECTED = Text("works", "作品"), Text("connected", "连接时间")
FIGURES_OF = Text("figures of", "数据时间")
ADVICE, EXPIRES = Text("advice", "建议"), Text("expires", "到期")
SINCE, CHECKED = Text("since", "始于"), Text("checked", "检查时间")
MISSING_SCOPES, RECONNECT_BY = Text("missing scopes", "缺少权限"), Text("reconnect by", "最晚重连")
EVIDENCE = Text("evidence", "依据")
READS, VIEWS, LIKES = Text("reads", "阅读"), Text("views", "播放"), Text("likes", "点赞")
COMMENTS, SHARES = Text("comments", "评论"), Text("shares", "转发")
REACH, IMPRESSIONS = Text("reach", "触达"), Text("impressions", "曝光")
CLICKS, COLLECTS, ENGAGED = Text("clicks", "点击"), Text("saved", "收藏"), Text("engaged", "互动")
NO_FIGURES = Text("why no figures", "无数据原因")

FIGURES = {
    FOLLOWERS: "fans_count",
    FOLLOWING: "following_count",
    WORK_COUNT: "work_count",
    VIEWS: "view_count",
    READS: "read_count",
    IMPRESSIONS: "impression_count",
    REACH: "reach_count",
    LIKES: "like_count",
    COMMENTS: "comment_count",
    SHARES: "forward_count",
    COLLECTS: "collect_count",
    CLICKS: "click_count",
    ENGAGED: "engagement_count",
}
"""Names of an account's figures, and the attributes of `AccountMetrics`."""


def account_table(accounts: "Sequence[Account]", screen: "Screen") -> "RichGroup":
    """Returns a row an account, and its id below."""
    from openchannels.cli.data.id_rows import IdRow, id_rows

    rows = [
        IdRow(
            account.id,
            (
                account.type,
                account.nickname,
                state_of(account.status, account.reason, screen, "\n"),
                count(account.fans_count),
                count(account.work_count),
            ),
        )
        for account in accounts
    ]
    headings = [screen.say(name) for name in (PLATFORM, NAME, STATUS, FOLLOWERS, WORK_COUNT)]
    return id_rows(headings, rows, width=screen.console.width, growing=1, figures=2)


def account_card(account: "Account", screen: "Screen") -> "Table":
    """Returns an account below each other."""
    return screen.card(
        {
            NAME: account.nickname,
            PLATFORM: account.type,
            ID: account.id,
            UID: account.uid,
            HANDLE: account.account,
            STATUS: state_of(account.status, account.reason, screen),
            ADVICE: screen.choose(account.advice) or None,
            EXPIRES: account.expires_at and moment(account.expires_at),
            FOLLOWERS: count(account.fans_count),
            FOLLOWING: count(account.following_count),
            WORK_COUNT: count(account.work_count),
            FIGURES_OF: account.last_stats_time and moment(account.last_stats_time),
            GROUP: account.group_id,
            CONNECTED: moment(account.created_at),
        }
    )


def status_card(status: "AuthStatus", screen: "Screen") -> "Table":
    """Returns whether an account works, why not, and what to do."""
    return screen.card(
        {
            STATUS: state_of(status.status, status.reason, screen),
            ADVICE: screen.choose(status.advice) or None,
            SINCE: status.since and moment(status.since),
            EVIDENCE: status.evidence and _evidence(status.evidence, screen),
            MISSING_SCOPES: ", ".join(status.missing_scopes) or None,
            RECONNECT_BY: status.reconnect_by and moment(status.reconnect_by),
            EXPIRES: status.expires_at and moment(status.expires_at),
            CHECKED: status.checked_at and moment(status.checked_at),
        }
    )


def figures_card(figures: "AccountAnalytics", status: "AuthStatus", screen: "Screen") -> "Table":
    """Returns what the platform gave just now, and the status."""
    metrics = {name: getattr(figures.metrics, field) for name, field in FIGURES.items()}
    return screen.card(
        {
            NAME: figures.profile and figures.profile.display_name,
            ID: figures.account_id,
            STATUS: state_of(status.status, status.reason, screen),
            ADVICE: screen.choose(status.advice) or None,
            **{name: None if value is None else count(value) for name, value in metrics.items()},
            NO_FIGURES: figures.message,
            FIGURES_OF: figures.fetched_at and moment(figures.fetched_at),
        }
    )


def state_of(status: int, reason: str | None, screen: "Screen", separator: str = " ") -> "RichText":
    """Returns whether an account works, with the reason if there is one."""
    from rich.text import Text as RichText

    text = screen.say(WORKING if status else OFFLINE)
    style = "red" if not status else "yellow" if reason else "green"
    return RichText(f"{text}{separator}{reason}" if reason else text, style=style)


def _evidence(evidence: "Evidence", screen: "Screen") -> str:
    parts = (
        evidence.operation,
        evidence.http_status and f"HTTP {evidence.http_status}",
        evidence.platform_code,
        screen.choose(evidence.detail),
        evidence.platform_request_id,
        evidence.at and moment(evidence.at),
    )
    return ", ".join(str(part) for part in parts if part)
