"""The posts of X: ids, kinds, how far back the list goes, and pages in both directions.

https://docs.x.com/x-api/posts/timelines/introduction
"""

from openchannels.sandbox.dataset import Series, Work
from openchannels.sandbox.ids import decimal, digits, encode, hexadecimal
from openchannels.sandbox.work_ids import DecimalIds

DEPTH, DEPTH_WITHOUT_REPLIES = 3_200, 800
POST_IDS = DecimalIds(1_500_000_000_000_000_000, bits=60)
_TOKEN_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def user_id(person: str) -> str:
    """A person's id: 19 digits."""
    return digits(19, "x user", person)


def username(person: str) -> str:
    """A person's handle."""
    return f"{person.replace('-', '_')[:10]}_{hexadecimal(4, 'x name', person)}"


def kind_of(work: Work) -> str:
    """`retweet`, `reply` or `post`."""
    if work.post is not None:
        return "reply" if "user" in work.post["references"] else "post"
    return {4: "retweet", 7: "reply"}.get(work.index % 10, "post")


def media_kind(work: Work) -> str | None:
    """The kind of the post's media, or None if it has none."""
    if work.post is not None:
        return next((medium["kind"] for medium in work.post["media"]), None)
    kinds = (None, "photo", "video", None, None, "photo", "animated_gif", None, "photo", None)
    return kinds[work.index % 10]


def media_keys(work: Work) -> list[str]:
    """The keys of the post's media."""
    if work.post is not None:
        return [medium["key"] for medium in work.post["media"]]
    return [f"7_{digits(19, 'media key', POST_IDS.id_of(work))}"] if media_kind(work) else []


def reachable(series: Series, without: set[str], until: float | None = None) -> list[Work]:
    """The posts that the list endpoint covers, newest first; those that calls made `until`."""
    depth = DEPTH_WITHOUT_REPLIES if "replies" in without else DEPTH
    names = {"retweets": "retweet", "reposts": "retweet", "replies": "reply"}
    dropped = {names[name] for name in without if name in names}
    works = [w for w in series.slice(0, depth) if kind_of(w) not in dropped]
    return [w for w in works if w.post is None or until is None or w.created <= until]


def _token(direction: str, index: int) -> str:
    return f"{direction}{encode(index * 2654435761 % (1 << 40), 8, _TOKEN_ALPHABET)}{index}"


def read_page_token(text: str) -> tuple[str, int] | None:
    """Direction and index in a pagination token; without one those of the first page."""
    if not text:
        return "n", 1 << 40
    direction, index = text[:1], text[9:]
    number = decimal(index)
    if direction not in "np" or number is None or text != _token(direction, number):
        return None
    return direction, number


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


def page_meta(works: list[Work], page: list[Work], start: int) -> dict[str, str | int]:
    """What a page says of itself, with tokens of the directions in which there are more posts."""
    meta: dict[str, str | int] = {"result_count": len(page)}
    if not page:
        return meta
    meta |= {"newest_id": POST_IDS.id_of(page[0]), "oldest_id": POST_IDS.id_of(page[-1])}
    if start + len(page) < len(works):
        meta["next_token"] = _token("n", page[-1].index)
    if start > 0:
        meta["previous_token"] = _token("p", page[0].index)
    return meta
