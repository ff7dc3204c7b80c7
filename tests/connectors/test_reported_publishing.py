"""Works that a person has published on RedNote or WeChat Channels, and that are recorded here."""

from typing import Any

import pytest

from openchannels.connectors.wechat.channels.publisher import WxSphPublisher
from openchannels.connectors.xhs.connector import Xhs
from openchannels.connectors.xhs.publisher import NO_TOKEN, XhsPublisher
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Platform
from openchannels.core.publications import Content, LinkStatus, Published, Scheduled
from tests.connectors.publishing import Desk, job_of
from tests.connectors.support import NOW, FakeSend, account_of, answer

NOTE = "66a1b2c3d4e5f60718293a4b"
PAGE = f"https://www.xiaohongshu.com/explore/{NOTE}"
LINK = f"{PAGE}?xsec_token=AB12%3D&xsec_source=pc_share"


def note(link: str) -> Published:
    return XhsPublisher().report(Content(), {"workLink": link}, NOW)


@pytest.mark.parametrize(
    "link", [LINK, f"  {LINK} ", LINK.replace("explore", f"user/profile/{'0' * 24}")]
)
def test_a_note_with_its_token(link: str) -> None:
    meta = {"originalWorkLink": link.strip(), "uniqueId": f"xhs_{NOTE}"}
    assert note(link) == Published(NOTE, LINK, LinkStatus.READY, meta)


def test_a_note_without_its_token() -> None:
    found = note(PAGE)
    assert (found.work_id, found.link, found.link_status) == (NOTE, PAGE, LinkStatus.READY)
    assert (found.link_meta["workStatus"], found.warnings) == ("link_error", (NO_TOKEN,))


SHORT = "https://xhslink.com/a/abc123"


async def resolved(end: str) -> tuple[Any, FakeSend]:
    sent = FakeSend().on("/abc123", answer(b"", 302, {"location": end}))
    own = Desk(Xhs(), account_of(Platform("xhs"), "u1"), Tokens("c"), sent)
    found = await own.verify(job_of(option={"workLink": f"看看 {SHORT}，复制"}), "")
    return found, sent


async def test_a_short_link_is_pending_until_it_was_followed() -> None:
    assert note(SHORT) == Published(None, SHORT, LinkStatus.PENDING, {"originalWorkLink": SHORT})
    found, _ = await resolved(LINK)
    assert (found.work_id, found.link, found.link_status) == (NOTE, LINK, LinkStatus.READY)
    assert found.link_meta["originalWorkLink"] == f"看看 {SHORT}，复制"


async def test_a_short_link_to_another_host_is_not_followed() -> None:
    found, sent = await resolved("https://evil.example/explore")
    assert (found.work_id, found.link_status, len(sent.calls)) == (None, LinkStatus.FAILED, 1)


def work(**option: Any) -> Published | Scheduled:
    return WxSphPublisher().report(Content(), option, NOW)


SPH = "https://weixin.qq.com/sph/Abc"


@pytest.mark.parametrize(
    ("option", "outcome"),
    [
        ({"workId": "export/UzFf"}, Published("export/UzFf")),
        ({"workLink": SPH}, Published(SPH, SPH)),
        ({"workId": "1", "workLink": SPH}, Published("1", SPH)),
        (
            {"workId": "1", "workLink": SPH, "linkStatus": "failed"},
            Published("1", SPH, LinkStatus.FAILED),
        ),
        (
            {"workId": "1", "linkMeta": {"scheduledTime": NOW - 1, "videoClipTaskId": "v"}},
            Published("1", link_meta={"scheduledTime": NOW - 1, "videoClipTaskId": "v"}),
        ),
        ({"workId": "1", "linkMeta": {"scheduledTime": NOW + 9}}, Scheduled(NOW + 9, "1", None)),
    ],
)
def test_a_work_of_channels(option: Any, outcome: Any) -> None:
    assert work(**option) == outcome
