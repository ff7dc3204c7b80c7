"""One service for a whole test run, and what each test does to it."""

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from openchannels.app.logging import log_within_program
from openchannels.testing.environ import environ_of_suite
from openchannels.testing.given import ApiKey
from openchannels.testing.local_service import LocalService
from openchannels.testing.sandbox import PlatformFaults, SandboxControls

ACTOR = "test"
"""Who erases a workspace, in its audit log."""


class SharedService:
    """The running service, and how a test gets its own part of it."""

    def __init__(self, local: LocalService, sandbox: SandboxControls) -> None:
        self.local, self.sandbox = local, sandbox

    def new_key(self) -> ApiKey:
        """Returns a key of a new workspace."""
        workspace = f"test-{secrets.token_hex(6)}"
        keys = self.local.runtime.services.api_keys
        new = self.local.server.run(keys.create(workspace, "test"))
        return ApiKey(workspace, new.key, new.signing_secret)

    def erase(self, workspace: str) -> None:
        """Erases a workspace; its accounts may be connected by others."""
        erasure = self.local.runtime.services.erasure
        work = erasure.erase(workspace, ACTOR, revoke=False, settle_seconds=0)
        self.local.server.run(work)

    @contextlib.contextmanager
    def faults(self) -> Iterator[PlatformFaults]:
        """Yields faults that end with the block."""
        faults = PlatformFaults(self.sandbox)
        try:
            yield faults
        finally:
            faults.clear()
            if faults.were_set:
                # The service remembers which platforms refused or failed.
                self.local.restart_server()

    @contextlib.contextmanager
    def passing_time(self) -> Iterator[None]:
        """Shows real time again after the block."""
        try:
            yield
        finally:
            if self.local.clock.moved:
                self.local.clock.reset()
                self.local.restart_server()


@contextlib.contextmanager
def shared_service(data_dir: Path, settings: Mapping[str, str]) -> Iterator[SharedService]:
    """Runs a service. Raises SettingsError and StartRefused."""
    # A suite would spend YouTube's quota of a day; a fault of kind rate_limit plays that.
    local = LocalService(data_dir, {**environ_of_suite(), **settings}, quota=None)
    controls = SandboxControls(local.sandbox.url)
    with log_within_program(), local.running(), controls as sandbox:
        yield SharedService(local, sandbox)
