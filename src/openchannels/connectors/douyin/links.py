"""Links to Douyin videos and notes."""

from openchannels.connectors.base.links import SEGMENT, LinkForm, Links, ShortLink
from openchannels.core.works import ContentMode

ID = r"(?P<id>\d{6,20})"
VIDEO = "https://www.douyin.com/video/{id}"
NOTE = "https://www.douyin.com/note/{id}"
SHARED = ("www.iesdouyin.com", "m.douyin.com")

LINKS = Links(
    hosts=("www.douyin.com",),
    forms=(
        LinkForm(rf"/video/{ID}/?", VIDEO, ContentMode.VIDEO),
        LinkForm(rf"/note/{ID}/?", NOTE, ContentMode.IMAGE),
        LinkForm(rf"/share/video/{ID}/?", VIDEO, ContentMode.VIDEO, hosts=SHARED),
        LinkForm(rf"/share/(?:note|slides)/{ID}/?", NOTE, ContentMode.IMAGE, hosts=SHARED),
        LinkForm(rf"(?:/{SEGMENT})*/?", VIDEO, query={"modal_id": ID}),
    ),
    short=(
        ShortLink(("v.douyin.com",), r"/[\w-]{4,30}/?"),
        # The open API shares a video by its encrypted id.
        ShortLink(("www.iesdouyin.com",), r"/share/video/[\w=-]{8,200}/?", query=True),
    ),
    in_text=True,
    browser=True,
    needs_account=False,
)
