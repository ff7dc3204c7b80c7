"""Links to LinkedIn posts.

The id of an activity is another number than that of its share, and cannot be turned into it.
"""

from openchannels.connectors.base.links import SEGMENT, LinkForm, Links, ShortLink

COLON = "(?::|%3[aA])"
URN = "urn:li:{kind}:{id}"
UPDATE = "https://www.linkedin.com/feed/update/urn:li:{kind}:{id}/"


def _forms(kinds: str, *, listed: bool) -> tuple[LinkForm, LinkForm]:
    """Returns the two forms of a post's address, for these kinds of ids."""
    kind, number = rf"(?P<kind>{kinds})", r"(?P<id>\d{6,20})"
    update = rf"/(?:embed/)?feed/update/urn{COLON}li{COLON}{kind}{COLON}{number}/?"
    post = rf"/posts/{SEGMENT}-{kind}-{number}-[\w-]{{4}}/?"
    return (
        LinkForm(update, UPDATE, id=URN, listed=listed),
        LinkForm(post, UPDATE, id=URN, listed=listed),
    )


LINKS = Links(
    hosts=("linkedin.com", ".linkedin.com"),
    forms=(*_forms("share|ugcPost", listed=True), *_forms("activity", listed=False)),
    short=(ShortLink(("lnkd.in",), r"/[\w-]{4,20}/?"),),
    needs_account=False,
)
