"""Mounts the sandbox below a path of the service's own address."""

import socket
from ipaddress import ip_address
from typing import Any

import structlog

SANDBOX_MOUNT = "/sandbox"

log = structlog.get_logger()


def mount_sandbox(app: Any, sandbox: Any) -> Any:
    """Serves the sandbox below `/sandbox` of the same address.

    The prefix is removed without naming it as `root_path`: the framework removes that once more,
    also from within a path such as `/_assets/sandbox.css`.
    """

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(SANDBOX_MOUNT + "/"):
            raw = scope.get("raw_path", path.encode())
            inner = {
                **scope,
                "path": path.removeprefix(SANDBOX_MOUNT),
                "raw_path": raw.removeprefix(SANDBOX_MOUNT.encode()),
            }
            await sandbox(inner, receive, send)
        else:
            await app(scope, receive, send)

    return dispatch


def warn_of_open_sandbox(listener: socket.socket) -> None:
    """Logs a warning if other machines can reach the sandbox, which asks nobody for a key."""
    address = listener.getsockname()[0]
    if not ip_address(address).is_loopback:
        log.warning(
            "the sandbox can be controlled by anyone who reaches this address", host=address
        )
