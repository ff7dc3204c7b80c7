"""Answers that tell single works and figures, as the platforms' documents show them."""

import json
from pathlib import Path
from typing import Any

from openchannels.core.accounts import Account
from openchannels.core.platforms import Platform
from tests.connectors.support import account_of

PAGE, LOCATION = "104857600012345", "9876543210987654321"
OWNER, CHANNEL = "accounts/117700112233445566778", "UC4q7ExampleChannel0001"
ACCOUNTS: dict[str, Account] = {
    account.platform: account
    for account in (
        account_of(Platform("facebook"), PAGE),
        account_of(Platform("instagram"), "17841401234567890"),
        account_of(Platform("threads"), "26194837465019283"),
        account_of(Platform("linkedin"), "urn:li:organization:2414183"),
        account_of(Platform("google_business"), LOCATION, facts={"account": OWNER}),
        account_of(Platform("youtube"), "1045", secondary=CHANNEL),
    )
}


def answers_of(platform: str) -> dict[str, Any]:
    """Answers by a name of ours."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name(f"{platform}.json").read_text())
    return found


def graph_error(code: int, subcode: int | None = None, message: str = "no") -> dict[str, Any]:
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}
    return {"error": {name: value for name, value in error.items() if value is not None}}
