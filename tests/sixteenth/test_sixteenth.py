"""A platform that is registered is known everywhere, and one that is taken out harms nobody."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openchannels.cli.demo.flow import authorize, open_as_browser, wait
from openchannels.client import ApiError, Client

from .copy import NAME, copy_with_one_more
from .running import Package

TABLES = """
import json
from openchannels.core.credentials import Tokens
from tests.connectors.support import NOW
from tests.connectors.test_lives import LIVES
LIVES["palaver"] = (Tokens("a", "r", NOW + 3600, NOW + 90 * 86400), None)
from tests.docs.render import TABLES
print(json.dumps({name: made() for name, made in TABLES.items()}))
"""


@dataclass(frozen=True)
class Installation:
    """A server of the enlarged package, a key, and the account that was connected."""

    url: str
    data_dir: Path
    key: str
    client: Client

    def read(self, path: str) -> str:
        return open_as_browser(f"{self.url}{path}").decode()

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def delete(self, path: str) -> Any:
        return self._call("DELETE", path)

    def _call(self, method: str, path: str) -> Any:
        request = urllib.request.Request(
            f"{self.url}/api/v2/channels{path}", method=method, headers={"X-Api-Key": self.key}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as answer:
            return json.loads(answer.read())["data"]


@pytest.fixture(scope="module")
def enlarged(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return Package(copy_with_one_more(tmp_path_factory.mktemp("src")))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def key(enlarged: Package, data_dir: Path) -> str:
    made = enlarged.json(
        "keys", "create", "--user", "acme", "--new-store", "--data-dir", str(data_dir)
    )
    key: str = made["key"]
    return key


@pytest.fixture(scope="module")
def installed(enlarged: Package, data_dir: Path, key: str) -> Iterator[Installation]:
    with enlarged.serving(data_dir) as url, Client(url, key, max_retries=0) as client:
        yield Installation(url, data_dir, key, client)


@pytest.fixture(scope="module")
def account(installed: Installation) -> str:
    session = wait(authorize(installed.client, NAME, ""))
    assert session.status == "completed", session.error_message
    return session.accounts[0].account_id


def enumerations(value: Any) -> Iterator[list[Any]]:
    """Every list of allowed values in a document."""
    if isinstance(value, dict):
        if isinstance(value.get("enum"), list):
            yield value["enum"]
        for part in value.values():
            yield from enumerations(part)
    elif isinstance(value, list):
        for part in value:
            yield from enumerations(part)


def test_the_document_lists_it_wherever_it_lists_platforms(installed: Installation) -> None:
    found = [one for one in enumerations(json.loads(installed.read("/openapi.json")))
             if "youtube" in one]  # fmt: skip
    assert found
    assert all(NAME in one for one in found)


def test_the_wire_takes_it_and_no_other(installed: Installation, account: str) -> None:
    listed = installed.get(f"/accounts?types={NAME}")
    assert [one["id"] for one in listed["list"]] == [account]
    with pytest.raises(ApiError) as refused:
        installed.client.works.list("parley", account)
    assert refused.value.code == 10002


def test_it_connects_lists_and_is_proved(installed: Installation, account: str) -> None:
    assert installed.client.accounts.status(account).status == 1
    first = installed.client.works.list(NAME, account)
    assert len(first.items) == 10
    assert first.items[0].metrics.view_count is not None
    following = installed.client.works.list(NAME, account, cursor=first.pagination.next_cursor)
    assert {one.platform_work_id for one in first.items}.isdisjoint(
        one.platform_work_id for one in following.items
    )


def test_usage_counts_it(installed: Installation, account: str) -> None:
    installed.client.works.list(NAME, account)
    used = installed.get("/platforms/usage")["used"]
    assert {(one["platform"], one["unit"]) for one in used} == {(NAME, "calls")}


def test_its_own_header_names_the_request(installed: Installation, account: str) -> None:
    fault = {"host": "api.palaver.example", "path": "/v1/talks", "kind": "missing_scope"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    asked = urllib.request.Request(
        f"{installed.url}/sandbox/_faults",
        json.dumps({**fault, "times": 1}).encode(),
        {"Content-Type": "application/json"},
    )
    opener.open(asked).close()
    with pytest.raises(ApiError) as refused:
        installed.client.works.list(NAME, account)
    assert refused.value.data["platformRequestId"].startswith("call-")


def test_the_matrix_has_its_fields(installed: Installation) -> None:
    rows = {one["platform"]: one for one in installed.get("/platforms/availability")["platforms"]}
    row = rows[NAME]
    assert row["displayName"] == {"en-US": "Palaver", "zh-CN": "闲谈"}
    assert row["listsWorks"]
    assert row["work"]["viewCount"] == {"state": "given"}
    assert row["work"]["shareCount"]["reason"]["en-US"] == "Talks cannot be shared."
    assert row["account"]["fansCount"] == {"state": "given"}


def test_the_metadata_has_it(installed: Installation) -> None:
    (row,) = (one for one in installed.get("/platforms") if one["platform"] == NAME)
    assert (row["status"], row["authType"], row["editor"]) == ("available", "oauth2", "none")
    assert row["capabilities"]["work"]["listWorksPagination"] == {
        "mode": "cursor",
        "defaultLimit": 10,
        "maxLimit": 30,
        "supportsPrevious": False,
    }
    assert installed.get(f"/platforms/{NAME}/publish-options") == []
    logo = installed.read(row["logoUrl"].removeprefix(installed.url))
    assert "<title>Palaver</title>" in logo
    assert "#3d2c8d" in logo


def test_pages_show_its_mark(installed: Installation) -> None:
    page = installed.read("/")
    assert '<span class="badge badge-palaver" aria-hidden="true">Pa</span>' in page
    assert ".badge-palaver { background: #3d2c8d; }" in installed.read("/assets/app.css")


def test_the_sandbox_names_its_hosts(installed: Installation) -> None:
    assert "api.palaver.example" in installed.read("/sandbox/")


def test_doctor_names_its_settings(enlarged: Package, tmp_path: Path) -> None:
    place = ("--data-dir", str(tmp_path))
    (row,) = (r for r in enlarged.json("doctor", *place)["platforms"] if r["platform"] == NAME)
    assert not row["ready"]
    assert row["missing"] == ["platforms.palaver.client_id", "platforms.palaver.client_secret"]
    assert row["redirectUri"].endswith("/api/v2/channels/accounts/auth/palaver/callback")
    app = {"CLIENT_ID": "id", "CLIENT_SECRET": "secret"}
    given = {f"OPENCHANNELS_PLATFORMS__PALAVER__{name}": value for name, value in app.items()}
    (row,) = (
        r for r in enlarged.json("doctor", *place, **given)["platforms"] if r["platform"] == NAME
    )
    assert row["ready"]


def test_a_misspelt_setting_of_it_is_named(enlarged: Package, tmp_path: Path) -> None:
    name = "OPENCHANNELS_PLATFORMS__PALAVER__CLIENT_IDD"
    done = enlarged.run("doctor", "--data-dir", str(tmp_path), **{name: "x"})
    assert done.returncode == 1
    assert "did you mean OPENCHANNELS_PLATFORMS__PALAVER__CLIENT_ID?" in " ".join(
        done.stdout.split()
    )


def test_the_demo_connects_it(enlarged: Package, tmp_path: Path) -> None:
    shown = enlarged.json("demo", "--once", "--platform", NAME, TMPDIR=str(tmp_path))
    (row,) = shown["platforms"]
    assert row["connected"]
    assert row["works"] == 10
    assert row["upstreamCalls"] == 1
    assert row["metrics"] == ["viewCount", "likeCount"]


def test_the_tables_of_the_documents_have_it(enlarged: Package) -> None:
    tables = enlarged.evaluated(TABLES)
    for name in ("platforms", "lives", "sandbox-hosts"):
        assert f"| `{NAME}` |" in tables[name], name
    assert "never: Talks cannot be shared." in tables[f"fields-{NAME}"]


def test_rows_of_a_platform_that_was_taken_out_are_read(enlarged: Package, tmp_path: Path) -> None:
    made = enlarged.json(
        "keys", "create", "--user", "acme", "--new-store", "--data-dir", str(tmp_path)
    )
    with enlarged.serving(tmp_path) as url, Client(url, made["key"], max_retries=0) as client:
        (connected,) = wait(authorize(client, NAME, "")).accounts
        client.works.list(NAME, connected.account_id)
    with Package(None).serving(tmp_path) as url, Client(url, made["key"], max_retries=0) as client:
        left = Installation(url, tmp_path, made["key"], client)
        (listed,) = left.get("/accounts")["list"]
        assert (listed["id"], listed["type"]) == (connected.account_id, NAME)
        assert client.accounts.status(connected.account_id).status == 1
        assert {one["platform"] for one in left.get("/platforms/usage")["used"]} == {NAME}
        with pytest.raises(ApiError) as refused:
            client.works.list(NAME, connected.account_id)
        assert refused.value.code == 10002
        assert NAME not in left.read("/")
        left.delete(f"/accounts/{connected.account_id}")
        assert left.get("/accounts")["list"] == []
