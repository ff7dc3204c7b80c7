"""Links to Bilibili videos and articles."""

from openchannels.connectors.base.links import LinkForm, Links, ShortLink
from openchannels.core.works import ContentMode

VIDEO = "https://www.bilibili.com/video/{id}"
BV = r"(?P<id>BV[0-9A-Za-z]{10})"
SHORT_HOST = "b23.tv"

# The API names a video by its BV id and does not list articles.
LINKS = Links(
    hosts=("www.bilibili.com", "bilibili.com", "m.bilibili.com"),
    forms=(
        LinkForm(rf"/video/{BV}/?", VIDEO, ContentMode.VIDEO),
        LinkForm(rf"/{BV}/?", VIDEO, ContentMode.VIDEO, hosts=(SHORT_HOST,)),
        LinkForm(
            r"/video/[aA][vV](?P<number>\d{1,16})/?",
            "https://www.bilibili.com/video/av{number}",
            ContentMode.VIDEO,
            id="av{number}",
            listed=False,
        ),
        LinkForm(
            r"/read/(?:cv|mobile/)(?P<number>\d{1,16})/?",
            "https://www.bilibili.com/read/cv{number}",
            ContentMode.IMAGE,
            id="cv{number}",
            listed=False,
        ),
        LinkForm(
            r"/opus/(?P<id>\d{1,20})/?",
            "https://www.bilibili.com/opus/{id}",
            ContentMode.IMAGE,
            listed=False,
        ),
    ),
    short=(ShortLink((SHORT_HOST,), r"/[0-9A-Za-z]{4,12}/?"),),
    hops=3,
    in_text=True,
    needs_account=False,
)
