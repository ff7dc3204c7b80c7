"""Links to TikTok videos and photo posts."""

from openchannels.connectors.base.links import LinkForm, Links, ShortLink
from openchannels.core.works import ContentMode

ID = r"(?P<id>\d{6,20})"
USER = r"@(?P<owner>[\w.]{0,32})"
PLAIN = "https://www.tiktok.com/video/{id}"

LINKS = Links(
    hosts=("www.tiktok.com", "tiktok.com", "m.tiktok.com"),
    forms=(
        LinkForm(
            rf"/{USER}/video/{ID}/?",
            "https://www.tiktok.com/@{owner}/video/{id}",
            ContentMode.VIDEO,
        ),
        LinkForm(
            rf"/{USER}/photo/{ID}/?",
            "https://www.tiktok.com/@{owner}/photo/{id}",
            ContentMode.IMAGE,
        ),
        LinkForm(rf"/(?:embed/v2|embed|player/v1|video)/{ID}/?", PLAIN),
        LinkForm(rf"/v/{ID}\.html", PLAIN),
    ),
    short=(
        ShortLink(("vm.tiktok.com", "vt.tiktok.com"), r"/[A-Za-z0-9]{5,20}/?"),
        ShortLink(("www.tiktok.com", "tiktok.com", "m.tiktok.com"), r"/t/[A-Za-z0-9]{5,20}/?"),
    ),
    bare=LinkForm(ID, PLAIN),
)
