"""Accounts of AiToEarn: what is taken over, what is left out and why."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from openchannels.core.credentials import Tokens
from openchannels.service.moving.aitoearn.documents import read_documents
from openchannels.service.moving.refused import MoveRefused
from tests.harness.commands import make_key, run
from tests.moving.stores import content

HOUR, DAY = 3600.0, 86_400.0
NOW = datetime.now(UTC).timestamp()
GROUP = "65f0c0ffee65f0c0ffee65f0"
OTHER_GROUP = "65f0c0ffee65f0c0ffee65f1"
STOPPED = "--source-stopped"


def date(moment: float) -> dict[str, str]:
    return {"$date": datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")}


def account(platform: str, uid: str = "1", **fields: Any) -> dict[str, Any]:
    return {
        "_id": f"{platform}_{uid}",
        "userId": "65aa",
        "type": platform,
        "uid": uid,
        "nickname": f"Ida {uid}",
        "groupId": GROUP,
        "status": 1,
        "rank": {"$numberInt": "4"},
        "fansCount": 12,
        "readCount": 0,
        "createdAt": date(NOW - 90 * DAY),
        "updatedAt": date(NOW - DAY),
        **fields,
    }


def credential(account_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "_id": {"$oid": "65f0c0ffee65f0c0ffee0000"},
        "accountId": account_id,
        "platform": account_id.partition("_")[0],
        "accessToken": f"access of {account_id}",
        "refreshToken": f"refresh of {account_id}",
        "accessTokenExpiresAt": {"$numberLong": str(int(NOW + HOUR))},
        "updatedAt": date(NOW - HOUR),
        **fields,
    }


def group(group_id: str = GROUP, **fields: Any) -> dict[str, Any]:
    named = {"_id": {"$oid": group_id}, "userId": "65aa", "name": "default", "isDefault": True}
    return {**named, "rank": 1, **fields}


def written(file: Path, documents: Sequence[Mapping[str, Any]], *, array: bool = False) -> Path:
    lines = [json.dumps(one) for one in documents]
    file.write_text(f"[{','.join(lines)}]" if array else "\n".join(lines) + "\n", "utf-8")
    return file


def take_over(target: Path, *words: str | Path) -> dict[str, Any]:
    done = run(
        *("import", "aitoearn", *words, "--data-dir", target, "--new-store", "--json"),
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


EXPIRED = {"accessTokenExpiresAt": int(NOW - HOUR)}
Row = tuple[dict[str, Any], dict[str, Any] | None, str | None]
ROWS: dict[str, Row] = {
    "plain": (account("tiktok"), credential("tiktok_1"), None),
    "no expiry": (
        account("linkedin"),
        credential("linkedin_1", accessTokenExpiresAt=None),
        None,
    ),
    "expired, and refreshed at first use": (
        account("pinterest"),
        credential("pinterest_1", **EXPIRED),
        None,
    ),
    "expired without refresh token": (
        account("pinterest", "2"),
        credential("pinterest_2", refreshToken="", **EXPIRED),
        "expired",
    ),
    "expired, and extended only while it lives": (
        account("threads"),
        credential("threads_1", **EXPIRED),
        "expired",
    ),
    "a page, whose token does not expire": (
        account("facebook"),
        credential("facebook_1", refreshToken=None, **EXPIRED),
        None,
    ),
    "offline": (account("twitter", status=0), credential("twitter_1"), None),
    "a channel": (
        account("youtube", "g1", _id="youtube_g1_UC1", account="UC1"),
        credential("youtube_g1_UC1"),
        None,
    ),
    "a channel without its id": (
        account("youtube", "g2"),
        credential("youtube_g2"),
        "missing_fields",
    ),
    "a location": (
        account("google_business", "accounts/a/locations/l"),
        credential("google_business_accounts/a/locations/l"),
        None,
    ),
    "an official account": (account("wxGzh"), credential("wxGzh_1"), None),
    "a cookie": (
        account("xhs", _id="xhs_1_web", clientType="web", loginCookie="a1=1; web_session=2"),
        None,
        None,
    ),
    "a cookie as an array": (
        account("wxSph", loginCookie='[{"name":"sessionid","value":"s"}]'),
        None,
        None,
    ),
    "no cookie": (account("wxSph", "2"), None, "no_credential"),
    "a broken cookie": (account("wxSph", "3", loginCookie="\n"), None, "missing_fields"),
    "no credential": (account("tiktok", "2"), None, "no_credential"),
    "an empty credential": (
        account("tiktok", "3"),
        credential("tiktok_3", accessToken=""),
        "no_credential",
    ),
    "an unknown platform": (account("myspace"), credential("myspace_1"), "unknown_platform"),
    "no platform": (account("tiktok", "4", type=None), credential("tiktok_4"), "missing_fields"),
    "a relay account": (
        account("tiktok", "5", relayAccountRef="remote"),
        credential("tiktok_5"),
        "relay_account",
    ),
    "no name": (account("tiktok", "6", nickname=""), credential("tiktok_6"), "missing_fields"),
    "no user": (account("tiktok", "7", userId=""), credential("tiktok_7"), "missing_fields"),
    "twice": (account("tiktok", _id="tiktok_1_old"), credential("tiktok_1_old"), "duplicate"),
    "too long": (
        account("tiktok", "u" * 300),
        credential(f"tiktok_{'u' * 300}"),
        "too_long",
    ),
}


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report on all rows, and what is stored."""
    folder = tmp_path_factory.mktemp("aitoearn")
    rows = ROWS.values()
    files = (
        written(folder / "account.json", [row[0] for row in rows]),
        written(
            folder / "credentials.json",
            [*(row[1] for row in rows if row[1] is not None), credential("gone_1")],
            array=True,
        ),
        written(
            folder / "groups.json",
            [group(browserConfig={"a": 1}, ip="10.0.0.1"), group(), {"strange": 1}],
        ),
    )
    trial = take_over(folder / "none", *files, "--dry-run")
    assert not (folder / "none").exists()
    report = take_over(folder / "target", *files, STOPPED)
    assert trial == {**report, "dryRun": True}
    again = take_over(folder / "target", *files, STOPPED)
    assert (again["accounts"], again["groups"]) == (0, 0)
    return report, dict(content(folder / "target"))


