"""The posts of X: their ids, how far back the list goes, and pages in both directions.

https://docs.x.com/x-api/posts/timelines/introduction
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.http import Fields
from openchannels.sandbox.ids import digits, encode, hexadecimal
from openchannels.sandbox.platforms.twitter.fields import requested_fields, respelled
from openchannels.sandbox.work_ids import DecimalIds

DEPTH, DEPTH_WITHOUT_REPLIES = 3_200, 800
PRIVATE_METRICS_SECONDS = 30 * 86_400
"""How long after its creation a post has private metrics."""
POST_IDS = DecimalIds(1_500_000_000_000_000_000, bits=60)
_TOKEN_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def user_id(person: str) -> str:
    """A person's id: 19 digits."""
    return digits(19, "x user", person)


def kind_of(work: Work) -> str:
    """`retweet`, `reply` or `post`."""
    return {4: "retweet", 7: "reply"}.get(work.index % 10, "post")


def reachable(series: Series, without: set[str]) -> list[Work]:
    """The posts that the list endpoint covers, newest first."""
    depth = DEPTH_WITHOUT_REPLIES if "replies" in without else DEPTH
    names = {"retweets": "retweet", "reposts": "retweet", "replies": "reply"}
    dropped = {names[name] for name in without if name in names}
    return [w for w in series.slice(0, depth) if kind_of(w) not in dropped]


def _token(direction: str, index: int) -> str:
    return f"{direction}{encode(index * 2654435761 % (1 << 40), 8, _TOKEN_ALPHABET)}{index}"


def read_page_token(text: str) -> tuple[str, int] | None:
    """Direction and index in a pagination token; without one those of the first page."""
    if not text:
        return "n", 1 << 40
    direction, index = text[:1], text[9:]
    if direction not in "np" or not index.isdigit() or text != _token(direction, int(index)):
        return None
    return direction, int(index)


def window(works: list[Work], place: tuple[str, int], count: int) -> tuple[list[Work], int]:
    """The posts of a page, and the position of the first."""
    direction, index = place
    if direction == "n":
        older = [n for n, work in enumerate(works) if work.index < index]
        start = older[0] if older else len(works)
        return works[start : start + count], start
    newer = sum(1 for work in works if work.index > index)
    start = max(0, newer - count)
    return works[start:newer], start


def page_tokens(works: list[Work], page: list[Work], start: int) -> dict[str, str]:
    """The pagination tokens of the directions in which there are more posts."""
    tokens = {}
    if page and start + len(page) < len(works):
        tokens["next_token"] = _token("n", page[-1].index)
    if page and start > 0:
        tokens["previous_token"] = _token("p", page[0].index)
    return tokens


def post_list(works: list[Work], query: Fields, now: float) -> dict[str, Any]:
    """A page with the requested fields, without pagination tokens."""
    fields = requested_fields(query)
    expand = "attachments.media_keys" in query.split_values("expansions")
    meta: dict[str, Any] = {"result_count": len(works)}
    if not works:
        return {"meta": meta}
    meta |= {"newest_id": POST_IDS.id_of(works[0]), "oldest_id": POST_IDS.id_of(works[-1])}
    body: dict[str, Any] = {"meta": meta}
    body["data"] = [respelled(_post(work, fields, now), query) for work in works]
    media = [item for work in works if (item := _media(work, query, now))]
    if expand and media:
        body["includes"] = {"media": media}
    return body


def post_lookup(works: list[Work], query: Fields, now: float) -> dict[str, Any]:
    """Posts by id. A post too old for private metrics is left out and listed as an error.

    https://docs.x.com/x-api/fundamentals/metrics
    """
    fields = requested_fields(query)
    private = "non_public_metrics" in fields
    old = [work for work in works if private and work.created < now - PRIVATE_METRICS_SECONDS]
    data = [
        respelled(_post(work, fields, now) | (_private(work, now) if private else {}), query)
        for work in works
        if work not in old
    ]
    error = {"title": "Field Authorization Error", "field": "non_public_metrics"}
    errors = [error | {"resource_id": POST_IDS.id_of(work)} for work in old]
    return ({"data": data} if data else {}) | ({"errors": errors} if errors else {})


def _private(work: Work, now: float) -> dict[str, Any]:
    clicks = work.share_of_views(now, 90, 0, 30)
    counts = {
        "impression_count": work.views(now),
        "url_link_clicks": clicks,
        "user_profile_clicks": work.share_of_views(now, 96, 0, 10),
        "engagements": clicks + work.share_of_views(now, 72, 5, 60),
    }
    return {"non_public_metrics": counts}


def _media_kind(work: Work) -> str | None:
    kinds = (None, "photo", "video", None, None, "photo", "animated_gif", None, "photo", None)
    return kinds[work.index % 10]


def _media(work: Work, query: Fields, now: float) -> dict[str, Any] | None:
    kind = _media_kind(work)
    if kind is None:
        return None
    fields = set(query.split_values("media.fields"))
    file = hexadecimal(12, "x media", POST_IDS.id_of(work))
    media: dict[str, Any] = {"width": 1280, "height": 720}
    if kind == "photo":
        media["url"] = f"https://pbs.twimg.com/media/{file}.jpg"
    else:
        media["preview_image_url"] = f"https://pbs.twimg.com/media/{file}_preview.jpg"
    if kind == "video":
        media["duration_ms"] = work.number(96, 4_000, 140_000)
        media["public_metrics"] = {"view_count": work.views(now) // 2}
    requested = {name: value for name, value in media.items() if name in fields}
    return {"media_key": _media_key(work), "type": kind} | requested


def _media_key(work: Work) -> str:
    return f"7_{digits(19, 'media key', POST_IDS.id_of(work))}"


def _post(work: Work, fields: set[str], now: float) -> dict[str, Any]:
    text = f"{work.title_en()} &amp; {work.pick(40, sample_text.LINES_EN)}"
    kind = kind_of(work)
    if kind == "retweet":
        text = f"RT @someone: {text}"[:140]
    identifier = POST_IDS.id_of(work)
    post: dict[str, Any] = {
        "author_id": user_id(work.owner.person),
        "conversation_id": identifier,
        "created_at": f"{utc_text(work.created)}.000Z",
        "lang": "en",
        "possibly_sensitive": False,
        "public_metrics": {
            "retweet_count": work.share_of_views(now, 60, 0, 8),
            "reply_count": 0 if kind == "retweet" else work.share_of_views(now, 66, 0, 9),
            "like_count": 0 if kind == "retweet" else work.share_of_views(now, 72, 5, 60),
            "quote_count": 0 if kind == "retweet" else work.share_of_views(now, 78, 0, 3),
            "bookmark_count": work.share_of_views(now, 84, 0, 12),
            "impression_count": work.views(now),
        },
    }
    if _media_kind(work):
        post["attachments"] = {"media_keys": [_media_key(work)]}
    if work.index % 13 == 0:
        post["note_tweet"] = {"text": f"{text} " + "and on it goes. " * 30}
    always = {"id": identifier, "text": text, "edit_history_tweet_ids": [identifier]}
    return always | {name: value for name, value in post.items() if name in fields}
