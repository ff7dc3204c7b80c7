"""Tokens that a Meta app gets for itself.

https://developers.facebook.com/docs/facebook-login/guides/access-tokens
"""

from openchannels.sandbox.grants import Grants, random_text
from openchannels.sandbox.http import Reply

APP = "app"
"""The kind of such tokens."""


def app_token(grants: Grants, realm: str, client_id: str, prefix: str = "") -> Reply:
    """The token of an app, always the same one; it has no expiry."""
    app = grants.app_grant(realm, client_id)
    known = grants.newest_token(app, APP)
    value = known.value if known else f"{prefix}{client_id}|{random_text(length=27)}"
    if known is None:
        grants.issue(app, APP, value, None)
    return Reply.json({"access_token": value, "token_type": "bearer"})
