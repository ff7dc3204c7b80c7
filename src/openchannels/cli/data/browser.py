"""How a person gets to a platform's consent page: a browser here, or a code for a telephone."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

BORDER = 1
"""Light modules around the code."""


def open_browser(url: str) -> bool:
    """Opens a page in a browser with windows; returns False where there is none."""
    import webbrowser

    if not _has_windows():
        return False
    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False


def _has_windows() -> bool:
    """Returns whether a browser can open a window: one in the terminal would hide the command."""
    if sys.platform.startswith(("win", "darwin")):
        return True
    return any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")))


def qr_code(url: str, width: int) -> "Text | None":
    """Returns the address as a QR code of half blocks, or None if it is wider than `width`."""
    import io

    import segno
    from rich.text import Text

    code = segno.make(url, error="l", boost_error=False, micro=False)
    if code.symbol_size(border=BORDER)[0] > width:
        return None
    drawn = io.StringIO()
    code.terminal(drawn, border=BORDER, compact=True)
    # Blocks are the light modules: read by any camera only on a dark ground.
    return Text(drawn.getvalue().rstrip("\n"), style="bright_white on black", no_wrap=True)
