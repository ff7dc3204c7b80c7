"""YouTube: channels over Google OAuth, works through the uploads playlist."""

from dataclasses import replace
from typing import ClassVar

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.google.identity import google_failures
from openchannels.connectors.google.youtube.accounts import YouTubeAccounts
from openchannels.connectors.google.youtube.auth import YouTubeAuth
from openchannels.connectors.google.youtube.details import YouTubeDetails, YouTubeWorkInsights
from openchannels.connectors.google.youtube.engagement import (
    MODERATE,
    RATE,
    SUBSCRIBE,
    WRITE,
    YouTubeEngagement,
)
from openchannels.connectors.google.youtube.insights import YouTubeInsights
from openchannels.connectors.google.youtube.links import LINKS
from openchannels.connectors.google.youtube.options import YouTubeOptions
from openchannels.connectors.google.youtube.publisher import REMOVE, UPDATE, YouTubePublisher
from openchannels.connectors.google.youtube.publishing import PUBLISHING
from openchannels.connectors.google.youtube.reports import PACIFIC
from openchannels.connectors.google.youtube.thumbnails import THUMBNAIL
from openchannels.connectors.google.youtube.upload_session import ASK, PART, START
from openchannels.connectors.google.youtube.works import YouTubeWorks
from openchannels.core.accounts import Candidate
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Mark, Platform, Text

# https://developers.google.com/youtube/v3/docs/errors
REASONS = {
    "authError": FailureKind.TOKEN_EXPIRED,
    "quotaExceeded": FailureKind.QUOTA,
    "dailyLimitExceeded": FailureKind.QUOTA,
    "rateLimitExceeded": FailureKind.RATE_LIMITED,
    "userRateLimitExceeded": FailureKind.RATE_LIMITED,
    "invalidPageToken": FailureKind.INVALID,
    # Daily limits of a channel's uploads: they keep no other call from being made.
    "uploadLimitExceeded": FailureKind.INVALID,
    "uploadRateLimitExceeded": FailureKind.INVALID,
    "playlistNotFound": FailureKind.NOT_FOUND,
    "youtubeSignupRequired": FailureKind.NOT_FOUND,
    "authenticatedUserAccountClosed": FailureKind.DEAD_GRANT,
    "authenticatedUserAccountSuspended": FailureKind.SUSPENDED,
    "authenticatedUserNotChannel": FailureKind.DEAD_GRANT,
    "accountClosed": FailureKind.DEAD_GRANT,
    "channelClosed": FailureKind.DEAD_GRANT,
    "channelSuspended": FailureKind.SUSPENDED,
}
FAILURES = google_failures(
    REASONS,
    cursor_codes=("invalidPageToken",),
    # YouTube sometimes refuses a token that it has just returned.
    passing_codes=("invalidPageToken",),
    # The quota is the Cloud project's, not the channel's.
    app_wide=(FailureKind.QUOTA,),
    day=PACIFIC,
)


class YouTube(Connector):
    """One authorization gives one channel: the one chosen on Google's screen."""

    id = Platform("youtube")
    name = Text(en="YouTube", zh="YouTube")
    mark = Mark("YT", "#cc0000")
    docs_url = "https://developers.google.com/youtube/v3/docs"
    # https://developers.google.com/youtube/v3/determine_quota_cost: each list method costs 1, and
    # uploads have a bucket of their own.
    cost_unit = "quota units"
    costs: ClassVar = {
        **dict.fromkeys(
            ("auth.exchange", "auth.refresh", "works.analytics", "account.analytics"), 0.0
        ),
        **dict.fromkeys((START, PART, ASK), 0.0),
        **dict.fromkeys((THUMBNAIL, UPDATE, REMOVE), 50.0),
        **dict.fromkeys((WRITE, MODERATE, RATE, SUBSCRIBE), 50.0),
    }
    failures = FAILURES
    auth = YouTubeAuth()
    accounts = YouTubeAccounts()
    publishing = PUBLISHING
    publisher = YouTubePublisher()
    option_values = YouTubeOptions()
    engagement = YouTubeEngagement()
    works = YouTubeWorks()
    details = YouTubeDetails()
    account_insights = YouTubeInsights()
    work_insights = YouTubeWorkInsights()
    links = LINKS

    def adopt(self, candidate: Candidate) -> Candidate | None:
        """Returns the channel under its id, which AiToEarn has beside the person's Google id."""
        profile = candidate.profile
        if profile.handle is None:
            return None
        named = replace(profile, secondary=profile.handle, handle=None)
        return replace(candidate, profile=named, grant_subject=profile.uid)
