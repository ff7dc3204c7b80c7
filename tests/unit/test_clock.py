"""How the API writes times, and how it reads those in headers."""

import random
from datetime import UTC, datetime

import pytest

from openchannels.core.clock import http_date, iso


def test_times_have_the_digits_of_datetime() -> None:
    chosen = random.Random(7)
    moments = [chosen.choice((1, -1)) * chosen.random() * 4e9 for _ in range(2_000)]
    moments += [round(one, 3) for one in moments] + [float(int(one)) for one in moments]
    # Just before the next second, to which microseconds are rounded.
    moments += [0.0, 0.9999995, 1.9999994, 86_399.9999999, -0.0000004, 1_790_000_000.9999999]
    for moment in moments:
        written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
        assert iso(moment) == f"{written[:-6]}Z", moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Thu, 01 Jan 2026 00:00:00 GMT", 1_767_225_600.0),
        ("Thu, 01 Jan 2026 01:00:00 +0100", 1_767_225_600.0),
        ("Thu, 01 Jan 2026 00:00:00", None),
        ("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Thu, 01 Jan 2026 00:00:00 +99999999999999999", None),
        ("Thu, 01 Jan 2026 00:00:00 +9999", None),
        ("nonsense", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_in_a_header(text: str | None, moment: float | None) -> None:
    assert http_date(text) == moment
