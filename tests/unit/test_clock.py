"""How the API writes times."""

import random
from datetime import UTC, datetime

from openchannels.core.clock import iso


def test_times_have_the_digits_of_datetime() -> None:
    chosen = random.Random(7)
    moments = [chosen.choice((1, -1)) * chosen.random() * 4e9 for _ in range(2_000)]
    moments += [round(one, 3) for one in moments] + [float(int(one)) for one in moments]
    # Just before the next second, to which microseconds are rounded.
    moments += [0.0, 0.9999995, 1.9999994, 86_399.9999999, -0.0000004, 1_790_000_000.9999999]
    for moment in moments:
        written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
        assert iso(moment) == f"{written[:-6]}Z", moment
