"""Links to Kuaishou videos. Links of kwai.com belong to another product."""

from openchannels.connectors.base.links import SEGMENT, LinkForm, Links, ShortLink
from openchannels.core.works import ContentMode

ID = r"(?P<id>[\w-]{5,32})"
PAGE = "https://www.kuaishou.com/short-video/{id}"
ANY = rf"(?:/{SEGMENT})*"

LINKS = Links(
    hosts=(
        "www.kuaishou.com",
        "kuaishou.com",
        "c.kuaishou.com",
        "v.m.chenzhongtech.com",
        "m.gifshow.com",
    ),
    forms=(
        LinkForm(rf"/(?:short-video|video)/{ID}/?", PAGE, ContentMode.VIDEO),
        LinkForm(rf"{ANY}/photo/{ID}/?", PAGE, ContentMode.VIDEO),
        LinkForm(rf"{ANY}/?", PAGE, ContentMode.VIDEO, query={"photoId": ID}),
        LinkForm(rf"{ANY}/?", PAGE, ContentMode.VIDEO, query={"shareObjectId": ID}),
    ),
    short=(
        ShortLink(("v.kuaishou.com",), r"/[\w-]{4,24}/?"),
        ShortLink(("www.kuaishou.com",), r"/f/[\w-]{4,32}/?"),
    ),
    in_text=True,
    browser=True,
    needs_account=False,
)
