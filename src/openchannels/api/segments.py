"""Encoded slashes in paths: a segment may hold one, as in the id of an account."""

from urllib.parse import unquote

from litestar.types import HTTPScope

SLASH = "\ufdd0"
"""Stands for an encoded slash while a path is routed; no text contains this code point."""


def keep_slashes(scope: HTTPScope) -> HTTPScope:
    """Returns the scope; encoded slashes in a path of the API do not separate its segments."""
    raw = scope.get("raw_path", b"")
    if b"%" not in raw:
        return scope
    raw = raw.partition(b"?")[0]
    if b"%2f" not in raw.lower() or not raw.startswith(b"/api/"):
        return scope
    segments = raw.decode("latin-1").split("/")
    path = "/".join(unquote(segment).replace("/", SLASH) for segment in segments)
    return {**scope, "path": path}


def with_slashes(scope: HTTPScope) -> dict[str, str]:
    """Returns the parameters of a routed path as they were sent."""
    params: dict[str, str] = scope["path_params"]
    if SLASH not in scope["path"]:
        return params
    return {name: value.replace(SLASH, "/") for name, value in params.items()}
