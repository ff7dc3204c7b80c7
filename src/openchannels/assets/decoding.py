"""What a file is refused for that a library cannot decode."""

from collections.abc import Iterator
from contextlib import contextmanager

from openchannels.core.assets import ContentRefused, UploadFault


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Raises ContentRefused for whatever a library raises over a damaged or absurd file."""
    try:
        yield
    except ContentRefused:
        raise
    except MemoryError:
        raise ContentRefused(UploadFault.DIMENSIONS) from None
    except Exception:
        # Pillow's plugins and FFmpeg raise whatever the data leads to.
        raise ContentRefused(UploadFault.UNREADABLE) from None
