"""A platform that is hostile to some accounts: endless, huge, slow and broken answers.

Each form is asked for alone first: the call must end inside its deadline, in an envelope of the
documented kind, and the memory that the service grew by is measured. Then the calls of other
accounts, on the same platform and on another, are timed without and under hostile calls. The
service, the hostile host and this program are processes of their own. `size` is the number of
rounds over all forms.
"""

import asyncio
import itertools
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from openchannels.core.credentials import Tokens
from openchannels.service.sealing import credential_row
from openchannels.store.vault.keyring import create_keyring
from tests.harness.paths import API
from tests.harness.processes import Child, Process
from tests.harness.rig import Rig, open_rig
from tests.harness.settings import UNLIMITED, store_environ
from tests.harness.tool import Tool
from tests.soak.front import TOKEN
from tests.soak.program import Figures, program

PLATFORM = "youtube"
OTHER = "bilibili"
HOSTILE_WORKERS = 4
OTHER_WORKERS = 8
PACE_SECONDS = 0.1
"""Between two calls of one worker: the machine is not to be the limit."""
GRACE_SECONDS = 5.0
MEMORY_LIMIT = 50
ANSWERED = {0, 15070, 15071, 15072, 15094}
"""What the caller may be told: a page after all, or a failure of the platform's."""


@dataclass
class Victim:
    """The service process, a workspace's calls to it, and what came of them."""

    tool: Tool
    process: Process
    deadline: float
    broken: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    async def call(self, path: str, **params: str) -> tuple[int, float]:
        """One call; its code, or -1 for none, and its seconds."""
        began = time.perf_counter()
        headers = {"X-Api-Key": self.tool.key.key}
        url = self.process.url + API + path
        try:
            async with self.tool.rig.http.get(url, headers=headers, params=params) as answer:
                code = int((await answer.json())["code"])
        except Exception as error:
            self.broken.append(f"{path}: {error!r}")
            code = -1
        return code, time.perf_counter() - began

    async def works(self, account: str, platform: str = PLATFORM) -> tuple[int, float]:
        return await self.call(f"/works/{platform}", accountId=account)

    async def hostile(self, form: str, account: str) -> None:
        """Ask for the works of an account to which the platform is hostile."""
        code, seconds = await self.works(account)
        self.codes[form] = code
        self.seconds[form] = max(round(seconds, 3), self.seconds.get(form, 0.0))
        if code not in ANSWERED:
            self.broken.append(f"{form}: code {code}")
        if seconds > self.deadline + GRACE_SECONDS:
            self.broken.append(f"{form}: {seconds:.1f} s")

    def shared_state(self, name: str) -> float:
        """Resident memory in MB: `VmRSS` now, `VmHWM` at most since `forget_peak`."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        found = next(line for line in lines if line.startswith(name))
        return int(found.split()[1]) / 1024

    def forget_peak(self) -> float:
        """Measure the peak from now on; returns what is in use."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return self.shared_state("VmRSS")


async def run(
    folder: Path,
    database: str | None,
    size: int,
    *,
    deadline: float = 3.0,
    seconds: float = 5.0,
    without: Collection[str] = (),
) -> Figures:
    """Run `without` some forms.

    Each platform call has a deadline in seconds; others are timed for `seconds` a round.
    """
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    keyring = folder / "keyring.json"
    create_keyring(keyring)
    async with open_rig(folder, database=database, keyring=keyring) as rig:
        front = Child("tests.soak.front", rig.sandbox_url, log=folder / "front.log")
        await front.up()
        try:
            settings = {
                **store_environ(database, keyring),
                **UNLIMITED,
                "OPENCHANNELS_SANDBOX__URL": front.said,
                "OPENCHANNELS_SERVER__PORT": "0",
                "OPENCHANNELS_SERVER__LOG_LEVEL": "error",
                "OPENCHANNELS_UPSTREAM__TIMEOUT_SECONDS": str(deadline),
            }
            async with Process(folder, environ=settings) as process:
                victim = Victim(await rig.tool(), process, deadline)
                forms = [form for form in await known(rig, front.said) if form not in without]
                return await soak(rig, victim, forms, size, seconds)
        finally:
            front.end()


async def known(rig: Rig, front: str) -> list[str]:
    """The forms of the hostile host."""
    async with rig.http.get(f"{front}/_forms") as answer:
        forms: list[str] = await answer.json()
        return forms


