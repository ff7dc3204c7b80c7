"""Mounts the sandbox below a path of the service's own address."""

from typing import Any

SANDBOX_MOUNT = "/sandbox"


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
