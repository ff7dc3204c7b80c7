"""Documents that name what the code decides: figures, and the reasons of a status."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from openchannels.api.endpoint import OPERATION
from openchannels.api.routes import accounts
from openchannels.api.schemas.auth_status import AuthStatus
from openchannels.core.credentials import Reason
from openchannels.core.reconnect_hints import HINTS
from openchannels.transport.client import MOST_CONTAINERS

DOCS = Path(__file__).parents[2] / "docs"


def test_the_bound_on_an_answer() -> None:
    text = (DOCS / "adr" / "0011-breakers-and-bulkheads.md").read_text()
    assert f"at most {MOST_CONTAINERS:,} lists" in text


def test_a_revoked_account_reads_as_documented() -> None:
    description = accounts.revoke_account.opt[OPERATION].description
    assert f"reads 0 with `{Reason.REVOKED.value}`" in description


def listed_in_the_guide() -> set[str]:
    text = (DOCS / "api.md").read_text()
    table = text[text.index("| `reason` | `status` |") :].partition("\n\n")[0]
    return set(re.findall(r"^\| `(\w+)` \| [01] \|", table, re.MULTILINE))


def listed_on_the_wire() -> set[str]:
    (reasons,) = (
        set(get_args(one))
        for one in get_args(get_type_hints(AuthStatus)["reason"])
        if get_args(one)
    )
    return reasons


@pytest.mark.parametrize("listed", [listed_in_the_guide, listed_on_the_wire, lambda: set(HINTS)])
def test_every_reason_is_listed(listed: object) -> None:
    assert callable(listed)
    assert listed() == {reason.value for reason in Reason}