def stored(taken: tuple[Any, dict[str, Any]], name: str) -> tuple[Any, Any, Tokens]:
    """An account, its credential, and its tokens."""
    account_id = ROWS[name][0]["_id"]
    (one,) = (row for row in taken[1]["accounts"] if row["id"] == account_id)
    (held,) = (row for row in taken[1]["credentials"] if row["account_id"] == account_id)
    return one, held, Tokens.from_json(held["sealed"])


@pytest.mark.parametrize("name", ROWS)
def test_each_row_is_taken_over_or_named(taken: tuple[Any, Any], name: str) -> None:
    report, found = taken
    document, _, why = ROWS[name]
    reasons = [
        row["reason"]
        for row in report["skipped"]
        if (row["kind"], row["id"]) == ("account", document["_id"])
    ]
    assert reasons == ([why] if why else [])
    ids = [row["id"] for row in found["accounts"]]
    assert ids.count(document["_id"]) == (why is None)


def test_the_report_counts(taken: tuple[Any, Any]) -> None:
    report, found = taken
    assert report["accounts"] == sum(why is None for _, _, why in ROWS.values())
    assert (report["groups"], report["offline"], report["inDefaultGroup"]) == (1, 1, 0)
    others = [row for row in report["skipped"] if row["kind"] != "account"]
    assert others == [
        {"kind": "group", "id": GROUP, "reason": "duplicate"},
        {"kind": "credential", "id": "gone_1", "reason": "no_account"},
        {"kind": "document", "id": None, "reason": "unknown_document"},
    ]
    fields = {row["id"]: row.get("fields") for row in report["skipped"]}
    assert fields["tiktok_6"] == ["nickname"]
    assert fields["tiktok_7"] == ["userId"]
    assert len(found["credentials"]) == report["accounts"]


