"""Bilibili: OAuth with signed calls; the list of videos has no counts, each video is asked."""

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import dig, text, whole
from openchannels.connectors.bilibili.accounts import BilibiliAccounts
from openchannels.connectors.bilibili.auth import BilibiliAuth
from openchannels.connectors.bilibili.works import BilibiliWorks
from openchannels.core.platform_errors import Failure, FailureKind
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import body_of, classify_status

# https://open.bilibili.com/doc/4/8673959e-f7bb-56e6-6e68-d225f971b81b
CODES = {
    code: kind
    for kind, codes in {
        FailureKind.TOKEN_EXPIRED: (127000, 127001, 127003, 127008),
        FailureKind.DEAD_GRANT: (122002, 122007),
        FailureKind.MISCONFIGURED: (
            122000,
            122001,
            122008,
            127002,
            127004,
            127010,
            *range(4002, 4010),
        ),
        FailureKind.PERMISSION: (123001, 127005, 127006, 127007, 127011, 127304, 127305),
        FailureKind.RATE_LIMITED: (123026, 127009, 127306),
        FailureKind.UNAVAILABLE: (-500, 4010, 4011, 122009, 122010, 123002, 123023, 123028),
        FailureKind.NOT_FOUND: (123004, 123005),
        FailureKind.INVALID: (4000, 4001, 4012, 123008),
    }.items()
    for code in codes
}
WAIT = {123028: 10.0}


class Bilibili(Connector):
    """One authorization opens one account, named by an `openid` that differs per app."""

    id = Platform("bilibili")
    name = Text(en="Bilibili", zh="哔哩哔哩")
    mark = Mark("B", "#00749f")
    docs_url = "https://open.bilibili.com/doc"
    auth = BilibiliAuth()
    accounts = BilibiliAccounts()
    works = BilibiliWorks()

    def classify(self, answer: Answer) -> Failure | None:
        """Failures are told by `code`, mostly under HTTP 200, at the token endpoints too."""
        body = body_of(answer)
        code = whole(dig(body, "code"))
        by_status = classify_status(answer)
        if not code:
            return by_status
        kind = CODES.get(code) or (by_status.kind if by_status else FailureKind.INVALID)
        return Failure(
            kind,
            code=str(code),
            retry_after=WAIT.get(code) or (by_status.retry_after if by_status else None),
            request_id=text(dig(body, "request_id")),
        )
