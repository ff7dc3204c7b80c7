"""What WeChat checks and changes of an article in a draft.

https://developers.weixin.qq.com/doc/service/api/draftbox/draftmanage/api_draft_add.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from openchannels.sandbox.http import EarlyReply
from openchannels.sandbox.platforms.wechat.accounts import Account, error_reply
from openchannels.sandbox.platforms.wechat.materials import PICTURES

NEWS, PICTURE_MESSAGE = "news", "newspic"
MOST_PICTURES = 20
DIGEST_LENGTH = 54
MOST_CONTENT, MOST_CONTENT_BYTES = 20_000, 1_000_000
_LIMITS = (
    ("title", 32, 45003, "title size out of limit"),
    ("author", 16, 45110, "author size out of limit"),
    ("digest", 128, 45004, "description size out of limit"),
    ("content_source_url", 1024, 41039, "invalid content_source_url"),
)
"""Texts, how long each may be, and the error of longer ones."""
_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u")
_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_OWN = re.compile(rf"""\ssrc\s*=\s*["']?https?://{re.escape(PICTURES)}/""", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")

FindMaterial = Callable[[Account, str], Mapping[str, Any] | None]


def literal_json(body: bytes) -> dict[str, Any]:
    """The JSON of a body whose `\\uXXXX` stay as they are, as WeChat shows them to readers."""
    content = msgspec.json.decode(_ESCAPE.sub(rb"\1\\\\u", body))
    return content if isinstance(content, dict) else {}


def stored_article(account: Account, sent: Any, find: FindMaterial) -> dict[str, Any]:
    """An article as it is kept. Raises EarlyReply."""
    if not isinstance(sent, dict):
        raise EarlyReply(error_reply(47001, "data format error"))
    texts = {name: sent.get(name, "") for name in ("title", "author", "digest", "content")}
    texts["content_source_url"] = sent.get("content_source_url", "")
    if not all(isinstance(text, str) for text in texts.values()):
        raise EarlyReply(error_reply(47001, "data format error"))
    for name, most, code, message in _LIMITS:
        if len(texts[name]) > most or (name == "title" and not texts[name].strip()):
            raise EarlyReply(error_reply(code, message))
    if sent.get("product_info"):
        raise EarlyReply(error_reply(53404, "account has no right to insert products"))
    pictures = _pictures(account, sent, find)
    content = _content(texts["content"], sent)
    return texts | {
        "article_type": sent.get("article_type", NEWS),
        "content": content,
        "digest": texts["digest"] or _TAG.sub("", content)[:DIGEST_LENGTH],
        "thumb_media_id": pictures[0][0],
        "thumb_url": pictures[0][1],
        "image_info": {"image_list": [{"image_media_id": id} for id, _ in pictures]},
        "show_cover_pic": 0,
        **_comments(account, sent),
    }


def _content(content: str, sent: Mapping[str, Any]) -> str:
    """The text without scripts and foreign pictures; a picture message has plain text."""
    is_news = sent.get("article_type", NEWS) == NEWS
    too_long = len(content) >= MOST_CONTENT or len(content.encode()) >= MOST_CONTENT_BYTES
    if too_long or (is_news and not content):
        raise EarlyReply(error_reply(45166, "invalid content"))
    if not is_news:
        return _TAG.sub("", content)
    content = _SCRIPT.sub("", content)
    return _IMAGE.sub(lambda found: found[0] if _OWN.search(found[0]) else "", content)


def _pictures(
    account: Account, sent: Mapping[str, Any], find: FindMaterial
) -> list[tuple[str, str]]:
    """Ids and addresses of the cover, or of all pictures of a picture message."""
    kind = sent.get("article_type", NEWS)
    if kind not in (NEWS, PICTURE_MESSAGE):
        raise EarlyReply(error_reply(40097, "invalid args"))
    named = [sent.get("thumb_media_id")]
    if kind == PICTURE_MESSAGE:
        listed = (sent.get("image_info") or {}).get("image_list") or []
        named = [one.get("image_media_id") for one in listed]
    found = [(str(id), find(account, str(id))) for id in named]
    known = [(id, str(material["url"])) for id, material in found if material is not None]
    if len(known) != len(named) or not 1 <= len(known) <= MOST_PICTURES:
        raise EarlyReply(error_reply(40007, "invalid media_id"))
    return known


def _comments(account: Account, sent: Mapping[str, Any]) -> dict[str, int]:
    """Whether readers may comment; only verified accounts have comments."""
    chosen = {
        name: int(bool(sent.get(name, 0)))
        for name in ("need_open_comment", "only_fans_can_comment")
    }
    if chosen["need_open_comment"] and not account.is_verified:
        raise EarlyReply(error_reply(88000, "without comment privilege"))
    return chosen
