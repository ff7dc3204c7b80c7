"""Comments on works: some by strangers from the start, and those that calls write."""

from collections.abc import Callable, Collection
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import Clock
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.documents import Documents
from openchannels.sandbox.ids import digest
from openchannels.sandbox.tallies import Tallies

Comment = dict[str, Any]
MOST_FIRST = 3
COMMENTS, ANSWERS = "comments", "answers"
"""The names under which comments on works and answers to comments are tallied."""
_STRANGER = "reader-"
_HOUR = 3_600


class Comments:
    """The comments of one platform, each with `id`, `work`, `author`, `text`, `created`, `parent`.

    Strangers, whose `author` begins with `reader-`, write up to three on a work: one in each of its
    first hours. `make_id` takes a number and the parent's id.
    Counts of works hold the comments of strangers from the start; those that calls write and
    delete are added and taken away, unless `tallies` is None. Where the platform does not count
    what has one of the statuses `uncounted`, such a comment is taken away too, with the answers to
    it.
    """

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        tallies: Tallies | None,
        platform: str,
        make_id: Callable[[int, str], str],
        uncounted: Collection[str] = (),
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._tallies = tallies
        self._kind = f"{platform}_comment"
        self._make_id = make_id
        self._uncounted = uncounted

    def of(self, work: Work, work_id: str, parent: str = "") -> list[Comment]:
        """The comments on a work, or the answers to one of them, newest first."""
        self._let_strangers_write(work, work_id)
        found = list(self._documents.of_owner(self._kind, work_id).values())
        found.sort(key=lambda one: float(one["created"]), reverse=True)
        return [one for one in found if one["parent"] == parent]

    def find(self, identifier: str) -> Comment | None:
        """A comment by its id."""
        return self._documents.get(self._kind, identifier)

    def add(
        self,
        work: Work | None,
        work_id: str,
        author: str,
        text: str,
        created: float,
        parent: str = "",
    ) -> Comment:
        """A new comment, or an answer to one. Without a work it moves no count."""
        count = len(self._documents.of_owner(f"{self._kind}_number", work_id))
        identifier = self._make_id(digest(self._kind, work_id, count), parent)
        self._documents.put(f"{self._kind}_number", f"{work_id} {count}", {}, work_id)
        comment = {
            "id": identifier,
            "work": work_id,
            "author": author,
            "text": text,
            "created": created,
            "updated": created,
            "parent": parent,
            "status": "published",
            "place": None if work is None else work.place,
        }
        self.put(comment)
        return comment

    def put(self, comment: Comment) -> None:
        """Keep a comment that is new or has changed."""
        self._documents.put(self._kind, comment["id"], comment, comment["work"])
        for one in self._with_answers(comment):
            self._tally(one, is_there=True)

    def delete(self, comment: Comment) -> None:
        """Delete a comment and the answers to it."""
        for one in self._with_answers(comment):
            self._documents.delete(self._kind, one["id"])
            self._tally(one, is_there=False)

    def _with_answers(self, comment: Comment) -> list[Comment]:
        every = self._documents.of_owner(self._kind, comment["work"]).values()
        return [comment, *(one for one in every if one["parent"] == comment["id"])]

    def _tally(self, comment: Comment, *, is_there: bool) -> None:
        """Count a comment, if it is there and the platform counts it."""
        if self._tallies is None or comment.get("place") is None:
            return
        owner, index = comment["place"]
        name = ANSWERS if comment["parent"] else COMMENTS
        of_stranger = comment["author"].startswith(_STRANGER)
        if (is_there and self._is_counted(comment)) == of_stranger:
            self._tallies.remove((owner, index), name, comment["id"])
        else:
            change = -1 if of_stranger else 1
            self._tallies.add((owner, index), name, comment["id"], comment["created"], change)

    def _is_counted(self, comment: Comment) -> bool:
        """Whether neither the comment nor the one that it answers has an uncounted status."""
        answered = self.find(comment["parent"]) if comment["parent"] else None
        statuses = {one["status"] for one in (comment, answered) if one is not None}
        return statuses.isdisjoint(self._uncounted)

    def _let_strangers_write(self, work: Work, work_id: str) -> None:
        """Write what strangers have written by now."""
        kind = f"{self._kind}_strangers"
        kept = self._documents.get(kind, work_id)
        written = 0 if kept is None else kept["written"]
        hours = int(self._clock.now() - work.created) // _HOUR
        due = min(work.number(104, 1, MOST_FIRST), hours)
        if due <= written:
            return
        self._documents.put(kind, work_id, {"written": due})
        for number in range(written, due):
            text = work.pick(8 * number, sample_text.LINES_EN)
            created = work.created + (number + 1) * _HOUR
            self.add(work, work_id, f"{_STRANGER}{number}", text, created)
