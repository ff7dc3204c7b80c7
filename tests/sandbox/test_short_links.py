"""Short links of the emulators: what they redirect, and whom."""

import pytest

from openchannels.sandbox.ids import encode
from openchannels.sandbox.short_links import ALPHABET
from tests.sandbox.conftest import Client

CODE = encode(7_412_345_678_901_234_567, 11, ALPHABET)
BROWSER = {"user-agent": "Mozilla/5.0"}


@pytest.mark.parametrize(
    ("link", "status", "target"),
    [
        (f"t.co/{CODE}", 301, "https://twitter.com/i/web/status/7412345678901234567"),
        (f"lnkd.in/{CODE}", 301, "https://www.linkedin.com/feed/update/urn:li:share:74123456"),
        (f"pin.it/{CODE}", 308, f"https://api.pinterest.com/url_shortener/{CODE}/redirect/"),
        (f"api.pinterest.com/url_shortener/{CODE}/redirect/", 302, "https://www.pinterest.com/pin"),
        (f"vt.tiktok.com/{CODE}", 301, "https://www.tiktok.com/@/video/7412345678901234567"),
        ("b23.tv/Xk4y1m7Qe", 302, "https://www.bilibili.com/video/BV1Xk4y1m7Qe?"),
        ("v.kuaishou.com/k2b9p4m6q8w", 302, "https://c.kuaishou.com/fw/photo/3xk2b9p4m6q8w?"),
        (f"v.douyin.com/{CODE}/", 302, "https://www.iesdouyin.com/share/video/74123456789012345"),
        ("xhslink.com/m/AbC123", 302, "https://www.xiaohongshu.com/discovery/item/"),
        (f"www.facebook.com/share/p/{CODE}/", 302, "https://www.facebook.com/photo.php?fbid=7412"),
        (f"www.instagram.com/share/{CODE}", 302, "https://www.instagram.com/p/"),
    ],
)
async def test_a_code_leads_to_a_page(sandbox: Client, link: str, status: int, target: str) -> None:
    answer = await sandbox.get(f"/{link}", headers=BROWSER)
    assert answer.status_code == status
    assert answer.headers["location"].startswith(target)


@pytest.mark.parametrize("link", [f"v.douyin.com/{CODE}/", "xhslink.com/a/AbC123"])
async def test_some_sites_redirect_browsers_only(sandbox: Client, link: str) -> None:
    answer = await sandbox.get(f"/{link}", headers={"user-agent": "openchannels"})
    assert answer.status_code == 200
    assert "location" not in answer.headers


async def test_no_code_leads_nowhere(sandbox: Client) -> None:
    assert (await sandbox.get("/b23.tv/a.b")).status_code == 404
