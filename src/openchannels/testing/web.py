"""HTTP clients of servers in this process."""

import ssl
from typing import Any

import httpx2

TIMEOUT_SECONDS = 60.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here speaks TLS, and reading the system's certificates for each client takes long."""


def local_client(**options: Any) -> httpx2.Client:
    """Returns a client without proxies, certificates and redirects."""
    chosen = {"timeout": TIMEOUT_SECONDS, "trust_env": False, "verify": NO_TLS, **options}
    return httpx2.Client(**chosen)
