"""What a child of `serve` is to do. Light to load, for the parent, which only hands orders out."""

from dataclasses import dataclass

from openchannels.settings import Settings


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


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """The order to run the sandbox that serving processes mount; its webhooks go to `push_to`."""

    settings: Settings
    listener: int
    push_to: str
