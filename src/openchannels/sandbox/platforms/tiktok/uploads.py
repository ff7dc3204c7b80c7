"""The server that takes a video in chunks, strictly in order.

The address of an upload is its secret: no token is sent.
https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

import re
from dataclasses import replace

from openchannels.sandbox.documents import Documents
from openchannels.sandbox.grants import random_hex, random_text
from openchannels.sandbox.http import EarlyReply, Reply, Request
from openchannels.sandbox.platforms.tiktok.publications import UPLOADING, Publication, Publications

HOST = "open-upload.tiktokapis.com"
LIFETIME = 3600
_KIND = "tiktok upload"
_TYPES = ("video/mp4", "video/quicktime", "video/webm")
_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")


class Uploads:
    """The uploads of publications."""

    def __init__(self, documents: Documents, publications: Publications) -> None:
        self._documents = documents
        self._publications = publications

    def begin(self, publication: Publication) -> str:
        """The address of a publication's upload."""
        upload, token = str(int(random_hex(12), 16)), random_text(length=40)
        content = {"publication": publication.id, "token": token}
        self._documents.put(_KIND, upload, content)
        return f"https://{HOST}/video/?upload_id={upload}&upload_token={token}"

    def put(self, request: Request) -> Reply:
        """Take a chunk: 206, or 201 for the last one, from which on the video is posted."""
        publication = self._publication(request)
        first, last = self._range(request, publication)
        if first != publication.uploaded:
            return _progress(416, publication)
        end = first + publication.chunk - 1
        if first // publication.chunk >= publication.chunks - 1:
            end = publication.size - 1
        if last != end:
            return Reply(400)
        uploaded = last + 1
        whole = uploaded == publication.size
        taken = replace(publication, uploaded=uploaded, ended=request.now if whole else 0.0)
        return _progress(201 if whole else 206, self._publications.keep(taken))

    def _publication(self, request: Request) -> Publication:
        known = self._documents.get(_KIND, request.query.get("upload_id"))
        if known is None or known["token"] != request.query.get("upload_token"):
            raise EarlyReply(Reply(404))
        publication = self._publications.find(known["publication"])
        if publication is None:
            raise EarlyReply(Reply(404))
        if request.now >= publication.created + LIFETIME:
            raise EarlyReply(Reply(403))
        if publication.status != UPLOADING:
            raise EarlyReply(_progress(416, publication))
        return publication

    def _range(self, request: Request, publication: Publication) -> tuple[int, int]:
        """The bytes of a chunk. Raises EarlyReply 400 where the headers do not fit."""
        found = _RANGE.fullmatch(request.headers.get("content-range", ""))
        kind = request.headers.get("content-type", "")
        if found is None or kind not in _TYPES:
            raise EarlyReply(Reply(400))
        first, last, total = (int(text) for text in found.groups())
        if total != publication.size or last - first + 1 != len(request.body):
            raise EarlyReply(Reply(400))
        return first, last


def _progress(status: int, publication: Publication) -> Reply:
    uploaded, total = publication.uploaded, publication.size
    taken = f"0-{uploaded - 1}" if uploaded else "*"
    return Reply(status, headers={"content-range": f"bytes {taken}/{total}"})
