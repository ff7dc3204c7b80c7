"""The configuration of the how-to about proxies, in nginx before a running service."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from openchannels.settings.loading import load_settings
from tests.harness.listening import free_port
from tests.harness.service import Service, running_service
from tests.harness.stores import sqlite_store
from tests.harness.waiting import PATIENCE, wait_until

from .pages import page

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
HOST = "channels.example.com"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
"""What nginx keeps in directories of the system unless it is told otherwise."""


def test_the_service_takes_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "openchannels.toml"
    file.write_text(block("toml"))
    server = load_settings(config=file, environ={}).server
    assert server.public_url == f"https://{HOST}"
    assert [str(one) for one in server.trusted_proxies] == ["127.0.0.1"]


@pytest.mark.skipif(NGINX is None or shutil.which("openssl") is None, reason="needs nginx")
def test_nginx_leads_to_the_service(tmp_path: Path) -> None:
    store = sqlite_store(tmp_path / "openchannels.db")
    with running_service(store, tmp_path) as service, proxied(service, tmp_path) as client:
        assert client.get("/health", params={"code": "s3cret"}).status_code == 200
        assert client.get("/metrics").status_code == 404
        large = b"x" * (2 << 20)
        assert client.post("/api/v2/channels/accounts", content=large).status_code == 413
        assert client.put("/uploads/unknown", content=large).status_code != 413
    log = (tmp_path / "logs" / "openchannels.log").read_text()
    assert '"GET /health" 200' in log
    assert "s3cret" not in log


def block(language: str) -> str:
    fences = page("docs/howto/behind-a-proxy.md").fences
    return next(fence.text for fence in fences if fence.language == language)


@contextmanager
def proxied(service: Service, place: Path) -> Iterator[httpx2.Client]:
    """A client of nginx, which runs with the page's configuration before the service."""
    text = block("nginx")
    port = free_port()
    for given, ours in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "127.0.0.1:8080": service.url.removeprefix("http://"),
    }.items():
        assert given in text
        text = text.replace(given, ours)
    paths = "".join(f"{name}_temp_path {place}/{name};\n" for name in TEMPORARY)
    (place / "nginx.conf").write_text(f"events {{}}\nhttp {{\n{paths}{text}}}\n")
    (place / "logs").mkdir()
    make_certificate(place)
    started = "daemon off; pid nginx.pid; error_log stderr;"
    command = [str(NGINX), "-p", place, "-c", place / "nginx.conf", "-g", started]
    with (
        subprocess.Popen(command) as nginx,
        httpx2.Client(
            base_url=f"https://127.0.0.1:{port}", verify=False, trust_env=False, timeout=PATIENCE
        ) as client,
    ):
        try:
            wait_until(lambda: answers(client))
            yield client
        finally:
            nginx.terminate()


def answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/ready").status_code == 200
    except httpx2.ConnectError:
        return False


def make_certificate(place: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}"]
    files = ["-keyout", f"{HOST}.key", "-out", f"{HOST}.crt"]
    subprocess.run([*command, *files], cwd=place, check=True, capture_output=True)
