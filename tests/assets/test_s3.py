"""The same operations with a bucket: files go to it and come from it, past this service."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from openchannels.client import Client
from openchannels.core.assets import folder_of
from tests.assets.bucket import NAME, serving_bucket
from tests.assets.files import SRT, image, video
from tests.assets.test_operations import purge_task
from tests.assets.uploader import Uploader
from tests.harness.clock import Clock
from tests.harness.fixtures import StartService
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store

CONTENT = image("BMP", 300, 200)


@pytest.fixture(scope="module")
def bucket() -> Iterator[tuple[str, dict[str, str]]]:
    with serving_bucket() as served:
        yield served


@pytest.fixture(scope="module")
def service(
    bucket: tuple[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("s3")
    store = sqlite_store(directory / "openchannels.db")
    with running_service(store, directory, environ=bucket[1], clock=Clock()) as running:
        yield running


@pytest.fixture
def one(service: Service) -> Uploader:
    return Uploader.of(service)


def keys(bucket: tuple[str, dict[str, str]], part: str = "") -> list[str]:
    """Keys of the bucket that contain a text."""
    listed = httpx2.get(f"{bucket[0]}/{NAME}?list-type=2&max-keys=1000", trust_env=False).text
    found = [piece.partition("</Key>")[0] for piece in listed.split("<Key>")[1:]]
    return [key for key in found if part in key]


def put(signed: Any, content: bytes, **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.put(
        signed["uploadUrl"], content=content, headers=sent, trust_env=False
    ).status_code


def test_from_sign_to_delete(one: Uploader, bucket: tuple[str, dict[str, str]]) -> None:
    signed = one.sign(len(CONTENT), "a.bmp", type="publishMedia")
    assert signed["uploadUrl"].startswith(f"{bucket[0]}/{NAME}/uploads/{signed['path']}?")
    assert signed["resumable"] is False
    assert one.confirm(signed)["data"] == {"reason": "not_uploaded", "retryable": True}
    assert put(signed, CONTENT, content_type="image/bmp") == 200
    asset = one.confirm(signed)["data"]
    assert (asset["status"], asset["size"], asset["mimeType"]) == (
        *("confirmed", len(CONTENT), "image/bmp"),
    )
    assert keys(bucket, signed["path"]) == [f"objects/{signed['path']}"]
    led = one.web.get(asset["url"])
    assert led.status_code == 302
    assert led.headers["location"].startswith(f"{bucket[0]}/{NAME}/objects/{signed['path']}?")
    got = one.web.get(asset["url"], follow_redirects=True, headers={"Range": "bytes=10-19"})
    assert (got.status_code, got.content) == (206, CONTENT[10:20])
    assert one.ask("DELETE", f"/{signed['id']}")["data"] is True
    assert keys(bucket, signed["path"]) == []
    assert one.web.get(asset["url"]).status_code == 404


@pytest.mark.parametrize(
    ("content", "sent", "kind"),
    [
        (image(), {}, "image/png"),
        (video(), {}, "video/mp4"),
        (SRT, {"type": "subtitle"}, "text/plain"),
    ],
)
def test_the_bucket_says_what_the_bytes_are(
    one: Uploader, content: bytes, sent: dict[str, str], kind: str
) -> None:
    signed = one.sign(len(content), "page.html", **sent)
    assert put(signed, content, content_type="text/html") == 200
    asset = one.confirm(signed)["data"]
    got = one.web.get(asset["url"], follow_redirects=True)
    assert got.content == content
    assert got.headers["content-type"].partition(";")[0] == kind
    assert ("attachment" in got.headers.get("content-disposition", "")) is (kind == "text/plain")


def test_what_was_confirmed_cannot_be_replaced(
    one: Uploader, service: Service, bucket: tuple[str, dict[str, str]]
) -> None:
    signed = one.sign(len(CONTENT))
    put(signed, CONTENT)
    asset = one.confirm(signed)["data"]
    assert put(signed, b"<script>") == 200
    assert one.confirm(signed)["data"] == asset
    assert one.web.get(asset["url"], follow_redirects=True).content == CONTENT
    assert len(keys(bucket, signed["path"])) == 2
    service.run(service.services.assets.purge(signed["id"]))
    assert keys(bucket, signed["path"]) == [f"objects/{signed['path']}"]


@pytest.mark.parametrize(
    ("size", "content", "code", "reason"),
    [
        (10, CONTENT, 12752, "size"),
        (len(CONTENT) + 1, CONTENT, 12751, "length"),
        (20, b"<html>" + b" " * 14, 12751, "type"),
        (20, b"\x89PNG\r\n\x1a\n" + bytes(12), 12751, "unreadable"),
    ],
)
def test_what_is_refused_is_deleted(
    one: Uploader,
    bucket: tuple[str, dict[str, str]],
    size: int,
    content: bytes,
    code: int,
    reason: str,
) -> None:
    signed = one.sign(size)
    assert put(signed, content) == 200
    refused = one.confirm(signed)
    assert (refused["code"], refused["data"]["reason"]) == (code, reason)
    assert keys(bucket, signed["path"]) == []
    assert one.ask("GET", f"/{signed['id']}")["data"]["status"] == "failed"


def test_our_own_upload_address_takes_nothing(one: Uploader, service: Service) -> None:
    signed = one.sign(len(CONTENT))
    answer = one.web.put(f"/uploads/{signed['id']}?token=x", content=CONTENT)
    assert answer.status_code == 404


def test_unconfirmed_files_and_users_are_erased(
    service: Service, bucket: tuple[str, dict[str, str]]
) -> None:
    user = "erase me"
    one, task = Uploader.of(service, user), purge_task(service)
    left, kept = one.sign(len(CONTENT)), one.sign(len(CONTENT))
    assert put(left, CONTENT) == put(kept, CONTENT) == 200
    asset = one.confirm(kept)["data"]
    service.run(task.run([left["id"]]))
    assert keys(bucket, folder_of(user)) == [f"objects/{asset['path']}"]
    one.sign(1)
    erasure = service.services.erasure
    done = service.run(erasure.erase(user, "operator", revoke=False, settle_seconds=0.1))
    assert done.rows["assets"] == 2
    assert keys(bucket, folder_of(user)) == []
    assert one.web.get(asset["url"]).status_code == 404


def test_the_client_uploads_in_one_request(service: Service, tmp_path: Any) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(video())
    with Client(service.url, service.key_of("client").key) as client:
        asset = client.assets.upload(path)
    assert asset.mime_type == "video/mp4"


def test_a_public_address_of_the_bucket(
    start_one: StartService, bucket: tuple[str, dict[str, str]]
) -> None:
    public = "https://cdn.example.com/files"
    service = start_one(environ={**bucket[1], "OPENCHANNELS_ASSETS__S3__PUBLIC_URL": public})
    one = Uploader.of(service)
    signed = one.sign(len(CONTENT))
    put(signed, CONTENT)
    url = one.confirm(signed)["data"]["url"]
    assert url.startswith(service.url)
    assert one.web.get(url).headers["location"] == f"{public}/objects/{signed['path']}"
