"""Links to posts, videos, reels and photos of Facebook Pages.

The API names a post by its Page and a number. The text ids that begin with `pfbid` are opaque.
"""

from openchannels.connectors.base.links import SEGMENT, LinkForm, Links, ShortLink
from openchannels.core.works import ContentMode

NUMBER = r"(?P<id>\d{6,20})"
PAGE_ID = r"(?P<owner>\d{6,20})"
NAME = r"(?P<owner>[A-Za-z0-9][\w.-]{0,79})"
OPAQUE = r"(?P<id>pfbid[A-Za-z0-9]{20,80})"
SITE = "https://www.facebook.com"
POST = SITE + "/{owner}/posts/{id}"
STORY = SITE + "/permalink.php?story_fbid={id}&id={owner}"
VIDEO = SITE + "/watch/?v={id}"
PHOTO = SITE + "/photo/?fbid={id}"
OF_PAGE = "{owner}_{id}"
STORY_PATHS = r"/(?:permalink|story)\.php"
HOSTS = (*(f"{name}facebook.com" for name in ("", "www.", "m.", "web.", "mbasic.")), "fb.com")

LINKS = Links(
    hosts=HOSTS,
    forms=(
        LinkForm(rf"/{PAGE_ID}/posts/(?:{SEGMENT}/)?{NUMBER}/?", POST, id=OF_PAGE),
        LinkForm(
            rf"/{NAME}/posts/(?:{SEGMENT}/)?{NUMBER}/?", POST, owned="{uid}_{id}", listed=False
        ),
        LinkForm(rf"/{NAME}/posts/(?:{SEGMENT}/)?{OPAQUE}/?", POST, listed=False),
        LinkForm(rf"/{PAGE_ID}_{NUMBER}/?", SITE + "/{owner}_{id}", id=OF_PAGE),
        LinkForm(STORY_PATHS, STORY, query={"story_fbid": NUMBER, "id": PAGE_ID}, id=OF_PAGE),
        LinkForm(STORY_PATHS, STORY, query={"story_fbid": OPAQUE, "id": PAGE_ID}, listed=False),
        LinkForm(
            rf"/{NAME}/videos/(?:(?:vb\.\d+|{SEGMENT})/)?{NUMBER}/?",
            SITE + "/{owner}/videos/{id}",
            ContentMode.VIDEO,
        ),
        LinkForm(r"/(?:watch/?|video\.php)", VIDEO, ContentMode.VIDEO, query={"v": NUMBER}),
        LinkForm(rf"/reel/{NUMBER}/?", SITE + "/reel/{id}", ContentMode.VIDEO),
        LinkForm(r"/photo(?:/|\.php)?", PHOTO, ContentMode.IMAGE, query={"fbid": NUMBER}),
        LinkForm(rf"/{NAME}/photos/(?:{SEGMENT}/)?{NUMBER}/?", PHOTO, ContentMode.IMAGE),
        LinkForm(
            rf"/stories/{NAME}/(?P<id>[\w=-]{{6,200}})/?",
            SITE + "/stories/{owner}/{id}",
            listed=False,
        ),
    ),
    short=(
        ShortLink(HOSTS, r"/share/(?:[pvr]/)?\w{5,32}/?"),
        ShortLink(("fb.watch",), r"/[\w-]{5,32}/?"),
    ),
    hops=3,
)
