"""LinkedIn: posts of the organisations a member administers; those of persons are closed."""

from dataclasses import replace
from datetime import UTC

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import dig, text
from openchannels.connectors.linkedin.accounts import LinkedInAccounts
from openchannels.connectors.linkedin.auth import LinkedInAuth
from openchannels.connectors.linkedin.works import LinkedInWorks
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import body_of, classify_status

VERSION_ENDED = Text(
    en="LinkedIn has ended this version of its API; the operator has to set "
    "platforms.linkedin.version to a newer one.",
    zh="LinkedIn 已停用该接口版本，运营者需将设置 platforms.linkedin.version 改为更新的版本。",
)


class LinkedIn(Connector):
    """One member's authorization opens the member and every organisation the member runs."""

    id = Platform("linkedin")
    name = Text(en="LinkedIn", zh="LinkedIn")
    mark = Mark("in", "#0a66c2")
    docs_url = "https://learn.microsoft.com/en-us/linkedin/"
    request_id_header = "x-li-uuid"
    auth = LinkedInAuth()
    accounts = LinkedInAccounts()
    works = LinkedInWorks()

    def classify(self, answer: Answer) -> Failure | None:
        """https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling"""
        reading = classify_status(answer)
        if reading is None:
            return None
        body = body_of(answer)
        names = (text(dig(body, "code")), text(dig(body, "serviceErrorCode")))
        reading = replace(reading, code="/".join(filter(None, names)) or None)
        if answer.status == 426:
            return replace(reading, kind=FailureKind.MISCONFIGURED, detail=VERSION_ENDED)
        message = str(dig(body, "message")).upper()
        if answer.status == 429 and "DAY LIMIT" in message:
            reading = replace(reading, kind=FailureKind.QUOTA, day=UTC)
            return replace(reading, bucket="app") if "APPLICATION" in message else reading
        return reading
