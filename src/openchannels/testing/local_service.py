"""The service over a sandbox, each on a loopback port in a thread of this process."""

import contextlib
import gc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from openchannels.app.bootstrap import build_app, open_runtime
from openchannels.app.runtime import Runtime
from openchannels.sandbox import create_sandbox
from openchannels.settings import Settings, load_settings
from openchannels.testing.background import DirectJobs
from openchannels.testing.clock import Clock
from openchannels.testing.server_thread import ServerThread


class LocalService:
    """A running service. Both servers follow one clock, which may be moved."""

    def __init__(
        self,
        data_dir: Path,
        environ: Mapping[str, str],
        *,
        clock: Clock | None = None,
        public_url: str | None = None,
        works: int = 240,
        quota: int | None = 10_000,
    ) -> None:
        """Takes two ports, and starts nothing yet; see `running`.

        `environ` holds settings by environment name. `public_url` is the address that links of the
        service bear, the listening one by default. `works` and `quota` are those of
        `create_sandbox`.
        """
        self.clock = clock or Clock()
        self.server, self.sandbox = ServerThread(), ServerThread()
        self.runtime: Runtime
        self._data_dir, self._environ = data_dir, environ
        self._settings: Settings
        self._public_url = public_url or self.server.url
        self._works, self._quota = works, quota
        self._background = True

    @contextlib.contextmanager
    def running(self, *, background: bool = True) -> Iterator[None]:
        """Runs both, with background work or without. Raises SettingsError and StartRefused."""
        self._background = background
        try:
            self._settings = load_settings(
                data_dir=self._data_dir,
                overrides={"sandbox_url": self.sandbox.url},
                environ=self._environ,
            )
            self.sandbox.start(self._make_sandbox)
            self.server.start(self._make_service)
            yield
        finally:
            # Both at once, as each takes up to 0.2 s to end.
            self.sandbox.leave()
            self.server.close()
            self.sandbox.close()
            # The service keeps what it has loaded out of garbage collection.
            gc.unfreeze()

    def restart_server(self) -> None:
        """Starts the service again on its port: nothing is left of what it knew in memory."""
        self.server.stop()
        self.server.start(self._make_service)

    def run_background_work(self) -> None:
        """Returns once nothing is due."""
        assert isinstance(self.runtime.jobs, DirectJobs)
        self.server.run(self.runtime.jobs.run_until_idle())

    async def _make_sandbox(self) -> Any:
        return create_sandbox(works=self._works, quota=self._quota, clock=self.clock)

    async def _make_service(self) -> Any:
        runtime = await open_runtime(self._settings, public_url=self._public_url, clock=self.clock)
        if self._background:
            runtime.jobs = runtime.services.readiness.background = DirectJobs(runtime.services)
        self.runtime = runtime
        return build_app(runtime)
