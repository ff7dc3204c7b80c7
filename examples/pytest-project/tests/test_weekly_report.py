"""The report against emulated platforms."""

from datetime import UTC, datetime, timedelta

import pytest
from conftest import Connect
from weekly_report import TryAgainLater, WeeklyReports

from openchannels.client import ApiError, Client
from openchannels.testing import (
    OpenChannels,
    Person,
    PlatformFaults,
    ReceivedWebhooks,
    ServiceClock,
)


def test_a_person_who_says_no_connects_nothing(
    openchannels_client: Client, openchannels_person: Person, reports: WeeklyReports
) -> None:
    connection = openchannels_client.connect("youtube")
    openchannels_person.deny(connection.url)
    session = reports.finish_connecting(connection)
    assert session.status == "failed"
    assert reports.platforms == {}


def test_a_report_counts_the_works_of_its_week(
    connect: Connect,
    reports: WeeklyReports,
    openchannels: OpenChannels,
    openchannels_person: Person,
) -> None:
    account_id = connect("tiktok")
    openchannels.sandbox.publish("tiktok", openchannels_person.name, 3)
    report = reports.report(account_id, datetime.now(UTC) + timedelta(minutes=1))
    assert report.works >= 3
    assert report.best in str(report)


def test_an_outage_is_no_error_of_the_account(
    connect: Connect, reports: WeeklyReports, openchannels_faults: PlatformFaults
) -> None:
    account_id, other = connect("youtube"), connect("tiktok")
    openchannels_faults.add("youtube", "server_error")
    with pytest.raises(TryAgainLater):
        reports.report(account_id, datetime.now(UTC))
    assert reports.report(other, datetime.now(UTC)).works
    assert reports.to_reconnect == set()


def test_a_month_later_the_account_still_works(
    connect: Connect, reports: WeeklyReports, openchannels_clock: ServiceClock
) -> None:
    account_id = connect("youtube")
    today = reports.report(account_id, openchannels_clock.now())
    openchannels_clock.advance(days=30)
    later = reports.report(account_id, openchannels_clock.now())
    assert later.works >= 5
    assert later.best != today.best


def test_a_revoked_account_is_to_be_connected_again(
    connect: Connect,
    reports: WeeklyReports,
    openchannels: OpenChannels,
    openchannels_person: Person,
    openchannels_webhooks: ReceivedWebhooks,
) -> None:
    account_id = connect("youtube")
    openchannels.sandbox.revoke("youtube", openchannels_person.name)
    with pytest.raises(ApiError):
        reports.report(account_id, datetime.now(UTC))
    openchannels_webhooks.wait("account.offline")
    for message in openchannels_webhooks.messages:
        assert reports.receive(openchannels_webhooks.secret, message.headers, message.body) == 204
    assert reports.to_reconnect == {account_id}
