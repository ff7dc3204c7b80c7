"""Runs a module as `python -m` does, on a machine whose clock a signal moves.

`python -m tests.soak.moved_clock SECONDS MODULE ...`: at each SIGUSR1 the clock jumps by so much,
forwards and back in turn. Time that only passes, the monotonic clock, is left as it is.
"""

import runpy
import signal
import sys
import time
from typing import Any


def main() -> None:
    right, skew = time.time, [0.0]
    seconds = float(sys.argv[1])

    def jump(_number: int, _frame: Any) -> None:
        skew[0] = 0.0 if skew[0] else seconds

    time.time = lambda: right() + skew[0]
    signal.signal(signal.SIGUSR1, jump)
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
