"""What a child of `serve` is to do. Light to load, for the parent, which only hands orders out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openchannels.settings import Settings

if TYPE_CHECKING:
    from openchannels.app.child import Control


@dataclass(frozen=True, slots=True)
class ServingProcess:
    """The order to serve; `number` is that of the process, from 0.

    `listener` and `board` are open files. `sandbox_url` is where the sandbox's process answers.
    """

    settings: Settings
    number: int
    listener: int
    board: int
    public_url: str
    own_url: str
    sandbox_url: str | None

    async def run(self, control: "Control") -> None:
        """Serves until SIGTERM. Raises StartRefused."""
        from openchannels.app.serving_process import serve

        await serve(self, control)


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """The order to run the sandbox that serving processes mount; its webhooks go to `push_to`."""

    settings: Settings
    listener: int
    push_to: str

    async def run(self, control: "Control") -> None:
        """Runs the sandbox until SIGTERM."""
        from openchannels.app.serving_process import serve_sandbox

        await serve_sandbox(self, control)
