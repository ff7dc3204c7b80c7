"""`openchannels platforms`: what can be done with each platform in this installation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli.data.completion import platform_names
from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.session import Session, data_command
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text as RichText

    from openchannels.cli.data.output import Screen
    from openchannels.client import Platform

NO_PLATFORM = Text("There is no platform {platform}.", "没有平台 {platform}。")
NO_PLATFORMS = Text("There are no platforms.", "没有平台。")
PLATFORM, NAME = Text("platform", "平台"), Text("name", "名称")
STATUS, BY = Text("status", "状态"), Text("connect by", "连接方式")
AVAILABLE = Text("available", "可用")
ABILITIES: dict[Text, tuple[str, str]] = {
    Text("list works", "列出作品"): ("work", "listWorks"),
    Text("work figures", "作品数据"): ("analytics", "work"),
    Text("account figures", "账号数据"): ("analytics", "account"),
    Text("read links", "识别链接"): ("work", "getLinkInfo"),
    Text("verify ownership", "验证归属"): ("work", "verifyOwnership"),
    Text("choose accounts", "选择账号"): ("auth", "selectableAccounts"),
    Text("revoke grants", "撤销授权"): ("auth", "revoke"),
    Text("push events", "推送事件"): ("webhook", "supported"),
}
"""What a platform can do here, and where `capabilities` says so."""
SHOWN = 3
"""How many of them the list has as columns."""
CAN, CANNOT = Text("can", "支持"), Text("cannot", "不支持")
INSTRUCTIONS = Text("to connect", "连接说明")
BY_KIND = {
    "oauth2": Text("browser", "浏览器"),
    "qrcode": Text("QR code", "扫码"),
    "plugin": Text("cookie", "Cookie"),
}


@data_command
def platforms(
    session: Session,
    show: Annotated[
        str | None,
        typer.Option(
            "--show",
            metavar="PLATFORM",
            help="Show all about one platform.",
            autocompletion=platform_names,
        ),
    ] = None,
) -> None:
    """List the platforms and what can be done with each here."""
    known, screen = session.client.platforms.list(), session.screen
    if show is None:
        screen.show_list(known, lambda found: _table(found, screen), NO_PLATFORMS)
        return
    platform = next((one for one in known if one.platform == show), None)
    if platform is None:
        raise CommandFailed(ExitCode.NOT_FOUND, NO_PLATFORM, platform=show)
    screen.show(platform, lambda: _card(platform, screen))


def _table(found: "Sequence[Platform]", screen: "Screen") -> "Table":
    columns = [*ABILITIES][:SHOWN]
    table = screen.table(PLATFORM, NAME, STATUS, BY, *columns)
    for number in (0, 2, 3):
        table.columns[number].no_wrap = True
    for one in found:
        marks = ["*" if _can(one, ability) else "" for ability in columns]
        name = screen.choose(one.display_name)
        table.add_row(one.platform, name, _status(one, screen), _by(one, screen), *marks)
    return table


def _card(platform: "Platform", screen: "Screen") -> "Table":
    can = [screen.say(ability) for ability in ABILITIES if _can(platform, ability)]
    cannot = [screen.say(ability) for ability in ABILITIES if not _can(platform, ability)]
    return screen.card(
        {
            PLATFORM: platform.platform,
            NAME: screen.choose(platform.display_name),
            STATUS: _status(platform, screen),
            BY: _by(platform, screen),
            CAN: ", ".join(can) or None,
            CANNOT: ", ".join(cannot) or None,
            INSTRUCTIONS: screen.choose(platform.auth_instructions) or None,
        }
    )


def _can(platform: "Platform", ability: Text) -> bool:
    part, name = ABILITIES[ability]
    return bool(platform.capabilities.get(part, {}).get(name))


def _status(platform: "Platform", screen: "Screen") -> "RichText":
    from rich.text import Text as RichText

    if platform.status == "available":
        return RichText(screen.say(AVAILABLE), style="green")
    return RichText(platform.status, style="yellow")


def _by(platform: "Platform", screen: "Screen") -> str:
    kind = BY_KIND.get(platform.auth_type)
    return platform.auth_type if kind is None else screen.say(kind)
