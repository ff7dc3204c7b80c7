"""What a process has learnt of limits and tells the others, and what they have told it."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SAME_SECONDS = 1.0
"""A note that moves an end by less is not told again."""
DIGEST_BYTES = 12


@dataclass(frozen=True, slots=True)
class Note:
    """Something that holds for `seconds` from now on, or no longer if they are none.

    `name` begins with the platform. `detail` depends on what it is.
    """

    name: str
    seconds: float
    detail: str


Adopt = Callable[[Note], None]


class LimitExchange:
    """Collects notes to tell; only the last of a name counts. Nothing here waits."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._untold: dict[str, tuple[float, str]] = {}
        self._known: dict[str, tuple[float, str]] = {}
        """Ends by the steady clock, and details, of what was told or heard."""
        self.news = asyncio.Event()
        """Set while there is something to tell."""
        self.adopt: Adopt = lambda note: None
        """Takes what others have told."""

    def tell(self, name: str, seconds: float, detail: str = "") -> None:
        """Notes something for the others, unless they know it."""
        now = self._steady()
        ends = now + max(0.0, seconds)
        before = self._known.get(name)
        if before is not None and before[1] == detail and abs(before[0] - ends) < SAME_SECONDS:
            return
        self._untold[name] = (ends, detail)
        self._remember(name, ends, detail)
        self.news.set()

    def take(self) -> list[Note]:
        """Returns what is to be told; give it back by `restore` if that fails."""
        now = self._steady()
        taken, self._untold = self._untold, {}
        self.news.clear()
        return [Note(name, ends - now, detail) for name, (ends, detail) in taken.items()]

    def restore(self, notes: Iterable[Note]) -> None:
        """Takes notes back that could not be told; newer ones of the same names stay."""
        now = self._steady()
        for note in notes:
            self._untold.setdefault(note.name, (now + note.seconds, note.detail))

    def hear(self, note: Note) -> None:
        """Takes what another process has told."""
        self._remember(note.name, self._steady() + max(0.0, note.seconds), note.detail)
        self.adopt(note)

    def _remember(self, name: str, ends: float, detail: str) -> None:
        self._known.pop(name, None)
        self._known[name] = (ends, detail)
        now = self._steady()
        # The oldest come first; one that has ended long ago is told again if it comes back.
        for old in list(self._known)[:2]:
            if self._known[old][0] < now - SAME_SECONDS:
                del self._known[old]


def digest(name: str) -> str:
    """Returns what stands for an account, a key or an address outside this process."""
    return hashlib.blake2b(name.encode(), digest_size=DIGEST_BYTES).hexdigest()
