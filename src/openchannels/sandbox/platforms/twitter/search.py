"""Posts of all authors: one by its id, and the answers of the last seven days to a post.

https://docs.x.com/x-api/posts/search/introduction
"""

import re
from typing import Any

from openchannels.sandbox.dataset import PERSONS, Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.http import EarlyReply, Fields
from openchannels.sandbox.platforms.twitter.analytics import moment_of
from openchannels.sandbox.platforms.twitter.errors import invalid_parameter
from openchannels.sandbox.platforms.twitter.posts import POST_IDS
from openchannels.sandbox.platforms.twitter.strangers import (
    answers_of_strangers,
    find_answer,
    let_strangers_answer,
)

SEARCH_SECONDS = 7 * 86_400
DEFAULT_PAGE, LEAST_PER_PAGE, MOST_PER_PAGE = 10, 10, 100
_QUERY = re.compile(r"(conversation_id|in_reply_to_tweet_id):(\d{1,19})( is:reply)?")
_ORDERS = ("recency", "relevancy")
_TOKEN = "b26v"


def find_post(emulator: Emulator, person: str, text: str) -> Work | None:
    """A post of the person, of another one whom the pages suggest, or of a stranger."""
    for author in dict.fromkeys((person, *PERSONS)):
        work = emulator.find_work(emulator.series(author), text)
        if work is not None:
            return work
    return find_answer(emulator, text)


def find_answers(emulator: Emulator, person: str, query: Fields, now: float) -> list[Work]:
    """The answers that a search finds for a person, newest first. Raises EarlyReply with 400."""
    asked = _QUERY.fullmatch(query.get("query"))
    if asked is None:
        sent = query.get("query")
        raise EarlyReply(invalid_parameter("query", sent, "This emulator finds answers only"))
    if query.get("sort_order", "recency") not in _ORDERS:
        sent, message = query.get("sort_order"), f"is not one of {list(_ORDERS)}"
        raise EarlyReply(invalid_parameter("sort_order", sent, message))
    kind, wanted = asked[1], asked[2]
    since = now - SEARCH_SECONDS
    if "start_time" in query:
        since = max(since, moment_of(query, "start_time"))
    post = find_post(emulator, person, wanted)
    if post is not None:
        let_strangers_answer(emulator, post, now)
    works = [
        *answers_of_strangers(emulator, wanted),
        *(
            work
            for author in dict.fromkeys((person, *PERSONS))
            for work in emulator.series(author).posts()
            if _is_answer(work, kind, wanted)
        ),
    ]
    found = [work for work in works if work.created >= since]
    return sorted(found, key=lambda work: work.created, reverse=True)


def page_of(works: list[Work], query: Fields) -> tuple[list[Work], dict[str, Any]]:
    """A page of what was found, and what it says of itself. Raises EarlyReply with 400."""
    size = query.integer("max_results", DEFAULT_PAGE)
    if size is None or not LEAST_PER_PAGE <= size <= MOST_PER_PAGE:
        sent = query.get("max_results")
        raise EarlyReply(invalid_parameter("max_results", sent, "is not between 10 and 100"))
    place = query.get("next_token") or f"{_TOKEN}0"
    if not re.fullmatch(rf"{_TOKEN}\d{{1,6}}", place):
        raise EarlyReply(invalid_parameter("next_token", place, "is invalid"))
    start = int(place.removeprefix(_TOKEN))
    shown = works[start : start + size]
    meta: dict[str, Any] = {"result_count": len(shown)}
    if shown:
        newest, oldest = POST_IDS.id_of(shown[0]), POST_IDS.id_of(shown[-1])
        meta |= {"newest_id": newest, "oldest_id": oldest}
    if start + size < len(works):
        meta["next_token"] = f"{_TOKEN}{start + size}"
    return shown, meta


def _is_answer(work: Work, kind: str, wanted: str) -> bool:
    references = (work.post or {}).get("references", {})
    if kind == "conversation_id":
        return references.get("conversation") == wanted and POST_IDS.id_of(work) != wanted
    posts = references.get("posts", [])
    return {"type": "replied_to", "id": wanted} in posts
