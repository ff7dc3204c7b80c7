"""An opened credential: what connectors work with."""

from dataclasses import dataclass

from openchannels.connectors.registry import Connector
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.service.context import Context
from openchannels.service.sealing import credential_row
from openchannels.store.database import AnyRow
from openchannels.store.queries.credentials import SealedCredential


@dataclass(frozen=True, slots=True)
class OpenCredential:
    """A decrypted credential, and the version that later writes must match.

    `checked_at` is when the platform last accepted it, `came_at` when the tokens were issued,
    `refused_since` when the platform began to refuse what it had just issued; in Unix seconds.
    """

    account: Account
    connector: Connector
    tokens: Tokens
    version: int
    checked_at: float = 0.0
    came_at: float = 0.0
    failures: int = 0
    refused_since: float | None = None


def open_credential(
    context: Context, account: Account, connector: Connector, row: AnyRow | SealedCredential
) -> OpenCredential:
    """Decrypt a stored credential."""
    secret = context.vault.open(row.sealed, credential_row(account.id))
    return OpenCredential(
        account,
        connector,
        Tokens.from_json(secret),
        row.version,
        row.checked_at or 0.0,
        row.updated_at,
        row.failures,
        row.refused_since,
    )
