"""KWAI: calls of its API, and what refusals mean."""

from typing import Any

from openchannels.connectors.base.failures import FailureTable, by_kind
from openchannels.connectors.base.parse import dig, integer
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import PlatformClient

SITE = "https://open.kuaishou.com"
SUCCESS = 1
# https://open.kuaishou.com/platformDocs/openAbility/kwaiLogin
CODES = by_kind(
    {
        FailureKind.TOKEN_EXPIRED: (100200102, 100200108),
        FailureKind.DEAD_GRANT: (100200105, 100200107, 100200109, 100200110, 100200111, 100200113),
        FailureKind.MISCONFIGURED: (100200100, 100200101, 100200103, 100200104, 100200112),
        FailureKind.PERMISSION: (100200106,),
        FailureKind.UNAVAILABLE: (100200500, 400003, 100200114, 100200115, 300001, 300002),
        FailureKind.RATE_LIMITED: (
            *(400002, 100100402, 100100403, 100100404),
            *(200100410, 100200301, 100200410),
        ),
        FailureKind.NOT_FOUND: (120001, 100120001, 120002, 120003),
        FailureKind.INVALID: (100400,),
    }
)


def check_result(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns None if `result` is 1, under any HTTP status; an answer without it is malformed."""
    body = body_of(answer)
    code = integer(dig(body, "result"))
    if code == SUCCESS:
        return None
    malformed = reading is None and code is None and isinstance(body, dict)
    return Failure(FailureKind.MALFORMED) if malformed else reading


FAILURES = FailureTable(
    code="result",
    code_decides=True,
    success=(str(SUCCESS),),
    codes=CODES,
    refine=check_result,
)


def credential_params(client: PlatformClient, tokens: Tokens) -> dict[str, str]:
    return {"app_id": client.app.client_id, "access_token": tokens.access_token}


async def get_json(
    client: PlatformClient, tokens: Tokens, path: str, operation: str, **params: str
) -> Any:
    """Calls a path of the API; returns the answer's JSON."""
    params = {**credential_params(client, tokens), **params}
    return await client.get(f"{SITE}/{path}", operation=operation, params=params)
