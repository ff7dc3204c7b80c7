"""Who may call Google Business Profile, and which location a call names."""

from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import EarlyReply, Request
from openchannels.sandbox.platforms.google import accounts as google
from openchannels.sandbox.platforms.google.locations import Location, accounts_of

SCOPE = "https://www.googleapis.com/auth/business.manage"
POSTS_HOST = "mybusiness.googleapis.com"


def require_business(accounts: google.GoogleAccounts, request: Request) -> Token:
    """The token of a call, which needs the scope. Raises EarlyReply."""
    token = accounts.require_token(request)
    if SCOPE not in token.grant.scopes:
        raise EarlyReply(google.insufficient_scope())
    return token


def find_location(person: str, request: Request) -> Location | None:
    """The location that the address of a call names together with its account."""
    owned = accounts_of(person).get(request.params["account"], [])
    return next((one for one in owned if one.id == request.params["location"]), None)
