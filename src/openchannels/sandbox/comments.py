"""Comments on works: some by strangers from the start, and those that calls write."""

from collections.abc import Callable
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.documents import Documents
from openchannels.sandbox.ids import digest

Comment = dict[str, Any]
MOST_FIRST = 3
_HOUR = 3_600


class Comments:
    """The comments of one platform, each with `id`, `work`, `author`, `text`, `created`, `parent`.

    `author` of a stranger begins with `reader-`. `make_id` takes a number and the parent's id.
    """

    def __init__(
        self, documents: Documents, platform: str, make_id: Callable[[int, str], str]
    ) -> None:
        self._documents = documents
        self._kind = f"{platform}_comment"
        self._make_id = make_id

    def of(self, work: Work, work_id: str, parent: str = "") -> list[Comment]:
        """The comments on a work, or the answers to one of them, newest first."""
        self._begin(work, work_id)
        found = list(self._documents.of_owner(self._kind, work_id).values())
        found.sort(key=lambda one: float(one["created"]), reverse=True)
        return [one for one in found if one["parent"] == parent]

    def find(self, identifier: str) -> Comment | None:
        """A comment by its id."""
        return self._documents.get(self._kind, identifier)

    def add(
        self, work_id: str, author: str, text: str, created: float, parent: str = ""
    ) -> Comment:
        """A new comment, or an answer to one."""
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
        }
        self.put(comment)
        return comment

    def put(self, comment: Comment) -> None:
        """Keep a comment that has changed."""
        self._documents.put(self._kind, comment["id"], comment, comment["work"])

    def delete(self, comment: Comment) -> None:
        """Delete a comment and the answers to it."""
        answers = self._documents.of_owner(self._kind, comment["work"]).values()
        for one in (comment, *(one for one in answers if one["parent"] == comment["id"])):
            self._documents.delete(self._kind, one["id"])

    def _begin(self, work: Work, work_id: str) -> None:
        """Let strangers write, unless they have."""
        if self._documents.get(f"{self._kind}_begun", work_id) is not None:
            return
        self._documents.put(f"{self._kind}_begun", work_id, {})
        for number in range(work.number(104, 1, MOST_FIRST)):
            text = work.pick(8 * number, sample_text.LINES_EN)
            self.add(work_id, f"reader-{number}", text, work.created + (number + 1) * _HOUR)
