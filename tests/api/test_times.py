"""How a time is spelled in a query."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import pytest
from msgspec import UNSET, Meta, UnsetType

from openchannels.api.query import Query, decode
from openchannels.core.exceptions import ValidationFailed

When = Annotated[datetime, Meta(tz=True)]
NEW_YEAR, MARCH = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3))


class Asked(msgspec.Struct, kw_only=True):
    since: When | UnsetType = UNSET
    time: Annotated[list[When], Meta(min_length=2, max_length=2)] | UnsetType = UNSET


def asked(query: str) -> Asked:
    return decode(Asked, Query(query.encode()).scalars(), texts=True)


@pytest.mark.parametrize(
    "since", ["2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00%2B08:00"]
)
def test_a_date_alone_is_its_midnight_in_utc(since: str) -> None:
    assert asked(f"since={since}").since == NEW_YEAR


@pytest.mark.parametrize(
    "query",
    [
        "time=2026-01-01,2026-03-01",
        "time=2026-01-01&time=2026-03-01",
        "time[]=2026-01-01&time[]=2026-03-01T00:00:00Z",
    ],
)
def test_each_time_of_a_list_may_be_a_date(query: str) -> None:
    assert asked(query).time == [NEW_YEAR, MARCH]


@pytest.mark.parametrize(
    "since",
    ["2026-13-01", "2026-02-30", "20260101", "2026-01-01T00:00:00", "٢٠٢٦-01-01"],
)
def test_no_other_form_is_a_time(since: str) -> None:
    with pytest.raises(ValidationFailed):
        asked(f"since={since}")
