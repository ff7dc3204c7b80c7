"""LinkedIn: reactions to posts and comments.

A second reaction of the same author is refused. How is not confirmed: `mara` is answered 422.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/reactions-api
"""

import re
from typing import Any

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.platforms.linkedin.counts import REACTED
from openchannels.sandbox.platforms.linkedin.pages import RequireToken, error_reply
from openchannels.sandbox.platforms.linkedin.threads import READING, WRITING, Threads

DEFAULT_PAGE, MOST_PER_PAGE = 10, 100
_API = "api.linkedin.com"
_ONE = re.compile(r"\(actor:(urn:li:(?:person|organization):[\w-]+),entity:(.+)\)")
_ALL = re.compile(r"\(entity:(.+)\)")
_TYPES = {"LIKE", "PRAISE", "EMPATHY", "INTEREST", "APPRECIATION", "ENTERTAINMENT"}
_KIND = "li_reaction"
_ANSWERED_OTHERWISE = "mara"

Reaction = dict[str, Any]


def reactions_to(documents: Documents, entity: str) -> list[Reaction]:
    """The reactions to an activity or a comment, newest first."""
    return [*documents.of_owner(_KIND, entity).values()][::-1]


class Reactions:
    """The calls about reactions."""

    def __init__(self, emulator: Emulator, require_token: RequireToken, threads: Threads) -> None:
        self._documents = emulator.context.documents
        self._tallies = emulator.context.tallies
        self._require_token = require_token
        self._threads = threads

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route("POST", _API, "/rest/reactions", self.create),
            Route("GET", _API, "/rest/reactions/{key}", self.list_reactions),
            Route("DELETE", _API, "/rest/reactions/{key}", self.delete),
        ]

    def create(self, request: Request) -> Reply:
        """React to a post or comment."""
        token = self._require_token(request, *WRITING)
        actor = self._threads.actor(token, request.query.get("actor"))
        root, kind = str(request.json.get("root", "")), request.json.get("reactionType")
        thread = self._threads.find(token, root)
        entity = thread.entity
        if kind not in _TYPES:
            return error_reply(400, "INVALID_VALUE_FOR_FIELD", "/reactionType")
        identifier = _identifier(actor, entity)
        if self._documents.get(_KIND, identifier) is not None:
            status = 422 if token.grant.person == _ANSWERED_OTHERWISE else 409
            return error_reply(status, "CONFLICT", "The actor has reacted to this entity already")
        made = {"actor": actor, "root": root, "type": kind, "created": request.now}
        self._documents.put(_KIND, identifier, made, entity)
        if not thread.comment:
            self._tallies.add(thread.work.place, REACTED, actor, request.now)
        return Reply.json(_resource(made, entity), 201, x_restli_id=identifier)

    def list_reactions(self, request: Request) -> Reply:
        """A page of the reactions to a post or comment."""
        token, query = self._require_token(request, *READING), request.query
        named = _ALL.fullmatch(request.params["key"])
        if named is None or query.get("q") != "entity":
            return error_reply(400, "QUERY_PARAM_NOT_ALLOWED", "q=entity with the key (entity:..)")
        thread = self._threads.find(token, named[1])
        self._threads.require_readable(token, thread)
        start, count = query.integer("start", 0), query.integer("count", DEFAULT_PAGE)
        if start is None or start < 0 or count is None or not 1 <= count <= MOST_PER_PAGE:
            return error_reply(400, "ILLEGAL_ARGUMENT", "start or count")
        every = reactions_to(self._documents, thread.entity)
        where = {"start": start, "count": count, "links": [], "total": len(every)}
        elements = [_resource(one, thread.entity) for one in every[start : start + count]]
        return Reply.json({"paging": where, "elements": elements})

    def delete(self, request: Request) -> Reply:
        """Take a reaction back."""
        token = self._require_token(request, *WRITING)
        found = _ONE.fullmatch(request.params["key"])
        if found is None:
            return error_reply(400, "ILLEGAL_ARGUMENT", "key")
        actor, thread = self._threads.actor(token, found[1]), self._threads.find(token, found[2])
        deleted = self._documents.delete(_KIND, _identifier(actor, thread.entity))
        if not thread.comment:
            self._tallies.remove(thread.work.place, REACTED, actor)
        return Reply(204) if deleted else error_reply(404, "RESOURCE_NOT_FOUND", "No reaction")


def _identifier(actor: str, entity: str) -> str:
    return f"urn:li:reaction:({actor},{entity})"


def _resource(reaction: Reaction, entity: str) -> dict[str, Any]:
    actor, moment = reaction["actor"], int(reaction["created"] * 1000)
    made = {"actor": actor, "time": moment}
    return {
        "id": _identifier(actor, entity),
        "root": reaction["root"],
        "reactionType": reaction["type"],
        "created": made,
        "lastModified": made,
    }
