"""Links to Instagram posts, reels and stories; the API has other ids than the codes of posts."""

from openchannels.connectors.base.links import LinkForm, Links, ShortLink
from openchannels.core.works import ContentMode

CODE = r"(?P<id>[\w-]{5,64})"
NAME = r"(?P<owner>\w[\w.]{0,31})"
USER = rf"(?!share/){NAME}"
SITE = "https://www.instagram.com"
HOSTS = ("www.instagram.com", "instagram.com")
OLD_HOSTS = ("instagr.am", "www.instagr.am")
POST = SITE + "/p/{id}/"
REEL = SITE + "/reel/{id}/"

LINKS = Links(
    hosts=HOSTS,
    forms=(
        LinkForm(rf"/(?:{USER}/)?p/{CODE}/?", POST, listed=False),
        LinkForm(rf"/p/{CODE}/?", POST, hosts=OLD_HOSTS, listed=False),
        LinkForm(
            rf"/(?:(?:{USER}/)?reel|reels)/(?!audio/?$){CODE}/?",
            REEL,
            ContentMode.VIDEO,
            listed=False,
        ),
        LinkForm(rf"/tv/{CODE}/?", SITE + "/tv/{id}/", ContentMode.VIDEO, listed=False),
        LinkForm(
            rf"/stories/(?!highlights/){NAME}/(?P<id>\d{{6,20}})/?",
            SITE + "/stories/{owner}/{id}/",
        ),
    ),
    short=(ShortLink(HOSTS, r"/share/(?:(?:p|reel)/)?[\w-]{5,64}/?"),),
)
