"""Whether the grant of an account holds the scopes that something needs."""

from collections.abc import Callable, Sequence

from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.purposes import Purpose
from openchannels.service.context import Context
from openchannels.service.errors import missing_scopes_data
from openchannels.store.queries import accounts
from openchannels.transport.platform_app import App

Missing = Callable[[App, Sequence[str]], Sequence[str]]
"""Returns the scopes that are missing, by the app and those that were granted."""


async def require_granted(
    context: Context, account: Account, purpose: Purpose, missing: Missing
) -> None:
    """Raises PERMISSION_MISSING with the missing scopes; passes where no scopes are known."""
    app = context.platforms.app(account.platform)
    row = await context.db.read(accounts.status_row, account.id)
    if app is None or row is None or row.scopes is None:
        return
    absent = missing(app, row.scopes)
    if absent:
        raise errors.PERMISSION_MISSING(missing_scopes_data(account, absent, purpose))
