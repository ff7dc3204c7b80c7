"""Pinterest: listing pins."""

from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.paginators import CursorList, Item
from openchannels.connectors.base.parse import count, dig, first, https, text
from openchannels.connectors.base.sources import BY_ACCOUNT
from openchannels.connectors.base.works import WorksReader
from openchannels.connectors.pinterest.api import API
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.paging import CursorPaging, CursorRequest, PageRequest, WorksPage
from openchannels.core.platforms import Text
from openchannels.core.works import ContentMode, WorkStatus
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

SIZES = ("1200x", "600x")


def read_paging(page: CursorRequest) -> dict[str, Any]:
    """Returns page size and bookmark. A bookmark is only valid with its page size or less."""
    if page.position is None:
        return {"page_size": page.limit}
    size, bookmark = page.position.split(".", 1)
    return {"page_size": min(int(size), page.limit), "bookmark": bookmark}


def next_position(listing: Any, _pins: list[Item], page: CursorRequest) -> str | None:
    """Returns the position after the page; None if its bookmark repeats the current page's."""
    bookmark, paging = text(dig(listing, "bookmark")), read_paging(page)
    stays = bookmark is None or bookmark == paging.get("bookmark")
    return None if stays else f"{paging['page_size']}.{bookmark}"


def read_mode(pin: Any) -> ContentMode:
    """Returns the mode; the first item decides for mixed media."""
    kind = dig(pin, "media", "media_type")
    if kind == "multiple_mixed":
        kind = dig(pin, "media", "items", 0, "item_type")
    return ContentMode.VIDEO if "video" in str(kind) else ContentMode.IMAGE


def read_cover(pin: Any) -> str | None:
    media = dig(pin, "media")
    return read_picture(media) or read_picture(dig(media, "items", 0))


def read_picture(media: Any) -> str | None:
    images = dig(media, "images")
    sizes = images if isinstance(images, dict) else {}
    largest = max(sizes.values(), key=lambda image: count(dig(image, "width")) or 0, default=None)
    preferred = (dig(sizes, name) for name in SIZES)
    choices = (dig(image, "url") for image in (*preferred, largest))
    return https(dig(media, "cover_image_url")) or first(map(https, choices))


def read_counts(pin: Any) -> Any:
    """Returns the lifetime counts, or those of 90 days for pins too old to have them."""
    return dig(pin, "pin_metrics", "lifetime_metrics") or dig(pin, "pin_metrics", "90d")


WORK = WorkMap(
    {
        "id": "id",
        "mode": read_mode,
        "title": "title",
        "description": "description",
        "url": lambda pin: f"https://www.pinterest.com/pin/{text(dig(pin, 'id'))}/",
        "cover_url": read_cover,
        "published_at": "created_at",
        **BY_ACCOUNT,
        "status": WorkStatus.PUBLISHED,
    },
    metrics_at=read_counts,
    metrics={
        "impressions": "impression",
        "clicks": "pin_click",
        "likes": "reaction",
        "comments": "comment",
        "collects": "save",
        "saves": "save",
    },
    never={
        "viewCount": Text(
            en="Pinterest counts impressions; an impression is not a view.",
            zh="Pinterest 统计的是曝光数，曝光不等于浏览。",
        )
    },
)
PINS = CursorList(url=f"{API}/pins", items="items", paging=read_paging, next=next_position)


class PinterestWorks(WorksReader):
    paging = CursorPaging(default=25, maximum=100)
    coverage = WORK.coverage

    async def fetch_page(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """Fetches one page of pins; the filter excludes pins that the user only saved.

        https://developers.pinterest.com/docs/api/v5/pins-list
        """
        filters = {"pin_filter": "exclude_repins", "pin_metrics": "true"}
        pins = await PINS.page(client, page, params=filters, headers=bearer(tokens))
        return pins.works(WORK, account)
