"""LinkedIn: a publication as the body of a post, in the format that it calls little text.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.base.parse import dig, rows
from openchannels.connectors.base.publisher import Job
from openchannels.connectors.linkedin.posts import unescape
from openchannels.core.accounts import Account

RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
MARKED = re.compile(
    r"(?P<mention>@\[[^\]\n]+\]\(urn:li:(?:person|organization):[\w-]+\))"
    r"|(?<!\S)#(?P<tag>\w+)"
    r"|(?P<reserved>[\\|{}@\[\]()<>#*_~])"
)


def author_of(account: Account) -> str:
    """Returns the URN of an account; that of a page is its id, a member has one of its own."""
    return account.uid if account.uid.startswith("urn:") else f"urn:li:person:{account.uid}"


def little_text(text: str) -> str:
    """Returns a text with hashtags as LinkedIn marks them, and all else that it reserves escaped.

    LinkedIn cuts a post at the first reserved character that is not escaped. Mentions with a URN
    stay as they are.
    """
    return MARKED.sub(_marked, text)


def _marked(found: re.Match[str]) -> str:
    if found["mention"]:
        return found["mention"]
    if found["tag"]:
        return rf"{{hashtag|\#|{RESERVED.sub(_escaped, found['tag'])}}}"
    return _escaped(found)


def _escaped(found: re.Match[str]) -> str:
    return "\\" + found[0]


def post_body(account: Account, job: Job, media: Sequence[str]) -> dict[str, Any]:
    """Returns the body of a post with media that were uploaded.

    https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
    """
    option = job.option
    body = _text_body(
        account,
        option.get("commentary") or job.content.body,
        visibility=option.get("visibility") or "PUBLIC",
        distribution=option.get("distribution") or "MAIN_FEED",
    )
    if len(media) > 1:
        body["content"] = {"multiImage": {"images": [{"id": urn} for urn in media]}}
    elif media:
        title = job.content.title if job.video is not None else ""
        body["content"] = {"media": {"id": media[0], **({"title": title} if title else {})}}
    return body


def reshare_body(account: Account, parent: str, text: str) -> dict[str, Any]:
    """Returns the body of a post that shares another one; without text it says nothing more."""
    return {**_text_body(account, text), "reshareContext": {"parent": parent}}


def _text_body(
    account: Account, text: str, *, visibility: str = "PUBLIC", distribution: str = "MAIN_FEED"
) -> dict[str, Any]:
    return {
        "author": author_of(account),
        "commentary": little_text(text),
        "visibility": visibility,
        "distribution": {
            "feedDistribution": distribution,
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }


def media_of(post: Mapping[str, Any]) -> set[str]:
    """Returns the URNs of the media that a post shows."""
    content = post.get("content")
    images = rows(dig(content, "multiImage", "images"))
    urns = (dig(content, "media", "id"), *(image.get("id") for image in images))
    return {str(urn) for urn in urns if urn}


def says_the_same(post: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Returns whether a post shows the text of a body."""
    return unescape(str(post.get("commentary") or "")) == unescape(body["commentary"])
