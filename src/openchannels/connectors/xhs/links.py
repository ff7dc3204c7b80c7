"""Links to RedNote notes, which outsiders may open only with their `xsec_token`."""

from openchannels.connectors.base.links import LinkForm, Links, ShortLink

NOTE = r"(?P<id>[0-9a-f]{24})"
TOKEN = ("xsec_token", "xsec_source")
PAGE = "https://www.xiaohongshu.com/explore/{id}"

LINKS = Links(
    hosts=("www.xiaohongshu.com", "xiaohongshu.com", "www.rednote.com"),
    forms=(
        LinkForm(rf"/(?:explore|discovery/item|red_video)/{NOTE}/?", PAGE, kept=TOKEN),
        LinkForm(rf"/user/profile/[0-9a-f]{{24}}/{NOTE}/?", PAGE, kept=TOKEN),
    ),
    short=(ShortLink(("xhslink.com",), r"/(?:[amo]/)?[A-Za-z0-9]{3,20}/?"),),
    hops=3,
    in_text=True,
    browser=True,
    needs_account=False,
)