async def soak(
    rig: Rig, victim: Victim, forms: Sequence[str], size: int, seconds: float
) -> Figures:
    """The run over processes that stand."""
    good = await victim.tool.connected(PLATFORM)
    other = await victim.tool.connected(OTHER)
    hated = dict(zip(forms, await hostile_accounts(rig, good, forms), strict=True))
    others = ((good, PLATFORM), (other, OTHER))
    grown = await alone(victim, hated, others, size)
    quiet = await timed(victim, others, seconds * size, ())
    loaded = await timed(victim, others, seconds * size, hated.items())
    worst = max(grown, key=lambda form: grown[form])
    return {
        "forms": len(forms),
        "codes": victim.codes,
        "seconds": victim.seconds,
        "seconds_worst": max(victim.seconds.values()),
        "memory_mb": {form: round(grown[form], 1) for form in forms},
        "memory_worst": f"{worst} {grown[worst]:.1f} MB",
        "memory_over_limit": [form for form in forms if grown[form] > MEMORY_LIMIT],
        "other_calls": len(quiet) + len(loaded),
        "p50_ms": [percentile(quiet, 0.5), percentile(loaded, 0.5)],
        "p99_ms": [percentile(quiet, 0.99), percentile(loaded, 0.99)],
        "p99_ratio": round(percentile(loaded, 0.99) / max(0.1, percentile(quiet, 0.99)), 2),
        "broken": victim.broken[:10],
        "faults": len(victim.broken),
    }


async def hostile_accounts(rig: Rig, account_id: str, forms: Sequence[str]) -> list[str]:
    """Accounts like a connected one, whose tokens the hostile host knows."""
    (account,) = await rig.rows("accounts", id=account_id)
    (credential,) = await rig.rows("credentials", account_id=account_id)
    vault = rig.runtime.services.context.vault
    tokens = Tokens.from_json(vault.open(credential["sealed"], credential_row(account_id)))
    made = []
    for number, form in enumerate(forms, 1):
        one = f"{account_id}{number}"
        secret = replace(tokens, access_token=TOKEN + form).to_json()
        sealed = vault.seal(secret, credential_row(one))
        await rig.add_row("accounts", **{**account, "id": one, "identity": one, "uid": one})
        await rig.add_row("credentials", **{**credential, "account_id": one, "sealed": sealed})
        made.append(one)
    return made


async def alone(
    victim: Victim, hated: dict[str, str], others: Sequence[tuple[str, str]], size: int
) -> dict[str, float]:
    """One hostile call after another; returns by how much each form grew the memory at most."""
    grown = dict.fromkeys(hated, 0.0)
    for _ in range(size):
        for form, account in hated.items():
            # A good call first: what the very first one loads is not the form's doing, and no
            # run of failures makes the service leave the host alone.
            await good_call(victim, *others[0])
            before = victim.forget_peak()
            await victim.hostile(form, account)
            grown[form] = max(grown[form], victim.shared_state("VmHWM") - before)
    return grown


async def good_call(victim: Victim, account: str, platform: str) -> float:
    """A call of an account that the platform treats well; returns its seconds."""
    code, seconds = await victim.works(account, platform)
    if code != 0:
        victim.broken.append(f"{platform} of another account: code {code}")
    return seconds


async def timed(
    victim: Victim,
    others: Sequence[tuple[str, str]],
    seconds: float,
    hated: Iterable[tuple[str, str]],
) -> list[float]:
    """Seconds of each call of other accounts, while hostile ones go on beside them."""
    until = time.monotonic() + seconds
    taken: list[float] = []
    turns = itertools.cycle(list(hated))

    async def well(number: int) -> None:
        while time.monotonic() < until:
            taken.append(await good_call(victim, *others[number % len(others)]))
            await asyncio.sleep(PACE_SECONDS)

    async def badly() -> None:
        while time.monotonic() < until:
            await victim.hostile(*next(turns))
            await asyncio.sleep(PACE_SECONDS)

    work: list[Any] = [well(number) for number in range(OTHER_WORKERS)]
    work += [badly() for _ in range(HOSTILE_WORKERS if hated else 0)]
    await asyncio.gather(*work)
    return taken


def percentile(values: list[float], share: float) -> float:
    """In milliseconds."""
    return round(sorted(values)[int(len(values) * share)] * 1000, 1)


if __name__ == "__main__":
    program(__doc__, run, 10)
