"""Static files of the viewer, read from disk when a browser requests one."""

from functools import cache
from hashlib import file_digest
from pathlib import Path
from typing import Final

FILES_PATH: Final = "/reference/static"
VIEWED_DOCUMENT: Final = "/reference/document"
"""The document that the viewer shows, in the page's language."""
_FOLDER: Final = Path(__file__).parent / "static"
_FILES: Final = {
    "viewer.css": ("viewer.css", "text/css"),
    "viewer.js": ("viewer.js", "text/javascript"),
    "viewer.zh.js": ("viewer.zh.js", "text/javascript"),
    "swagger-ui.css": ("swagger-ui/swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": ("swagger-ui/swagger-ui-bundle.js", "text/javascript"),
    # The first line of the bundle refers to it.
    "swagger-ui-bundle.js.LICENSE.txt": (
        "swagger-ui/swagger-ui-bundle.js.LICENSE.txt",
        "text/plain",
    ),
}


def viewer_file(name: str) -> tuple[Path, str] | None:
    """Returns path and media type of a file of the viewer, or None for any other name."""
    found = _FILES.get(name)
    return None if found is None else (_FOLDER / found[0], found[1])


@cache
def viewer_file_url(name: str) -> str:
    """Returns the URL of a file of the viewer; it changes with the file's content."""
    with (_FOLDER / _FILES[name][0]).open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return f"{FILES_PATH}/{name}?v={digest[:12]}"
