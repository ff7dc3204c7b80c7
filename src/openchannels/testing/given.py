"""What a test is given of a running service."""

from dataclasses import dataclass, field

from openchannels.testing.sandbox import SandboxControls


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a workspace, with all rights."""

    workspace: str
    key: str = field(repr=False)
    signing_secret: str = field(repr=False)
    """Signs what the service posts to a `callbackUrl`."""


@dataclass(frozen=True, slots=True)
class OpenChannels:
    """The service of a test run and its sandbox."""

    url: str
    api_key: str = field(repr=False)
    """A key of a workspace that lasts for the run."""
    sandbox: SandboxControls
