"""What an integrator writes, checked by mypy against the installed wheel."""

import asyncio
from datetime import UTC, datetime

from openchannels import __version__
from openchannels.client import (
    Account,
    AsyncClient,
    Client,
    ClientError,
    RateLimited,
    ReconnectNeeded,
    Work,
    verify_webhook,
)

since = datetime(2026, 1, 1, tzinfo=UTC)


def newest(client: Client, account: Account) -> list[Work]:
    try:
        return list(client.works.iter(account.type, account.id, since=since))
    except ReconnectNeeded as error:
        reveal_type(error.reason)
    except RateLimited as error:
        reveal_type(error.retry_after)
    except ClientError:
        pass
    return []


async def views(client: AsyncClient) -> int:
    total = 0
    async with client.works.iter_all(in_flight=4) as works:
        async for account, work in works:
            reveal_type(account)
            total += work.metrics.view_count or 0
        reveal_type(works.failures)
    return total


with Client("http://127.0.0.1:1", "oc_x") as client:
    reveal_type(client.connect)
    reveal_type(client.accounts.iter())
reveal_type(verify_webhook("s", {}, b"").timestamp)
reveal_type(AsyncClient.from_env())
print(__version__, newest, asyncio.run, views)
