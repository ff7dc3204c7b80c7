"""Cursors open only where they were given, for whom, and as they were given."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.core.exceptions import ValidationFailed
from openchannels.core.insights import Period
from openchannels.core.platforms import Platform
from openchannels.service.cursors import CursorPosition, Cursors
from openchannels.store.vault.keyring import Keyring
from tests.harness.paths import WORKS
from tests.harness.service import Service

KEYS = Keyring({"a": bytes(32), "b": bytes([1]) * 32}, "a")
CURSORS = Cursors(KEYS)
PLACE = CursorPosition("after=QVFIUm", "next")
HOME = ("acme", "youtube_1_UC2", Platform("youtube"))
GIVEN = CURSORS.make(*HOME, PLACE)

ENDS = st.none() | st.floats(-1e11, 1e12)


def opens(text: str, cursors: Cursors = CURSORS, home: tuple[str, str, Platform] = HOME) -> bool:
    try:
        cursors.read(text, *home)
    except ValidationFailed:
        return False
    return True


@given(
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.sampled_from(["next", "previous"]),
    st.text(max_size=20),
    st.builds(Period, ENDS, ENDS),
)
@settings(max_examples=200, deadline=None)
def test_round_trip(position: str, direction: str, user: str, period: Period) -> None:
    place = replace(PLACE, position=position, direction=direction, period=period)
    home = (user, "youtube_1_UC2", Platform("youtube"))
    text = CURSORS.make(*home, place)
    assert CURSORS.read(text, *home) == place
    assert text.isascii()
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    "home",
    [
        ("other", *HOME[1:]),
        ("", *HOME[1:]),
        ("acme", "youtube_1_UC3", Platform("youtube")),
        ("acme", "youtube_1_UC2", Platform("twitter")),
        # The same text when the parts are simply joined.
        ("acmey", "outube_1_UC2", Platform("youtube")),
    ],
)
def test_elsewhere_it_opens_nothing(home: tuple[str, str, Platform]) -> None:
    assert opens(GIVEN)
    assert not opens(GIVEN, home=home)


def test_every_single_change_is_noticed() -> None:
    for at, char in enumerate(GIVEN):
        for other in ("A", "z", "-", "_", "0", "=", "+"):
            changed = GIVEN[:at] + other + GIVEN[at + 1 :]
            # The last character of unpadded base64 carries unused bits.
            if other != char and at < len(GIVEN) - 1:
                assert not opens(changed), (at, other)


def test_every_shorter_and_longer_text_is_refused() -> None:
    assert not any(opens(GIVEN[:end]) for end in range(len(GIVEN)))
    assert not any(
        opens(GIVEN + more) for more in ("A", "AA", "AAAA", GIVEN, " ", "\n", "\x00", "é")
    )
    assert not any(opens(lead + GIVEN) for lead in ("A", " ", "AAAA"))


def test_the_rest_of_the_position_cannot_be_swapped() -> None:
    raw = base64.urlsafe_b64decode(GIVEN + "=" * (-len(GIVEN) % 4))
    head = raw[:17]
    for body in (["a", "n", "other"], ["b", "n", PLACE.position], ["a", "p", PLACE.position]):
        forged = head + json.dumps(body, separators=(",", ":")).encode()
        assert not opens(base64.urlsafe_b64encode(forged).rstrip(b"=").decode())


def test_other_keys() -> None:
    assert opens(GIVEN, Cursors(Keyring({"a": bytes(32), "b": bytes([1]) * 32}, "b")))
    assert not opens(GIVEN, Cursors(Keyring({"a": bytes([2]) * 32}, "a")))
    assert not opens(GIVEN, Cursors(Keyring({"b": bytes([1]) * 32}, "b")))


SHAPED = st.recursive(
    st.none() | st.integers() | st.text(max_size=6), lambda inner: st.lists(inner, max_size=4)
).map(
    lambda body: base64.urlsafe_b64encode(b"\x01" + bytes(16) + json.dumps(body).encode()).decode()
)


@settings(max_examples=600, deadline=None)
@given(st.text(max_size=80) | st.binary(max_size=80).map(
    lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) | SHAPED
    | SHAPED.map(lambda text: text.rstrip("=")))  # fmt: skip
def test_random_text_never_opens(text: str) -> None:
    assert not opens(text)


def test_over_the_wire(shared_service: Service) -> None:
    service = shared_service
    client = service.client_of("cursors")
    one = service.connect("youtube", "ida", user="cursors").account_id
    two = service.connect("youtube", "mara", user="cursors").account_id
    page = service.connect("facebook", "ida", user="cursors").account_id
    other = service.connect("youtube", "otto", user="cursors-other").account_id

    def code(account: str, cursor: str, platform: str = "youtube", user: str = "cursors") -> int:
        params = {"accountId": account, "cursor": cursor}
        answer = service.client_of(user).get(f"{WORKS}/{platform}", params=params)
        return int(answer.json()["code"])

    listed = client.get(f"{WORKS}/youtube", params={"accountId": one}).json()["data"]
    cursor = listed["pagination"]["nextCursor"]
    assert code(one, cursor) == 0
    assert code(two, cursor) == 10002
    assert code(page, cursor, "facebook") == 10002
    assert code(other, cursor, user="cursors-other") == 10002
    assert code(one, cursor, user="cursors-other") == 10002
    assert code(one, cursor[:-2]) == 10002
    assert code(one, cursor[:-3] + "AAA") == 10002
    assert code("youtube_nobody", "nonsense") == 10002, "judged before the account is read"
    turned = {"accountId": one, "cursor": cursor, "direction": "previous"}
    assert client.get(f"{WORKS}/youtube", params=turned).json()["code"] == 10002
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    live = service.run(tokens_of(service, one))
    assert live
    assert not any(token.encode() in raw for token in live)


async def tokens_of(service: Service, account_id: str) -> list[str]:
    """The secrets behind an account, as the service holds them."""
    from openchannels.service.sealing import credential_row
    from openchannels.store.queries import credentials

    context = service.services.context
    row = await context.db.read(credentials.get_credential, account_id)
    assert row is not None
    tokens = json.loads(context.vault.open(row.sealed, credential_row(account_id)))
    return [tokens[name] for name in ("access_token", "refresh_token") if tokens[name]]


def test_a_cursor_keeps_the_period_of_its_list(shared_service: Service) -> None:
    client = shared_service.client_of("cursors")
    account = shared_service.connect("youtube", user="cursors").account_id

    def page(**query: str) -> dict[str, Any]:
        params = {"accountId": account, "limit": "4", **query}
        answer: dict[str, Any] = client.get(f"{WORKS}/youtube", params=params).json()
        return answer

    def cursor(answer: dict[str, Any]) -> str:
        return str(answer["data"]["pagination"]["nextCursor"])

    whole = page()
    latest = whole["data"]["items"][0]["publishedAt"]
    part = page(until=latest)
    following = page(until=latest, cursor=cursor(part))
    assert following["data"]["items"]
    assert page(cursor=cursor(part))["data"] == following["data"]
    # An empty value is none, and a time is the same in another zone.
    same = latest.replace("Z", "+00:00")
    assert page(until=same, since="", cursor=cursor(part))["data"] == following["data"]
    for other in (
        page(until=latest, cursor=cursor(whole)),
        page(since=latest, cursor=cursor(part)),
        page(until=latest, since=latest, cursor=cursor(part)),
        page(until="2026-01-01T00:00:00Z", cursor=cursor(part)),
    ):
        assert other["code"] == 10002
        assert [issue["path"] for issue in other["data"]["issues"]] == ["pagination.cursor"]


def test_a_period_has_two_times_in_order(shared_service: Service) -> None:
    client = shared_service.client_of("cursors")
    day, next_day = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
    for query, path in (
        ({"since": next_day, "until": day}, "since"),
        ({"since": "2026-13-01"}, "since"),
        ({"until": "yesterday"}, "until"),
        ({"until": "2026-01-01T00:00:00"}, "until"),
    ):
        body = client.get(f"{WORKS}/youtube", params={"accountId": "x", **query}).json()
        assert (body["code"], body["data"]["issues"][0]["path"]) == (10002, path)
    for query in ({"since": day, "until": day}, {"since": "0001-01-01T00:00:00+14:00"}):
        body = client.get(f"{WORKS}/youtube", params={"accountId": "x", **query}).json()
        assert body["code"] == 12600
