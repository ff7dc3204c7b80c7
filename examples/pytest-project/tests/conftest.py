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
        connection = openchannels_client.connect(platform)
        openchannels_person.approve(connection.url)
        return reports.finish_connecting(connection).account_ids[0]

    return connected
