"""Times as texts, and the moments that ids and states begin with."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from openchannels.core import ids
from openchannels.core.clock import iso
from openchannels.service.authorization.browser_binding import state_of

NOW = 1_764_531_877.25


@given(
    st.floats(-3e9, 2e11)
    | st.integers(0, 4_000_000_000)
    | st.integers(0, 4_000_000_000).map(lambda whole: whole + 0.9999995)
)
def test_a_time_is_written_as_by_datetime(moment: float) -> None:
    exact = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    assert iso(moment) == exact[:-6] + "Z"


def test_what_is_made_later_sorts_later() -> None:
    made = [ids.new_session_id(NOW + second) for second in range(200)]
    keys = [ids.state_key(state_of(ids.new_ticket(NOW + second))) for second in range(200)]
    assert made == sorted(made)
    assert keys == sorted(keys)
    assert all(ids.SESSION_ID.fullmatch(one) for one in made)


def test_states_without_a_moment_are_found_by_their_digest() -> None:
    secret = ids.new_secret()
    assert ids.state_key(state_of(secret)) == ids.digest(state_of(secret))
    assert ids.state_key("") == ids.digest("")


def test_the_moment_takes_nothing_from_the_secret() -> None:
    ticket = ids.new_ticket(NOW)
    moment, secret = ticket[: ids.MOMENT], ticket[ids.MOMENT :]
    assert ids.SECRET.fullmatch(secret)
    state = state_of(ticket)
    assert state.startswith(moment)
    assert state[ids.MOMENT :] not in ticket
    key = ids.state_key(state)
    assert key == moment.encode() + ids.digest(state[ids.MOMENT :])[ids.MOMENT :]
