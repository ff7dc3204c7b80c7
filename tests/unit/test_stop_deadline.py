"""A process whose event loop hangs still ends, with code 0, and says what it left."""

import subprocess
import sys

HANGS = """
import time
from openchannels.app import stop_deadline
stop_deadline.LEAST_SECONDS = 0.1
deadline = stop_deadline.StopDeadline(0.1, lambda: {"requests": 3})
deadline.start()
time.sleep(60)
"""


def test_the_process_ends_and_says_what_is_left() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HANGS], capture_output=True, text=True, check=False, timeout=50
    )
    assert ended.returncode == 0
    assert "'requests': 3" in ended.stdout + ended.stderr
