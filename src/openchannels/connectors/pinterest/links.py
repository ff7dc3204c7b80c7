"""Links to pins."""

from openchannels.connectors.base.links import SEGMENT, LinkForm, Links, ShortLink

COUNTRIES = (
    "at", "be", "ca", "ch", "cl", "co.kr", "co.nz", "co.uk", "com.au", "com.mx", "de", "dk", "es",
    "fr", "ie", "it", "jp", "nz", "ph", "pt", "ru", "se",
)  # fmt: skip
NATIONAL = tuple(f"{www}pinterest.{country}" for country in COUNTRIES for www in ("", "www."))

LINKS = Links(
    hosts=("pinterest.com", ".pinterest.com", *NATIONAL),
    forms=(
        LinkForm(
            rf"/pin/(?:{SEGMENT}--)?(?P<id>\d{{6,20}})(?:/(?:sent|feedback|analytics))?/?",
            "https://www.pinterest.com/pin/{id}/",
        ),
    ),
    short=(
        ShortLink(("pin.it",), r"/[A-Za-z0-9]{5,12}/?"),
        ShortLink(("api.pinterest.com",), r"/url_shortener/[A-Za-z0-9]{5,12}/redirect/?"),
    ),
    needs_account=False,
)
