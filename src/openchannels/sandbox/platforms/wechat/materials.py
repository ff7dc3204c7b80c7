"""The store of an official account: permanent pictures, and pictures of texts.

https://developers.weixin.qq.com/doc/service/api/material/permanent/api_addmaterial.html
"""

from collections.abc import Callable
from typing import Any

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.grants import random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.images import kind_of_picture
from openchannels.sandbox.platforms.wechat.accounts import (
    MATERIALS,
    Account,
    done,
    error_reply,
    json_post,
)
from openchannels.sandbox.platforms.wechat.component import API

PICTURES = "mmbiz.qpic.cn"
"""The host of pictures; only those from there may be shown in a text."""
MOST_BYTES = 10 << 20
MOST_BYTES_OF_TEXT = 1 << 20
MOST_BYTES_OF_THUMB = 64 << 10
_KIND = "wxgzh material"

RequireAccount = Callable[[Request, str], Account]


class Materials:
    """Takes pictures; their bytes are counted and not kept."""

    def __init__(self, documents: Documents, require_account: RequireAccount) -> None:
        self._documents = documents
        self._require_account = require_account

    def routes(self) -> list[Route]:
        """Adding and deleting of materials, and pictures of texts."""
        path, most = "/cgi-bin/material", 2 * MOST_BYTES
        picture = "/cgi-bin/media/uploadimg"
        return [
            Route("POST", API, f"{path}/add_material", self.add, max_body=most),
            Route("*", API, f"{path}/del_material", json_post(self.delete)),
            Route("POST", API, picture, self.add_picture_of_text, max_body=most),
        ]

    def add(self, request: Request) -> Reply:
        """Keep a picture for good; drafts name it by its id."""
        account = self._require_account(request, MATERIALS)
        kinds = {"image": ("bmp", "png", "jpeg", "gif"), "thumb": ("jpeg",)}
        wanted = request.query.get("type")
        if wanted not in kinds:
            return error_reply(40004, "invalid media type")
        most = MOST_BYTES if wanted == "image" else MOST_BYTES_OF_THUMB
        kind = _checked(request, kinds[wanted], most)
        id = random_text("", 43)
        url = f"http://{PICTURES}/mmbiz_jpg/{random_text('', 32)}/0?wx_fmt={kind}"
        self._documents.put(_KIND, id, {"url": url}, account.app_id)
        return Reply.json({"media_id": id, "url": url, "item": []})

    def delete(self, request: Request) -> Reply:
        """Delete a material."""
        account = self._require_account(request, MATERIALS)
        id = str(request.json.get("media_id"))
        if self.find(account, id) is None:
            return error_reply(40007, "invalid media_id")
        self._documents.delete(_KIND, id)
        return done()

    def add_picture_of_text(self, request: Request) -> Reply:
        """Keep a picture that texts show by its address."""
        self._require_account(request, MATERIALS)
        _checked(request, ("png", "jpeg"), MOST_BYTES_OF_TEXT)
        return Reply.json({"url": f"http://{PICTURES}/mmbiz_jpg/{random_text('', 32)}/0"})

    def find(self, account: Account, id: str) -> dict[str, Any] | None:
        """A material of an account with its address, or None."""
        return self._documents.of_owner(_KIND, account.app_id).get(id)


def _checked(request: Request, kinds: tuple[str, ...], most: int) -> str:
    """The kind of the picture in the field `media`. Raises EarlyReply."""
    content = request.parts.get("media", b"")
    if not content:
        raise EarlyReply(error_reply(41005, "media data missing"))
    kind = kind_of_picture(content)
    if kind not in kinds:
        raise EarlyReply(error_reply(40005, "invalid file type"))
    if len(content) > most:
        raise EarlyReply(error_reply(40009, "invalid image size"))
    return kind
