"""What one test does, the next ones do not see. In this order, in one process."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import pytest

from openchannels.client import ApiError

WORKSPACES: list[str] = []


def accounts_of(openchannels, key):
    """How many accounts a workspace has."""
    address = f"{openchannels.url}/api/v2/channels/accounts"
    with urlopen(Request(address, headers={"X-Api-Key": key})) as answer:
        return len(json.load(answer)["data"]["list"])


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_workspace_of_its_own(
    time, openchannels, openchannels_key, openchannels_client, openchannels_people
):
    assert openchannels_key.workspace not in WORKSPACES
    WORKSPACES.append(openchannels_key.workspace)
    assert openchannels.sandbox.calls() == {}
    started = openchannels_client.connect("facebook")
    assert openchannels_people("mara").approve(started.url, accounts=2).status == 200
    assert accounts_of(openchannels, openchannels_key.key) == 2
    assert openchannels.sandbox.calls()["GET graph.facebook.com/v26.0/me"]
    assert accounts_of(openchannels, openchannels.api_key) == 0


def test_a_page_is_left_open_for_the_tool(openchannels_client, openchannels_people):
    started = openchannels_client.connect("facebook")
    page = openchannels_people("mara").approve(started.url, pages=["none"])
    assert page.status == 200
    started = openchannels_client.connect("facebook")
    page = openchannels_people("mara").approve(started.url)
    session = started.status()
    assert session.requires_selection
    assert [name for name, _ in page.form.fields].count("account") == 3


def connected(client, person, platform="youtube"):
    connection = client.connect(platform)
    person.approve(connection.url)
    return connection.wait(timeout=60, poll=0.1).account_ids[0]


def test_a_platform_that_fails(
    openchannels_client, openchannels_person, openchannels_faults, caplog
):
    account_id = connected(openchannels_client, openchannels_person)
    openchannels_faults.add("youtube", "rate_limit")
    with pytest.raises(ApiError) as refused:
        openchannels_client.works.list("youtube", account_id)
    assert refused.value.code == 15071
    assert all(record.levelno >= logging.WARNING for record in caplog.records)
    with pytest.raises(ValueError, match="Unknown platform youtub;"):
        openchannels_faults.add("youtub", "rate_limit")


def test_answers_after_it(openchannels, openchannels_client, openchannels_person):
    account_id = connected(openchannels_client, openchannels_person)
    assert openchannels_client.works.list("youtube", account_id).items
    assert openchannels.sandbox.call("GET", "/_faults") == {"faults": []}


def test_time_that_passes(
    openchannels_client, openchannels_person, openchannels_clock, openchannels_webhooks
):
    openchannels_webhooks.status = 503
    account_id = connected(openchannels_client, openchannels_person, "threads")
    openchannels_webhooks.wait("account.connected")
    openchannels_webhooks.status = 204
    openchannels_clock.advance(hours=1)
    assert [event.type for event in openchannels_webhooks.events] == ["account.connected"] * 2
    # The grant lasts for 60 days: without the work in the background it would be over.
    openchannels_clock.advance(days=70)
    assert openchannels_client.accounts.status(account_id).status == 1
    assert openchannels_clock.now() > datetime.now(UTC) + timedelta(days=69)
    with pytest.raises(ValueError, match="back"):
        openchannels_clock.advance(days=-1)


def test_is_real_time_after_it(openchannels_client, openchannels_clock):
    assert abs(openchannels_clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    started = openchannels_client.connect("youtube")
    left = started.status().expires_at
    # By the setting of this suite.
    assert left - datetime.now(UTC) < timedelta(minutes=6)


def test_what_is_sent_to_the_tool(openchannels_client, openchannels_person):
    back = "https://tool.example/back"
    started = openchannels_client.connect("youtube", callback_url=back)
    form = openchannels_person.approve(started.url).form
    assert form.action == back
    assert dict(form.fields)["sessionId"] == started.session_id
    started = openchannels_client.connect("youtube", redirect_uri=back)
    assert openchannels_person.deny(started.url).leads_to.startswith(back)


async def test_beside_a_loop_of_the_test(openchannels, openchannels_client, openchannels_person):
    def health():
        with urlopen(f"{openchannels.url}/health") as answer:
            return answer.status

    work = asyncio.to_thread(connected, openchannels_client, openchannels_person)
    status, account_id = await asyncio.gather(asyncio.to_thread(health), work)
    assert (status, account_id.partition("_")[0]) == (200, "youtube")


def test_a_wait_in_vain_tells_what_came(
    openchannels_client, openchannels_person, openchannels_webhooks
):
    connected(openchannels_client, openchannels_person)
    openchannels_webhooks.wait(lambda event: event.data["platform"] == "youtube")
    with pytest.raises(AssertionError, match=r"no account\.offline .*: account\.connected"):
        openchannels_webhooks.wait("account.offline", seconds=0)
