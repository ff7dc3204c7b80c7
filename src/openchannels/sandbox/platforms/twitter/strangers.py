"""Strangers on X, who answer the posts of the last days: two posts of three, up to three times.

Their answers begin with the handle of the author, who thereby may answer in turn.
"""

from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.ids import digest
from openchannels.sandbox.platforms.twitter.posts import kind_of, user_id, username
from openchannels.sandbox.tallies import NOTHING

MOST_ANSWERS, ANSWER_SECONDS = 3, 1_200
"""How many answers a post gets, and how long after it or the one before each comes."""
_KIND = "x_stranger"


def answers_of_strangers(emulator: Emulator, root: str) -> list[Work]:
    """The answers of strangers to a post, oldest first, as far as they have been written."""
    found = emulator.context.documents.of_owner(_KIND, root)
    return [_work(emulator, content) for content in found.values()]


def find_answer(emulator: Emulator, identifier: str) -> Work | None:
    """The answer of a stranger with this id, or None."""
    content = emulator.context.documents.get(_KIND, identifier)
    return None if content is None else _work(emulator, content)


def let_strangers_answer(emulator: Emulator, post: Work, now: float) -> None:
    """Write the answers that a post has got by now."""
    if kind_of(post) != "post" or post.index % 3 == 2:
        return
    documents, root = emulator.context.documents, emulator.work_id(post)
    for number in range(post.number(104, 1, MOST_ANSWERS)):
        created = post.created + (number + 1) * ANSWER_SECONDS
        content = _content(post, root, number) | {"root": root, "created": created}
        identifier = emulator.work_id(_work(emulator, content))
        if created <= now and documents.get(_KIND, identifier) is None:
            documents.put(_KIND, identifier, content, root)


def _content(post: Work, root: str, number: int) -> dict[str, Any]:
    author = post.owner.person
    text = f"@{username(author)} {post.pick(8 * number, sample_text.LINES_EN)}"
    return {
        "author": f"reader-{number}",
        "post": {
            "title": text,
            "text": text,
            "media": [],
            "poll": {},
            "replySettings": "everyone",
            "labels": [],
            "references": {
                "posts": [{"type": "replied_to", "id": root}],
                "conversation": root,
                "user": user_id(author),
            },
        },
    }


def _work(emulator: Emulator, content: dict[str, Any]) -> Work:
    owner = Creator(emulator.name, content["author"], content["root"])
    tally = emulator.context.tallies.of_owner(owner.key).get(0, NOTHING)
    return Work(owner, 0, content["created"], digest(owner.key), content["post"], tally)
