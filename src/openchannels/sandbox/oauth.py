"""Replies of OAuth token endpoints that follow RFC 6749."""

from openchannels.sandbox.http import Reply


def oauth_error(http: int, error: str, description: str, **more: str) -> Reply:
    """An error of a token endpoint (RFC 6749, section 5.2)."""
    return Reply.json({"error": error, "error_description": description, **more}, http)
