"""What the tests of the report share."""

from collections.abc import Callable

import pytest
from weekly_report import WeeklyReports

from openchannels.client import Client
from openchannels.testing import Person

Connect = Callable[..., str]


@pytest.fixture
def reports(openchannels_client: Client) -> WeeklyReports:
    """The tool, in a workspace of this test's own."""
    return WeeklyReports(openchannels_client)


@pytest.fixture
def connect(
    openchannels_client: Client, openchannels_person: Person, reports: WeeklyReports
) -> Connect:
    """Connects an account of this test's person; returns its id."""

    def connected(platform: str = "youtube") -> str:
        started = openchannels_client.start(platform)
        openchannels_person.approve(started.url)
        return reports.finish_connecting(platform, started.session_id).account_ids[0]

    return connected
