"""Shows how the demo's publication goes: each change as a line, and what came of it as a table."""

from collections.abc import Sequence
from typing import Any

from openchannels.cli.data.id_rows import IdRow, id_rows
from openchannels.cli.data.output import NOTHING, Screen
from openchannels.cli.data.publish_views import notes_of, state_of
from openchannels.cli.demo.publishing import BODY, TITLE, DemoOutcome
from openchannels.client import PublishRecord, PublishTask
from openchannels.core.platforms import Text

CONNECTING = Text("Connecting one account of each platform", "为每个平台连接一个账号")
CONTENT = Text("One content, by one flow:", "同一份内容，由一个发布流程发出：")
OUTCOME = Text("What each platform made of it", "各平台的发布结果")
PLATFORM = Text("platform", "平台")
KIND = Text("kind", "类型")
STATE = Text("state", "状态")
NOTES = Text("warnings, and what was adapted", "警告与调整")
VIDEO, PICTURE = Text("video", "视频"), Text("picture", "图片")
BOTH = Text("picture, video", "图片、视频")
LINKS = Text(
    "Below each platform stands the link of the work, or of where its person finishes it.",
    "每个平台下方为作品链接，或由用户完成发布的链接。",
)
NAME_WIDTH = 10


class PublishScreens:
    """Prints progress and outcome; in JSON nothing before the end."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._began = False

    def begin(self) -> None:
        self._line(self._screen.say(CONNECTING))

    def connected(self, platform: str, name: str) -> None:
        self._line(f"  {platform:<{NAME_WIDTH}} {name}")

    def changed(self, task: PublishTask, seconds: float) -> None:
        if not self._began:
            self._began = True
            self._line(f"{self._screen.say(CONTENT)} {TITLE}. {BODY}")
        state = state_of(self._screen, task).plain
        self._line(f"  {seconds:5.1f} s  {task.platform:<{NAME_WIDTH}} {state}")

    def _line(self, text: str) -> None:
        if not self._screen.json:
            self._screen.console.print(text)

    def show(self, outcomes: Sequence[DemoOutcome]) -> None:
        """Prints the table."""
        screen = self._screen
        rows = [IdRow(one.link or NOTHING, self._cells(one.record)) for one in outcomes]
        headings = [screen.say(one) for one in (PLATFORM, KIND, STATE, NOTES)]
        width = screen.console.width
        screen.console.print(f"\n{screen.say(OUTCOME)}\n", style="bold")
        screen.print(id_rows(headings, rows, width=width, growing=3, figures=0))
        screen.console.print(f"\n{screen.say(LINKS)}", style="dim")

    def _cells(self, record: PublishRecord) -> list[Any]:
        screen = self._screen
        notes = "\n".join(notes_of(screen, record)) or NOTHING
        return [record.account_type, self._kind(record), state_of(screen, record), notes]

    def _kind(self, record: PublishRecord) -> str:
        kind = PICTURE if record.video_url is None else VIDEO
        return self._screen.say(BOTH if record.video_url and record.img_url_list else kind)


def as_json(outcomes: Sequence[DemoOutcome]) -> list[dict[str, Any]]:
    """Returns the records for programs, as the API shows them."""
    return [dict(one.record.to_dict()) for one in outcomes]
