"""Replies on Threads: those of strangers, and those that calls publish, at any depth.

https://developers.facebook.com/docs/threads/reply-management
"""

from collections.abc import Mapping
from typing import Any

from openchannels.sandbox.comments import Comment, Comments
from openchannels.sandbox.dataset import Creator, Dataset, Work
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.platforms.meta.graph import refusal
from openchannels.sandbox.platforms.meta.strangers import user_name
from openchannels.sandbox.platforms.meta.threads_posts import (
    IDS,
    common,
    published_fields,
    username,
)

_OWN = "threads reply"
_HIDDEN = "HIDDEN"
_BEGUN = "published"
"""How a reply is kept that nobody has hidden or shown again."""
_COVERED = "reader-2"
"""A stranger whose replies the platform covers."""


def _reply_id(number: int, parent: str) -> str:
    return f"180{number % 10**14:014d}"


class ThreadsReplies:
    """The replies to the posts of all persons."""

    def __init__(self, context: Context) -> None:
        self._dataset: Dataset = context.dataset
        self._documents = context.documents
        self._comments = Comments(
            context.documents, context.clock, context.tallies, "threads", _reply_id
        )

    def post(self, person: str, identifier: str) -> Work | None:
        """The person's post with this id, or None."""
        owner = Creator("threads", person)
        return self._dataset.series(owner).work_at(IDS.index_of(owner, identifier))

    def find(self, person: str, identifier: str) -> Comment | None:
        """A reply below one of the person's posts, or a reply of theirs; None for any other."""
        found = self._comments.find(identifier)
        if found is None:
            return None
        seen = found["author"] == person or self.post(person, found["work"]) is not None
        return found if seen else None

    def publish(self, person: str, post: Mapping[str, Any], now: float) -> str:
        """Publish a reply; returns its id."""
        root, replied = post["root_post"]["id"], post["replied_to"]["id"]
        parent = "" if replied == root else replied
        work = self.post(person, root)
        made = self._comments.add(work, root, person, post["title"], now, parent)
        self._comments.put({**made, "post": dict(post)})
        identifier: str = made["id"]
        self._documents.put(_OWN, identifier, {}, Creator("threads", person).key)
        return identifier

    def own(self, person: str) -> list[Comment]:
        """The person's replies, newest first."""
        ids = self._documents.of_owner(_OWN, Creator("threads", person).key)
        found = (self._comments.find(one) for one in reversed(list(ids)))
        return [one for one in found if one is not None]

    def below(self, work: Work, parent: str = "") -> list[Comment]:
        """The direct replies to a post or to a reply, newest first."""
        return self._comments.of(work, IDS.id_of(work), parent)

    def conversation(self, work: Work) -> list[Comment]:
        """The replies to a post at all depths, newest first."""
        found, waiting = [], [""]
        while waiting:
            direct = self.below(work, waiting.pop())
            found += direct
            waiting += [one["id"] for one in direct]
        return sorted(found, key=lambda one: float(one["created"]), reverse=True)

    def hide(self, person: str, identifier: str, hidden: bool) -> None:
        """Hide a direct reply to an own post, or show it again.

        Raises:
            GraphError: 24 if there is no such reply, 100 for one at another place.
        """
        found = self._require(person, identifier)
        if found["parent"] or self.post(person, found["work"]) is None:
            raise refusal("100", "(#100) Only top-level replies to own posts can be hidden")
        self._comments.put({**found, "status": _HIDDEN if hidden else "UNHUSHED"})

    def delete(self, person: str, identifier: str) -> None:
        """Delete an own reply. Raises GraphError 24 if there is none, 100 for a foreign one."""
        found = self._require(person, identifier)
        if found["author"] != person:
            raise refusal("100", "(#100) Replies of others cannot be deleted, only hidden")
        self._comments.delete(found)
        self._documents.delete(_OWN, identifier)

    def _require(self, person: str, identifier: str) -> Comment:
        found = self.find(person, identifier)
        if found is None:
            raise refusal("24", "The requested resource does not exist")
        return found

    def node(self, person: str, reply: Comment) -> dict[str, Any]:
        """All fields of a reply, as the person sees it."""
        identifier, author, post = reply["id"], reply["author"], reply.get("post")
        name = username(author) if post else user_name(author)
        content = published_fields(identifier, post) if post else {"media_type": "TEXT_POST"}
        work = self.post(person, reply["work"])
        return {
            "text": reply["text"],
            **content,
            **common(identifier, name, reply["created"]),
            "has_replies": work is not None and bool(self.below(work, identifier)),
            "root_post": {"id": reply["work"]},
            "replied_to": {"id": reply["parent"] or reply["work"]},
            "is_reply": True,
            "is_reply_owned_by_me": author == person,
            "is_verified": False,
            "hide_status": self._hide_status(reply),
        }

    def _hide_status(self, reply: Comment) -> str:
        """That of a reply itself, unless one above it is hidden."""
        above: Comment | None = reply
        while above is not None:
            if above["status"] == _HIDDEN:
                return _HIDDEN
            above = self._comments.find(above["parent"]) if above["parent"] else None
        if reply["author"] == _COVERED and reply["status"] == _BEGUN:
            return "COVERED"
        return "NOT_HUSHED" if reply["status"] == _BEGUN else str(reply["status"])
