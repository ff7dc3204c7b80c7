"""Lifetimes of OAuth credentials, computed from a platform's `OAuthConfig`."""

from collections.abc import Iterator

from openchannels.core.credentials import TokenModel, Tokens
from openchannels.transport.oauth import OAuthConfig

HOUR = 3600
MAX_MARGIN = 30 * 24 * HOUR
"""Longest time, in seconds, that a proactive refresh comes before the expiry."""


def refreshable(config: OAuthConfig, tokens: Tokens, now: float) -> bool:
    """Returns whether a refresh can succeed at `now` (Unix seconds)."""
    if config.token_model is TokenModel.NONE:
        return False
    ended = tokens.expires_at is not None and tokens.expires_at <= now
    if config.token_model is TokenModel.EXTEND:
        return not ended
    if tokens.refresh_token is None or (ended and config.needs_live_access):
        return False
    return tokens.refresh_expires_at is None or tokens.refresh_expires_at > now


def grant_end(config: OAuthConfig, tokens: Tokens) -> float | None:
    """Returns when (Unix seconds) the user has to authorize again; None if no end is known."""
    if config.token_model is TokenModel.EXTEND or tokens.refresh_token is None:
        return tokens.expires_at
    if not config.needs_live_access:
        return tokens.refresh_expires_at
    ends = (tokens.expires_at, tokens.refresh_expires_at)
    return min((end for end in ends if end is not None), default=None)


def refresh_due(config: OAuthConfig, tokens: Tokens, since: float) -> float | None:
    """Returns when to refresh: ahead of the first expiry that a refresh extends, or None."""
    moments = _due_moments(config, tokens, since)
    return min((moment for moment in moments if moment is not None), default=None)


def refresh_ahead_at(end: float | None, since: float, margin: float = MAX_MARGIN) -> float | None:
    """Returns the time that leaves a sixth of the life from `since` to `end`.

    It leaves at most `margin` seconds and at least an hour; None if that is before `since`.
    """
    if end is None:
        return None
    moment = end - max(min(margin, (end - since) / 6), HOUR)
    return moment if moment > since else None


def _due_moments(config: OAuthConfig, tokens: Tokens, since: float) -> Iterator[float | None]:
    if config.needs_live_access or config.token_model is TokenModel.EXTEND:
        moment = refresh_ahead_at(tokens.expires_at, since, config.leeway)
        yield moment and max(moment, since + config.extend_after)
    if tokens.refresh_token is not None and config.idle_life is not None:
        yield refresh_ahead_at(since + config.idle_life, since)
    if tokens.refresh_token is not None and config.refresh_slides:
        yield refresh_ahead_at(tokens.refresh_expires_at, since)
