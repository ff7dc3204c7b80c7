"""openchannels: one HTTP API over social platforms. `__version__` is the installed version."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        # Read when it is asked for: it takes longer than importing the client.
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib.metadata import version

        return version("openchannels")
