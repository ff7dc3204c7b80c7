"""The limits of the examples for nginx and Caddy, beside those of the service."""

import re

from openchannels.settings import Settings
from tests.deploy.tools import DEPLOY


def test_limits_fit_those_of_the_service() -> None:
    defaults = Settings()
    limits, nginx = defaults.limits, (DEPLOY / "nginx" / "openchannels.conf").read_text()
    caddy = (DEPLOY / "caddy" / "Caddyfile").read_text()

    def seconds(text: str, name: str) -> list[float]:
        return [float(found) for found in re.findall(rf"\b{name} (\d+)s", text)]

    assert seconds(nginx, "client_header_timeout") == [limits.head_seconds]
    assert seconds(nginx, "client_body_timeout") == [limits.body_seconds]
    assert seconds(nginx, "send_timeout") == [limits.read_seconds]
    assert seconds(caddy, "read_header") == [limits.head_seconds]
    assert seconds(caddy, "idle") == [limits.idle_seconds]
    # Connections to the servers first, those of clients last.
    to_servers, of_clients = seconds(nginx, "keepalive_timeout")
    assert to_servers < limits.idle_seconds <= of_clients
    assert seconds(caddy, "keepalive")[0] < limits.idle_seconds
    longest = defaults.upstream.timeout_seconds
    assert seconds(nginx, "proxy_read_timeout")[0] > longest
    assert seconds(caddy, "response_header_timeout")[0] > longest
    assert f"max_size {defaults.assets.max_bytes}" in caddy
    assert f"client_max_body_size {defaults.assets.max_bytes // 2**30}g;" in nginx
