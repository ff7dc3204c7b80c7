"""Refusals of the operator's app, in each platform's own words."""

import asyncio
from typing import Any

import pytest

from tests.connectors.judged import ENDPOINTS, outcome, shown
from tests.connectors.played import bilibili, douyin
from tests.connectors.support import NOW, answer


def problem(name: str, **more: str) -> dict[str, str]:
    return {"title": "no", "detail": "no", "type": f"https://api.x.com/2/problems/{name}", **more}


def google_reason(reason: str) -> dict[str, Any]:
    refused = {"code": 403, "status": "PERMISSION_DENIED", "message": "no"}
    return {"error": {**refused, "details": [{"reason": reason}]}}


def meta_error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "OAuthException", "code": code}}


def client_error(error: str) -> dict[str, str]:
    return {"error": error, "error_description": "The OAuth client was refused."}


DEVELOPER_ROLE = {
    "error_type": "OAuthException",
    "code": 400,
    "error_message": "Insufficient developer role",
}
DEACTIVATED = "API access deactivated. To reactivate, go to the app dashboard."
GOOGLE_CLIENTS = [
    *(
        (("exchange", "refresh"), 401, client_error(e))
        for e in ("deleted_client", "disabled_client")
    ),
    (("exchange", "refresh"), 403, client_error("org_internal")),
    (("exchange", "refresh"), 400, client_error("admin_policy_enforced")),
    *(
        (("profile", "works", "refresh"), 403, google_reason(reason))
        for reason in ("CONSUMER_SUSPENDED", "CONSUMER_INVALID", "SERVICE_DISABLED")
    ),
]
META_APPS = [
    (("profile", "works"), 400, meta_error(10, "(#10) Insufficient developer role")),
    (("profile", "works"), 400, meta_error(200, "API access blocked.")),
    (("profile", "works", "refresh"), 200, meta_error(200, DEACTIVATED)),
    (("works",), 400, meta_error(101, "Error validating application")),
]
REFUSED_APPS: dict[str, list[tuple[tuple[str, ...], int, Any]]] = {
    "youtube": GOOGLE_CLIENTS,
    "google_business": GOOGLE_CLIENTS,
    "facebook": [(("exchange",), 400, meta_error(100, "Insufficient developer role")), *META_APPS],
    "instagram": [(("exchange",), 400, DEVELOPER_ROLE), *META_APPS],
    "threads": [(("exchange",), 400, DEVELOPER_ROLE), *META_APPS],
    "twitter": [
        (
            ("profile", "works", "exchange", "refresh"),
            403,
            problem("client-forbidden", reason="client-not-enrolled"),
        ),
        (("exchange", "refresh"), 401, client_error("unauthorized_client")),
        (("exchange", "refresh"), 401, problem("about:blank")),
        (("works",), 402, problem("credits")),
        (("works", "refresh"), 403, {"errors": [{"code": 453, "message": "no"}]}),
        (("works",), 401, {"errors": [{"code": 416, "message": "suspended"}]}),
    ],
    "tiktok": [
        (
            ("profile", "works"),
            401,
            {"data": {}, "error": {"code": "scope_permission_missed", "message": "no"}},
        ),
        (("exchange", "refresh"), 401, client_error("invalid_client")),
    ],
    "pinterest": [
        (("exchange", "refresh"), 401, {"code": 2, "message": "Authentication failed."}),
    ],
    "linkedin": [
        (("exchange", "refresh"), 401, client_error("invalid_client")),
        (("works",), 426, {"status": 426, "code": "NONEXISTENT_VERSION", "message": "no"}),
    ],
    "KWAI": [
        (("exchange", "refresh"), 200, {"result": code, "error": "no"})
        for code in (100200101, 100200103)
    ],
    "bilibili": [
        (("exchange", "refresh"), 400, bilibili(None, 122001)),
        (("profile", "works"), 200, bilibili(None, 127004)),
    ],
    "douyin": [
        (("exchange", "refresh"), 200, douyin(error_code=10013)),
        (("works", "refresh"), 200, douyin(error_code=2190016)),
    ],
    "wxGzh": [
        (("exchange", "refresh", "profile"), 200, {"errcode": 61004, "errmsg": "no"}),
        (("works",), 200, {"errcode": 40164, "errmsg": "no"}),
    ],
}
"""Calls, status and body by which each platform refuses the operator's app."""


@pytest.mark.parametrize("platform", REFUSED_APPS)
def test_a_refused_app_is_the_operators_matter(platform: str) -> None:
    async def walk() -> None:
        for calls, status, body in REFUSED_APPS[platform]:
            for call in calls:
                failure = await outcome(platform, call, answer(body, status))
                assert failure is not None, (call, body)
                assert shown(call, failure) == (15070, "configuration", False), (call, body)
                detail = ENDPOINTS[call][2](failure, NOW).data["detail"]
                assert "operator" in detail["en-US"]

    asyncio.run(walk())
