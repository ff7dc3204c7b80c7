"""Uploads by the Python client: in parts, and on after a cut."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from openchannels.client import ApiError, Client, ConnectionFailed
from openchannels.client.sync import uploads as module
from tests.assets.files import image, video
from tests.assets.test_uploads import Slow
from tests.harness.service import Service

CONTENT = image("BMP", 300, 200)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ride.bmp"
    path.write_bytes(CONTENT)
    return path


def test_every_method(one_service: Service, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(video())
    with Client(one_service.url, one_service.key_of("client").key) as client:
        asset = client.assets.upload(path, type="publishMedia")
        assert (asset.mime_type, asset.filename, asset.type) == (
            *("video/mp4", "clip.mp4", "publishMedia"),
        )
        assert asset.metadata["width"] == 64
        assert client.assets.get(asset.id) == asset
        assert client.assets.list(status="confirmed").list == (asset,)
        assert one_service.client().get(asset.url).content == video()
        client.assets.delete(asset.id)
        assert client.assets.list().list == ()
        with pytest.raises(ApiError):
            client.assets.confirm(asset.id)


def test_it_goes_on_after_each_cut(
    one_service: Service, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each second part only half arrives, and once the answer alone is lost."""
    whole, sent = httpx2.Client.put, []

    def put(self: httpx2.Client, url: str, *, content: Any, headers: dict[str, str]) -> Any:
        if content:
            sent.append(headers["Content-Range"])
        if content and len(sent) == 5:
            whole(self, url, content=content, headers=headers)
            raise httpx2.ReadTimeout("no answer")
        if len(sent) % 2 == 0 and content:
            slow = Slow({"uploadUrl": url}, len(content), **headers)
            slow.send(content[: len(content) // 2])
            slow.cut()
            raise httpx2.ReadError("cut")
        return whole(self, url, content=content, headers=headers)

    monkeypatch.setattr(module, "CHUNK", 30_000)
    monkeypatch.setattr(httpx2.Client, "put", put)
    with Client(one_service.url, one_service.key_of("client").key) as client:
        asset = client.assets.upload(file)
    assert one_service.client().get(asset.url).content == CONTENT
    assert len(sent) > 5


def test_it_gives_up_in_the_end(
    one_service: Service, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(self: httpx2.Client, url: str, **_: Any) -> Any:
        raise httpx2.ConnectError("away")

    monkeypatch.setattr(module, "PAUSE", 0.0)
    monkeypatch.setattr(httpx2.Client, "put", put)
    with (
        Client(one_service.url, one_service.key_of("client").key) as client,
        pytest.raises(ConnectionFailed) as failed,
    ):
        client.assets.upload(file)
    assert "token" not in str(failed.value)
