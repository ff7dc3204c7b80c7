"""Comments on videos as lists and calls show them.

https://developers.google.com/youtube/v3/docs/comments#resource
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openchannels.sandbox.comments import Comment
from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.ids import letters
from openchannels.sandbox.platforms.google.accounts import timestamp
from openchannels.sandbox.platforms.google.youtube_api import channel_id, channel_title

SHOWN_REPLIES = 5
"""How many answers a thread holds; the others are a list of their own."""
_STRANGER = "reader-"


@dataclass(frozen=True, slots=True)
class CommentView:
    """The comments on the videos of a person, `owner`, as another one, `reader`, sees them.

    `is_plain` is false for texts in HTML.
    """

    owner: str
    reader: str
    is_plain: bool

    def comment(self, comment: Comment) -> dict[str, Any]:
        """One comment; only its author sees the text as it was written."""
        name, channel = _author(comment)
        snippet = {
            "channelId": channel_id(self.owner),
            "videoId": comment["work"],
            "textDisplay": comment["text"] if self.is_plain else _as_html(comment["text"]),
            "authorDisplayName": f"@{name.replace(' ', '').lower()}",
            "authorChannelId": {"value": channel},
            "canRate": True,
            "viewerRating": "none",
            "likeCount": 0,
            "publishedAt": timestamp(comment["created"]),
            "updatedAt": timestamp(comment["updated"]),
        }
        if comment["author"] == self.reader:
            snippet["textOriginal"] = comment["text"]
        if comment["parent"]:
            snippet["parentId"] = comment["parent"]
        return {"kind": "youtube#comment", "id": comment["id"], "snippet": snippet}

    def thread(
        self, comment: Comment, answers: Sequence[Comment], parts: Sequence[str]
    ) -> dict[str, Any]:
        """A comment with the newest answers to it, if they are among the parts."""
        snippet = {
            "channelId": channel_id(self.owner),
            "videoId": comment["work"],
            "topLevelComment": self.comment(comment),
            "canReply": True,
            "totalReplyCount": len(answers),
            "isPublic": comment["status"] == "published",
        }
        thread = {"kind": "youtube#commentThread", "id": comment["id"], "snippet": snippet}
        if "replies" in parts and answers:
            thread["replies"] = {"comments": [self.comment(a) for a in answers[:SHOWN_REPLIES]]}
        return thread


def _author(comment: Comment) -> tuple[str, str]:
    """Name and channel of who wrote a comment: a stranger, or a person of the sandbox."""
    author = str(comment["author"])
    if author.startswith(_STRANGER):
        return author, f"UC{letters(22, author, comment['work'])}"
    return channel_title(Creator("youtube", author)), channel_id(author)


def _as_html(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")
