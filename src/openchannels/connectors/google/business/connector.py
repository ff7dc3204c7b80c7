"""Google Business Profile: locations over Google OAuth, works through their local posts."""

from dataclasses import replace
from typing import ClassVar

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import dig, rows, text
from openchannels.connectors.google.business.accounts import GoogleBusinessAccounts
from openchannels.connectors.google.business.api import SCOPE
from openchannels.connectors.google.business.insights import GoogleBusinessInsights
from openchannels.connectors.google.business.publisher import GoogleBusinessPublisher
from openchannels.connectors.google.business.publishing import PUBLISHING
from openchannels.connectors.google.business.works import (
    NO_METRICS,
    GoogleBusinessDetails,
    GoogleBusinessWorks,
)
from openchannels.connectors.google.identity import (
    GoogleAuth,
    google_config,
    google_failures,
    read_error,
)
from openchannels.core.accounts import Candidate
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.answers import body_of
from openchannels.transport.client import Answer

NOT_APPROVED = Text(
    en="Google has not approved this Cloud project for the Business Profile APIs.",
    zh="Google 尚未批准该 Cloud 项目使用 Business Profile API。",
)


def check_quota(answer: Answer, reading: Failure | None) -> Failure | None:
    """Returns the failure; a quota of zero means that Google has not approved the app.

    https://developers.google.com/my-business/content/limits
    """
    reading = read_error(answer, reading)
    if reading is None or reading.kind is not FailureKind.RATE_LIMITED:
        return reading
    details = rows(dig(body_of(answer), "error", "details"))
    limits = (dig(row, "metadata", "quota_limit_value") for row in details)
    if any(text(limit) == "0" for limit in limits):
        return replace(reading, kind=FailureKind.MISCONFIGURED, detail=NOT_APPROVED)
    return reading


FAILURES = google_failures(
    {"RATE_LIMIT_EXCEEDED": FailureKind.RATE_LIMITED},
    # Limits of calls per minute are the Cloud project's.
    app_wide=(FailureKind.RATE_LIMITED,),
    refine=check_quota,
)


class GoogleBusinessAuth(GoogleAuth):
    config = google_config(SCOPE)
    instructions = Text(
        en="Open the link, choose the Google account that manages the business, and leave every "
        "permission ticked. You then choose which locations to connect.",
        zh="打开链接，选择管理该商家的 Google 账号，并保持所有权限勾选，随后选择要连接的地点。",
    )


class GoogleBusiness(Connector):
    """One authorization gives every location that a user manages; each is a separate account.

    Posts are only readable under the Google account that owns the location, and no call returns
    that account for a location: it is stored in the account's facts.
    """

    id = Platform("google_business")
    name = Text(en="Google Business", zh="Google 商家")
    mark = Mark("G", "#1967d2")
    docs_url = "https://developers.google.com/my-business"
    failures = FAILURES
    auth = GoogleBusinessAuth()
    accounts = GoogleBusinessAccounts()
    publishing = PUBLISHING
    publisher = GoogleBusinessPublisher()
    works = GoogleBusinessWorks()
    absent: ClassVar = {"workAnalytics": NO_METRICS}
    details = GoogleBusinessDetails()
    account_insights = GoogleBusinessInsights()

    def adopt(self, candidate: Candidate) -> Candidate | None:
        """Returns the location, which AiToEarn names `accounts/{account}/locations/{location}`."""
        owner, found, location = candidate.profile.uid.partition("/locations/")
        if not found:
            return None
        profile = replace(candidate.profile, uid=location, handle=owner, facts={"account": owner})
        return replace(candidate, profile=profile)
