"""X, formerly Twitter: posts over the API v2, which is paid by the post read."""

from typing import Any, ClassVar

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.base.parse import count, dig, moment, rows, text
from openchannels.connectors.twitter.accounts import TwitterAccounts
from openchannels.connectors.twitter.api import FIELDS, RENAMED
from openchannels.connectors.twitter.auth import TwitterAuth
from openchannels.connectors.twitter.works import TwitterWorks
from openchannels.core.platform_errors import Failure, FailureKind, RemainingQuota
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer
from openchannels.transport.platform_client import body_of, classify_status, retry_after

# https://docs.x.com/x-api/fundamentals/response-codes-and-errors
PROBLEMS = {
    "client-forbidden": FailureKind.MISCONFIGURED,
    "client-not-enrolled": FailureKind.MISCONFIGURED,
    "credits": FailureKind.MISCONFIGURED,
    "usage-capped": FailureKind.QUOTA,
    "rate-limit-exceeded": FailureKind.RATE_LIMITED,
    "88": FailureKind.RATE_LIMITED,
    "not-authorized-for-resource": FailureKind.PERMISSION,
    "resource-not-found": FailureKind.NOT_FOUND,
    "resource-unavailable": FailureKind.NOT_FOUND,
    "disallowed-resource": FailureKind.NOT_FOUND,
    "invalid-request": FailureKind.INVALID,
    "unsupported-authentication": FailureKind.INVALID,
}


class Twitter(Connector):
    """One authorization opens the account that the browser is signed in to."""

    id = Platform("twitter")
    name = Text(en="Twitter (X)", zh="Twitter（X）")
    mark = Mark("X", "#0f1419")
    docs_url = "https://docs.x.com/x-api"
    # https://docs.x.com/x-api/getting-started/pricing: works are charged by what came back.
    cost_unit = "USD"
    costs: ClassVar = {
        "auth.exchange": 0.0,
        "auth.refresh": 0.0,
        "account.read": 0.01,
        "works.list": 0.0,
        "works.private": 0.0,
    }
    request_id_header = "x-transaction-id"
    auth = TwitterAuth()
    accounts = TwitterAccounts()
    works = TwitterWorks()

    def remaining_quota(self, answer: Answer) -> RemainingQuota | None:
        """https://docs.x.com/x-api/fundamentals/rate-limits"""
        left = count(answer.headers.get("x-rate-limit-remaining"))
        return None if left is None else RemainingQuota(left, reset_of(answer))

    def classify(self, answer: Answer) -> Failure | None:
        """Errors beside data concern parts of it; without data they are the answer."""
        body = body_of(answer)
        reading = classify_status(answer)
        if reading is None:
            if not rows(dig(body, "errors")) or "data" in body or "meta" in body:
                return None
            reading = Failure(FailureKind.INVALID)
        problem = read_problem(body)
        kind = PROBLEMS.get(problem or "", reading.kind)
        if answer.status in (401, 402):
            kind = FailureKind.TOKEN_EXPIRED if answer.status == 401 else FailureKind.MISCONFIGURED
        named = named_parameters(body)
        return Failure(
            kind,
            code=problem,
            retry_after=retry_after(answer),
            reset_at=reset_of(answer) if kind is FailureKind.RATE_LIMITED else None,
            cursor=kind is FailureKind.INVALID and "pagination_token" in named,
            detail=RENAMED if FIELDS.keys() & named else None,
            bucket="app" if kind is FailureKind.QUOTA else "account",
        )


def reset_of(answer: Answer) -> float | None:
    return moment(answer.headers.get("x-rate-limit-reset"))


def read_problem(body: Any) -> str | None:
    """What an error is called: the end of its type, as the host varies, or an old form's number."""
    inner = dig(body, "errors", 0)
    types = (text(dig(source, "type")) or "" for source in (body, inner))
    named = (kind.rsplit("/", 1)[-1] for kind in types if kind != "about:blank")
    numbers = (text(dig(source, "code")) for source in (body, inner))
    return next(filter(None, (text(dig(body, "reason")), *named, *numbers)), None)


def named_parameters(body: Any) -> set[str]:
    """Parameters that an invalid request is about, as the older and the newer form name them."""
    told = [body, *rows(dig(body, "errors"))]
    inner = (dig(source, "parameters") for source in told)
    lists = {str(name) for names in inner if isinstance(names, dict) for name in names}
    return lists | {str(dig(source, "parameter")) for source in told}
