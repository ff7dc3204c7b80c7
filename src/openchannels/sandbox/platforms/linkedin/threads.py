"""LinkedIn: what comments and reactions are about, and who may write them.

Both name a post, its activity, or a comment on it. The number of an activity is one more than
that of the post.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
"""

import re
from dataclasses import dataclass

from openchannels.sandbox.comments import Comments
from openchannels.sandbox.dataset import PERSONS, Work
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply
from openchannels.sandbox.platforms.linkedin.authors import authors_of
from openchannels.sandbox.platforms.linkedin.pages import error_reply
from openchannels.sandbox.platforms.linkedin.posts import post_index

READING = ("r_organization_social", "r_organization_social_feed")
_MEMBER = ("w_member_social_feed", "w_member_social")
_ORGANIZATION = ("w_organization_social_feed", "w_organization_social")
WRITING = (*_MEMBER, *_ORGANIZATION)
_ROLES = ("ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER", "RECRUITING_POSTER")
"""Who may comment and react for an organization."""
_COMMENT = re.compile(r"urn:li:comment:\((urn:li:activity:\d+),(\d+)\)")
_POST = re.compile(r"urn:li:(share|ugcPost|activity):(\d{1,25})")


@dataclass(frozen=True, slots=True)
class Thread:
    """The comments on a post, or the answers to one of them, whose id is `comment`."""

    work: Work
    activity: str
    comment: str = ""

    @property
    def entity(self) -> str:
        """The URN of what the thread is about: of a post that of its activity."""
        return comment_urn(self.activity, self.comment) if self.comment else self.activity


def comment_urn(activity: str, comment: str) -> str:
    """`urn:li:comment:(urn:li:activity:1,2)`."""
    return f"urn:li:comment:({activity},{comment})"


def find_post(emulator: Emulator, person: str, urn: str) -> Work | None:
    """A post that a person's authors have made, or those of one whom the pages suggest."""
    found = _POST.fullmatch(urn)
    if found is None:
        return None
    number = int(found[2]) - (found[1] == "activity")
    for one in dict.fromkeys((person, *PERSONS)):
        for author in authors_of(one).values():
            series = emulator.dataset.series(author.creator)
            work = series.work_at(post_index(author.creator, f"urn:li:share:{number}"))
            if work is not None:
                return work
    return None


class Threads:
    """Finds threads by their URN, and checks who acts."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        context = emulator.context
        self.comments = Comments(
            context.documents, context.clock, context.tallies, emulator.name, _comment_id
        )

    def find(self, token: Token, urn: str) -> Thread:
        """The thread of a post, an activity or a comment. Raises EarlyReply with 404."""
        named = _COMMENT.fullmatch(urn)
        work = find_post(self._emulator, token.grant.person, named[1] if named else urn)
        if work is not None:
            number = int(self._emulator.work_id(work).rpartition(":")[2])
            thread = Thread(work, f"urn:li:activity:{number + 1}", named[2] if named else "")
            if self._is_there(thread):
                return thread
        raise EarlyReply(error_reply(404, "RESOURCE_NOT_FOUND", f"Could not find entity {urn}"))

    def require_readable(self, token: Token, thread: Thread) -> None:
        """Raises EarlyReply with 403 unless the post is of one of the person's organizations."""
        owner = thread.work.owner
        if owner.person != token.grant.person or owner.slot == "member":
            message = "Not enough permissions to access: socialActions.comments.GET_ALL"
            raise EarlyReply(error_reply(403, "ACCESS_DENIED", message))

    def actor(self, token: Token, urn: str) -> str:
        """The URN of who acts. Raises EarlyReply unless the token may act for them."""
        author = authors_of(token.grant.person).get(urn)
        scopes = _ORGANIZATION if author and author.is_organization else _MEMBER
        may = author and (not author.is_organization or author.role in _ROLES)
        if not may or not set(scopes) & set(token.grant.scopes):
            raise EarlyReply(error_reply(403, "ACCESS_DENIED", "Not enough permissions: [/actor]"))
        return urn

    def _is_there(self, thread: Thread) -> bool:
        """Whether a post has the comment that a thread is about."""
        if not thread.comment:
            return True
        self.comments.of(thread.work, thread.activity)
        comment = self.comments.find(thread.comment)
        return comment is not None and comment["work"] == thread.activity


def _comment_id(number: int, parent: str) -> str:
    return str(7_300_000_000_000_000_000 + number % 10**17)
