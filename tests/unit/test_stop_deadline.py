"""A process whose event loop hangs still ends, with code 0, and says what it left."""

import subprocess
import sys

from tests.harness.waiting import PATIENCE

HANGS = """
import threading
from openchannels.app import stop_deadline
stop_deadline.LEAST_SECONDS = 0.1
deadline = stop_deadline.StopDeadline(0.1, lambda: {"requests": 3})
deadline.start()
threading.Event().wait()
"""


def test_the_process_ends_and_says_what_is_left() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert ended.returncode == 0
    assert "'requests': 3" in ended.stdout + ended.stderr
