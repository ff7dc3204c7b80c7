"""Guessing states: random ones and distortions of real ones open nothing."""

import asyncio
import random
import secrets
from typing import Any

from openchannels.core import ids
from openchannels.store.queries import sessions
from tests.harness.browser import callback_params, with_params
from tests.harness.paths import API, TOKEN_ENDPOINTS
from tests.harness.rig import Rig
from tests.soak.program import over_rig, program

SESSIONS = 50
OVER_HTTP = 200


async def soak(rig: Rig, guesses: int) -> dict[str, Any]:
    """Guess against pending sessions; returns how many guesses were accepted."""
    tool = await rig.tool()
    started = [await tool.start("youtube") for _ in range(SESSIONS)]
    states = [callback_params(one["url"])["state"] for one in started]
    known = [one["sessionId"] for one in started]
    accepted = 0
    for _ in range(guesses):
        guess = ids.digest(secrets.token_urlsafe(32))
        accepted += await rig.runtime.db.read(sessions.by_state, guess) is not None
    near = [text for state in states for text in distorted(state)] + known
    for guess in near:
        accepted += await rig.runtime.db.read(sessions.by_state, ids.digest(guess)) is not None
    browser = rig.browser()

    async def call_back(state: str) -> bool:
        address = f"{rig.url}{API}/accounts/auth/youtube/callback?code=stolen"
        page = await browser.open(with_params(address, state=state))
        return page.status == 303 or "15039" not in page.text

    tried = random.sample(near, OVER_HTTP // 2)
    tried += [secrets.token_urlsafe(32) for _ in range(OVER_HTTP // 2)]
    accepted += sum(await asyncio.gather(*map(call_back, tried)))
    pending = len(await rig.rows("auth_sessions", stage="pending"))
    calls = await rig.count(TOKEN_ENDPOINTS["youtube"])
    faults = accepted + calls + (pending != SESSIONS)
    bits = min(len(set(states)) and len(state) * 6 for state in states)
    return {
        "guesses": guesses + len(near) + len(tried),
        "accepted": accepted,
        "token_calls": calls,
        "state_bits_at_most": bits,
        "faults": faults + (bits < 128) + (len(set(states)) != SESSIONS),
    }


def distorted(state: str) -> list[str]:
    """Texts close to a state that must not stand for it."""
    place = secrets.randbelow(len(state))
    other = "A" if state[place] != "A" else "B"
    return [
        state[:place] + other + state[place + 1 :],
        state[:-1],
        state + "=",
        state + " ",
        state.swapcase(),
        state[::-1],
        ids.digest(state).hex(),
        "%" + state,
    ]


if __name__ == "__main__":
    program(__doc__, over_rig(soak), 1_000_000)
