"""nginx and Caddy, run with the examples in `deploy/` on loopback ports.

Only addresses, certificate and log file of an example are replaced, and each of them must be found.
"""

import contextlib
import os
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.tools import DEPLOY, require, run

NGINX = """
daemon off;
user root;
worker_processes 2;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {example}
}}
"""
DOMAIN = "channels.example.com"
PLACES = ("127.0.0.1:8081", "127.0.0.1:8082")
"""Where the servers are in the examples."""
SERVER = "    server {} max_fails=0;\n"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of localhost that nobody else trusts."""

    file: Path
    key: Path

    @classmethod
    def make(cls, folder: Path) -> "Certificate":
        require("openssl")
        made = cls(folder / "certificate.pem", folder / "key.pem")
        run(
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-out", made.file, "-keyout", made.key),
        )
        return made

    def client_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.file)


def command(
    kind: str,
    folder: Path,
    port: int,
    http_port: int,
    certificate: Certificate,
    servers: Sequence[str],
) -> tuple[list[str], dict[str, str]]:
    """The command that runs the proxy of a kind in front of the servers, and its environment."""
    make = {"nginx": _nginx, "caddy": _caddy}[kind]
    return make(folder, port, http_port, certificate, servers)


@contextlib.contextmanager
def running(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Iterator[None]:
    """Run a proxy until the end of the block."""
    with log.open("w") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environ}, stdout=output, stderr=output
        )
    try:
        yield
        assert process.poll() is None, log.read_text()[-3000:]
    finally:
        process.terminate()
        process.wait()


def _nginx(
    folder: Path, port: int, http_port: int, certificate: Certificate, servers: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    require("nginx")
    first, second = map(SERVER.format, PLACES)
    changed = {
        first: "".join(map(SERVER.format, servers)),
        second: "",
        "listen [::]:80;": "",
        "listen [::]:443 ssl http2;": "",
        "listen 80;": f"listen 127.0.0.1:{http_port};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        f"/etc/ssl/{DOMAIN}/fullchain.pem": str(certificate.file),
        f"/etc/ssl/{DOMAIN}/privkey.pem": str(certificate.key),
        DOMAIN: "localhost",
        "/var/log/nginx/openchannels.log": str(folder / "access.log"),
    }
    example = _replaced((DEPLOY / "nginx" / "openchannels.conf").read_text(), changed)
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, example=example))
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(file)], {}


def _caddy(
    folder: Path, port: int, http_port: int, certificate: Certificate, servers: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    require("caddy")
    site = f"{{$SITE:{DOMAIN}}} {{\n"
    changed = {
        "{\n\tservers {\n": f"{{\n\tadmin off\n\thttp_port {http_port}\n\tservers {{\n",
        site: f"{site}\tbind 127.0.0.1\n\ttls {certificate.file} {certificate.key}\n",
    }
    file = folder / "Caddyfile"
    file.write_text(_replaced((DEPLOY / "caddy" / "Caddyfile").read_text(), changed))
    environ = {
        "SITE": f"https://localhost:{port}",
        "SERVERS": " ".join(servers),
        "XDG_DATA_HOME": str(folder / "caddy"),
        "XDG_CONFIG_HOME": str(folder / "caddy"),
    }
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"], environ


def _replaced(text: str, changed: Mapping[str, str]) -> str:
    for before, after in changed.items():
        assert before in text, before
        text = text.replace(before, after)
    return text
