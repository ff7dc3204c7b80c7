"""Pinterest: single pins."""

import re
from dataclasses import replace
from typing import Any

from openchannels.connectors.base.insights import WorkDetails, check_id
from openchannels.connectors.base.parse import count, dig
from openchannels.connectors.base.sources import FromAccount
from openchannels.connectors.pinterest.api import API
from openchannels.connectors.pinterest.works import WORK, read_counts
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.insights import DetailedWork
from openchannels.transport.oauth import bearer
from openchannels.transport.platform_client import PlatformClient

PIN_ID = re.compile("[0-9]{1,32}")


def is_owner(pin: Any) -> bool:
    """Returns whether an answer says that the pin is that of the account that asked."""
    return dig(pin, "is_owner") is True


# A pin may be another's, on a board that is shared with the account.
PIN = replace(
    WORK,
    fields={
        **WORK.fields,
        "author_name": FromAccount(lambda pin, own: own.nickname if is_owner(pin) else None),
        "author_uid": FromAccount(lambda pin, own: own.uid if is_owner(pin) else None),
    },
)


class PinterestDetails(WorkDetails):
    async def fetch(
        self, client: PlatformClient, account: Account, tokens: Tokens, work_id: str
    ) -> DetailedWork:
        """Fetches one pin; one that the account did not make names no author.

        https://developers.pinterest.com/docs/api/v5/pins-get
        """
        check_id(client, "works.read", work_id, PIN_ID)
        pin = await client.get(
            f"{API}/pins/{work_id}",
            operation="works.read",
            params={"pin_metrics": "true"},
            headers=bearer(tokens),
        )
        work = PIN.read(pin, account)
        if work is None:
            raise client.malformed("works.read")
        outbound = count(dig(read_counts(pin), "clickthrough"))
        extra = {} if outbound is None else {"outboundClickCount": outbound}
        return DetailedWork(work, author=work.author_uid, extra=extra)
