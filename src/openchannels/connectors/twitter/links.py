"""Links to posts on X."""

from openchannels.connectors.base.links import SEGMENT, LinkForm, Links, ShortLink

ID = r"(?P<id>\d{1,20})"
ANONYMOUS = "https://x.com/i/status/{id}"

LINKS = Links(
    hosts=("x.com", ".x.com", "twitter.com", ".twitter.com"),
    forms=(
        LinkForm(rf"/i/(?:web/)?status(?:es)?/{ID}(?:/{SEGMENT})*/?", ANONYMOUS),
        LinkForm(
            rf"/(?P<owner>\w{{1,20}})/status(?:es)?/{ID}(?:/{SEGMENT})*/?",
            "https://x.com/{owner}/status/{id}",
        ),
        LinkForm(rf"/statuses/{ID}/?", ANONYMOUS),
    ),
    short=(ShortLink(("t.co",), r"/[A-Za-z0-9]{4,20}/?"),),
    bare=LinkForm(r"(?P<id>\d{6,20})", ANONYMOUS),
)
