"""Every block of the page about the Python client runs, in its order, as it is printed."""

import time
from pathlib import Path
from typing import Any

import pytest

from openchannels.client.models import Work
from openchannels.service.events.delivery import message
from openchannels.service.events.signing import sign
from tests.client.test_light import PROJECT
from tests.harness.service import running_service
from tests.harness.stores import sqlite_store

from .pages import page

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="


def test_the_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_service(sqlite_store(tmp_path / "openchannels.db"), tmp_path) as service:
        people = iter(("ida", "mara", "gone"))

        def show(url: str) -> None:
            address = f"{url}&sandbox_decision=approve&sandbox_person={next(people)}"
            assert service.browser().get(address).status_code == 200

        monkeypatch.setenv("OPENCHANNELS_URL", service.url)
        monkeypatch.setenv("OPENCHANNELS_API_KEY", service.key_of().key)
        # An account that does not work, for the lists of such.
        gone = service.account("tiktok", "gone")
        service.sandbox.post("/_grants/revoke", json={"platform": "tiktok", "person": "gone"})
        service.clock.advance(10)
        names: dict[str, Any] = {"show": show}
        for fence in page("docs/client.md").fences:
            if fence.language == "python":
                exec(compile(fence.text, "docs/client.md", "exec"), names)
                if "newest" in names and "advice" not in names:
                    names["advice"] = names["newest"]("tiktok", gone)
    assert "Connect the account again" in names["advice"]
    assert len(names["session"].account_ids) == 1
    assert len(names["rest"]) > 10
    assert names["works"].failures.keys() <= {gone}
    assert names["views"] > 0
    assert names["counted"] > 100
    assert isinstance(names["work"], Work)
    assert names["saved"]["platformWorkId"] == names["work"].platform_work_id
    assert (names["unknown"], len(names["platforms"])) == ({}, 15)
    check_receiver(names["receive"])


def check_receiver(receive: Any) -> None:
    body = message("account.offline", 1795248000.0, {"accountId": "a", "sequence": 2})
    moment = str(int(time.time()))
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": moment,
        "webhook-signature": sign(SECRET, "evt_1", moment, body),
    }
    assert receive(SECRET, headers, body) == 204
    assert receive(SECRET, headers, body + b" ") == 401


def test_the_extras_are_those_of_the_package() -> None:
    text = page("docs/client.md").text
    assert all(f"`openchannels[{extra}]`" in text for extra in PROJECT["optional-dependencies"])
