"""Posts as X's lists and lookups show them: the requested fields, media, and partial errors.

https://docs.x.com/x-api/posts/lookup/introduction
"""

from collections.abc import Sequence
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.http import Fields
from openchannels.sandbox.ids import digits, hexadecimal
from openchannels.sandbox.platforms.twitter.counts import private, public
from openchannels.sandbox.platforms.twitter.errors import partial_error
from openchannels.sandbox.platforms.twitter.fields import requested_fields, respelled
from openchannels.sandbox.platforms.twitter.posts import (
    POST_IDS,
    kind_of,
    media_keys,
    media_kind,
    user_id,
)
from openchannels.sandbox.platforms.twitter.text import MOST_WEIGHT

PRIVATE_METRICS_SECONDS = 30 * 86_400
"""How long after its creation a post has private metrics."""
_PRIVATE = ("non_public_metrics", "organic_metrics", "promoted_metrics")


def post_bodies(works: Sequence[Work], query: Fields, now: float, reader: str) -> dict[str, Any]:
    """`data`, `includes` and `errors` for posts as a person sees them; each only if not empty.

    Private metrics of another person's post are refused. A post too old for them is left out.
    """
    wanted = requested_fields(query)
    asked = [name for name in _PRIVATE if name in wanted]
    old = [work for work in works if asked and work.created < now - PRIVATE_METRICS_SECONDS]
    shown = [work for work in works if work not in old or work.owner.person != reader]
    errors = [
        _withheld(work, name)
        for work in works
        if work in old or work.owner.person != reader
        for name in asked
    ]
    data = [respelled(_post(work, wanted, now, reader), query) for work in shown]
    media = [item for work in shown for item in _media(work, query, now)]
    expanded = "attachments.media_keys" in query.split_values("expansions")
    parts: dict[str, Any] = {"data": data, "errors": errors}
    parts["includes"] = {"media": media} if media and expanded else {}
    return {name: part for name, part in parts.items() if part}


def _withheld(work: Work, field: str) -> dict[str, Any]:
    identifier = POST_IDS.id_of(work)
    detail = f"Sorry, you are not authorized to access '{field}' on the Tweet: [{identifier}]."
    title = "Field Authorization Error"
    return partial_error("not-authorized-for-field", title, detail, identifier) | {"field": field}


def _media(work: Work, query: Fields, now: float) -> list[dict[str, Any]]:
    """The media of a post, with the fields that are asked for."""
    fields = set(query.split_values("media.fields"))
    return [
        {"media_key": key, "type": media_kind(work)}
        | {name: value for name, value in _medium(work, number, now).items() if name in fields}
        for number, key in enumerate(media_keys(work))
    ]


def _medium(work: Work, number: int, now: float) -> dict[str, Any]:
    kind = media_kind(work)
    file = hexadecimal(12, "x media", POST_IDS.id_of(work), *([number] if number else []))
    medium: dict[str, Any] = {"width": 1280, "height": 720}
    if kind == "photo":
        medium["url"] = f"https://pbs.twimg.com/media/{file}.jpg"
    else:
        medium["preview_image_url"] = f"https://pbs.twimg.com/media/{file}_preview.jpg"
    if kind == "video":
        medium["duration_ms"] = work.number(96, 4_000, 140_000)
        medium["public_metrics"] = {"view_count": work.views(now) // 2}
    if work.post is not None and work.post["media"][number]["alt"]:
        medium["alt_text"] = work.post["media"][number]["alt"]
    return medium


def _text(work: Work) -> str:
    if work.post is not None:
        return str(work.post["text"])
    text = f"{work.title_en()} &amp; {work.pick(40, sample_text.LINES_EN)}"
    return f"RT @someone: {text}"[:140] if kind_of(work) == "retweet" else text


def _posted(work: Work) -> dict[str, Any]:
    """What is shown of a post that a call has made, besides what all posts have."""
    if work.post is None:
        return {}
    post, identifier = work.post, POST_IDS.id_of(work)
    references = post["references"]
    shown: dict[str, Any] = {"reply_settings": post["replySettings"]}
    if references["posts"]:
        shown["referenced_tweets"] = references["posts"]
    if "user" in references:
        shown["in_reply_to_user_id"] = references["user"]
        shown["conversation_id"] = references["conversation"]
    if post["poll"]:
        shown["attachments"] = {"poll_ids": [digits(19, "x poll", identifier)]}
    if "paid_partnership" in post["labels"]:
        shown["paid_partnership"] = True
    return shown


def _post(work: Work, fields: set[str], now: float, reader: str) -> dict[str, Any]:
    text, identifier = _text(work), POST_IDS.id_of(work)
    post: dict[str, Any] = {
        "author_id": user_id(work.owner.person),
        "conversation_id": identifier,
        "created_at": f"{utc_text(work.created)}.000Z",
        "lang": "en",
        "possibly_sensitive": False,
        "public_metrics": public(work, now),
    }
    if work.owner.person == reader:
        post |= private(work, now)
    if media_kind(work):
        post["attachments"] = {"media_keys": media_keys(work)}
    if work.post is None and work.index % 13 == 0:
        post["note_tweet"] = {"text": f"{text} " + "and on it goes. " * 30}
    if work.post is not None and len(text) > MOST_WEIGHT:
        post["note_tweet"], text = {"text": text}, f"{text[:MOST_WEIGHT]}…"
    post |= _posted(work)
    always = {"id": identifier, "text": text, "edit_history_tweet_ids": [identifier]}
    return always | {name: value for name, value in post.items() if name in fields}
