"""X: a publication as the body of a post, and finding it again in a timeline.

https://docs.x.com/x-api/posts/create-post
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openchannels.connectors.base.parse import dig, rows, text
from openchannels.connectors.base.publisher import Job

FLAGS = ("made_with_ai", "paid_partnership")
"""Labels, which are sent only when they are set."""
ANY_ADDRESS = r"\S+\.\S+"
SHORTENED = re.compile(r"https://t\.co/\w+")


def post_body(job: Job, media_ids: Sequence[str]) -> dict[str, Any]:
    """Returns the body of a post. X refuses fields it does not know, and null."""
    option = job.option
    reply_to = option.get("reply_to_tweet_id")
    body = {
        "text": job.content.body.strip() or None,
        "media": {"media_ids": list(media_ids)} if media_ids else None,
        "poll": option.get("poll"),
        "reply": {"in_reply_to_tweet_id": reply_to} if reply_to else None,
        "reply_settings": option.get("reply_settings"),
        "quote_tweet_id": option.get("quote_tweet_id"),
        **{name: True for name in FLAGS if option.get(name)},
    }
    return {name: value for name, value in body.items() if value is not None}


def has_media(post: Mapping[str, Any], keys: Iterable[str]) -> bool:
    """Returns whether a post shows one of these media, which no other post can."""
    shown = dig(post, "attachments", "media_keys")
    return isinstance(shown, list) and not {str(key) for key in shown}.isdisjoint(keys)


def is_alike(post: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Returns whether a post says what the body of another one says, to the same posts.

    One without text is like any other of its kind: it is never alike.
    """
    attached = (("media", "media_keys"), ("poll", "poll_ids"))
    return (
        all((part in body) == bool(dig(post, "attachments", key)) for part, key in attached)
        and "text" in body
        and _referenced(post) == _references(body)
        and _says(text(post.get("text")) or "", body["text"])
    )


def _references(body: Mapping[str, Any]) -> set[tuple[str, str]]:
    named = {
        "replied_to": dig(body, "reply", "in_reply_to_tweet_id"),
        "quoted": body.get("quote_tweet_id"),
    }
    return {(kind, str(post_id)) for kind, post_id in named.items() if post_id}


def _referenced(post: Mapping[str, Any]) -> set[tuple[str, str]]:
    named = post.get("referenced_tweets") or post.get("referenced_posts")
    return {(str(one.get("type")), str(one.get("id"))) for one in rows(named)}


def _says(shown: str, written: str) -> bool:
    """Whether a text as X shows it is this one: addresses are shortened, media are added."""
    shown = unicodedata.normalize("NFC", html.unescape(shown)).strip()
    written = unicodedata.normalize("NFC", written).strip()
    while True:
        pattern = ANY_ADDRESS.join(map(re.escape, SHORTENED.split(shown)))
        if re.fullmatch(pattern, written):
            return True
        shorter = re.sub(rf"\s*{SHORTENED.pattern}$", "", shown)
        if shorter == shown:
            return False
        shown = shorter
