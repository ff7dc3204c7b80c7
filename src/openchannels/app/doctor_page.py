"""The checks of a process that serves, for its page of `/doctor`."""

import asyncio
from collections.abc import Sequence

from openchannels.app.checks import checks_of
from openchannels.app.doctor import DoctorReport, inspect_installation
from openchannels.core.checks import Check
from openchannels.service.admin.readiness import Readiness
from openchannels.settings import Settings

FRESH_SECONDS = 5.0


class DoctorPage:
    """Looks at the installation when asked; whoever asks soon again gets the same answer."""

    def __init__(self, settings: Settings, public_url: str, readiness: Readiness) -> None:
        self._settings = settings
        self._public_url = public_url
        self._readiness = readiness
        self._lock = asyncio.Lock()
        self._latest: Sequence[Check] = ()
        self._looked_at = float("-inf")

    async def checks(self) -> Sequence[Check]:
        """Returns the checks, seconds old at most."""
        now = asyncio.get_running_loop().time
        async with self._lock:
            if now() - self._looked_at > FRESH_SECONDS:
                self._latest = await self._look()
                self._looked_at = now()
            return self._latest

    async def _look(self) -> Sequence[Check]:
        found = await asyncio.to_thread(self._inspect)
        background = self._readiness.background
        if background is not None and background.problem is not None:
            found.problems["background"] = f"Background work cannot run: {background.problem}."
        return checks_of(self._settings, found)

    def _inspect(self) -> DoctorReport:
        """On a loop of its own, because SQLite is read inline and our own address is asked."""
        looking = inspect_installation(self._settings, network=True, serving_at=self._public_url)
        return asyncio.run(looking)