def test_an_account_keeps_what_is_known(taken: tuple[Any, Any]) -> None:
    one, held, tokens = stored(taken, "plain")
    assert (one["user_id"], one["group_id"], one["rank"], one["status"]) == ("65aa", GROUP, 4, 1)
    assert one["counters"] == {"fans": 12}
    assert one["created_at"] == pytest.approx(NOW - 90 * DAY, abs=1)
    assert (tokens.access_token, tokens.refresh_token) == (
        "access of tiktok_1",
        "refresh of tiktok_1",
    )
    assert tokens.expires_at == held["expires_at"] == int(NOW + HOUR)
    # Due as its lifetime says, from when it was issued.
    assert held["updated_at"] == pytest.approx(NOW - HOUR, abs=1)
    (default,) = taken[1]["account_groups"]
    assert (default["id"], default["is_default"], default["ip"]) == (GROUP, True, "10.0.0.1")
    assert default["sealed"] == b'{"a":1}'


def test_connectors_find_accounts_as_their_own(taken: tuple[Any, Any]) -> None:
    channel, _, _ = stored(taken, "a channel")
    assert (channel["identity"], channel["secondary"]) == ("UC1", "UC1")
    place, _, _ = stored(taken, "a location")
    assert (place["identity"], place["facts"]) == ("l", {"account": "accounts/a"})
    assert stored(taken, "an official account")[2].extra == {"appid": "1"}
    assert stored(taken, "a page, whose token does not expire")[2].expires_at is None
    cookie, held, tokens = stored(taken, "a cookie")
    assert (cookie["identity"], cookie["proved"]) == ("1_web", False)
    assert tokens.access_token == "a1=1; web_session=2"
    assert stored(taken, "a cookie as an array")[2].access_token == "sessionid=s"
    offline, held, _ = stored(taken, "offline")
    assert (offline["status"], offline["reason"]) == (0, "grant_dead")
    assert held["refresh_at"] is None
    assert NOW <= held["probe_at"] <= datetime.now(UTC).timestamp()


def test_one_user_may_get_everything(tmp_path: Path) -> None:
    """Of two default groups one stays one, and an account without its group goes there."""
    target = tmp_path / "target"
    documents = [
        *(group(), group(OTHER_GROUP, userId="65bb", name="second")),
        *(account("tiktok"), account("tiktok", "2", userId="65bb", groupId=OTHER_GROUP)),
        account("tiktok", "3", userId="65cc", groupId="65f0c0ffee65f0c0ffee9999"),
        *(credential(f"tiktok_{number}") for number in (1, 2, 3)),
    ]
    report = take_over(target, written(tmp_path / "all", documents), "--user", "acme", STOPPED)
    assert (report["accounts"], report["groups"], report["inDefaultGroup"]) == (3, 2, 1)
    found = content(target)
    assert {row["user_id"] for row in found["accounts"]} == {"acme"}
    places = {row["id"]: row["group_id"] for row in found["accounts"]}
    assert places == {"tiktok_1": GROUP, "tiktok_2": OTHER_GROUP, "tiktok_3": GROUP}
    defaults = {row["id"]: row["is_default"] for row in found["account_groups"]}
    assert defaults == {GROUP: True, OTHER_GROUP: False}


def test_the_original_must_have_been_stopped(tmp_path: Path) -> None:
    make_key(tmp_path / "target")
    file = written(tmp_path / "file", [account("tiktok"), credential("tiktok_1")])
    done = run("import", "aitoearn", file, "--data-dir", tmp_path / "target")
    assert (done.returncode, STOPPED in done.stderr) == (2, True)
    shown = run("import", "aitoearn", file, "--data-dir", tmp_path / "target", "--dry-run")
    assert shown.returncode == 0
    assert content(tmp_path / "target")["accounts"] == []


@pytest.mark.parametrize("text", ["{", "[1]", '{"a":1}\nno', '"text"'])
def test_what_is_no_document_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    with pytest.raises(MoveRefused), (tmp_path / "file").open() as file:
        list(read_documents(file))


def test_both_forms_of_extended_json(tmp_path: Path) -> None:
    relaxed = {"at": {"$date": "2026-01-01T00:00:00Z"}, "n": 5, "id": {"$oid": "a1"}}
    canonical = {
        "at": {"$date": {"$numberLong": "1767225600000"}},
        "n": {"$numberInt": "5"},
        "id": {"$oid": "a1"},
    }
    with written(tmp_path / "file", [relaxed, canonical]).open() as file:
        assert list(read_documents(file)) == [{"at": 1767225600.0, "n": 5, "id": "a1"}] * 2
