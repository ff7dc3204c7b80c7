"""What the errors of a callback mean: the person's denial, the app's setup, or an outage."""

import pytest

from openchannels.connectors.registry import CONNECTORS, OAuth
from openchannels.core.platform_errors import FailureKind
from openchannels.core.platforms import Platform

SETUP, DOWN, BUSY = FailureKind.MISCONFIGURED, FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED
AUTHS = {
    platform: connector.auth
    for platform, connector in CONNECTORS.items()
    if isinstance(connector.auth, OAuth)
}
# RFC 6749 section 4.1.2.1.
STANDARD = {
    "access_denied": None,
    "invalid_request": SETUP,
    "unauthorized_client": SETUP,
    "unsupported_response_type": SETUP,
    "invalid_scope": SETUP,
    "server_error": DOWN,
    "temporarily_unavailable": DOWN,
    "invalid_client": SETUP,
    "redirect_uri_mismatch": SETUP,
    "an error that nobody documents": None,
}
OWN: list[tuple[str, dict[str, str], FailureKind | None]] = [
    *(
        (platform, {"error": word}, SETUP)
        for platform in ("youtube", "google_business")
        for word in ("admin_policy_enforced", "org_internal", "disallowed_useragent")
    ),
    ("youtube", {"error": "deleted_client"}, SETUP),
    ("youtube", {"error": "access_denied", "error_subtype": "access_denied"}, None),
    *(
        case
        for platform in ("facebook", "instagram", "threads")
        for case in (
            (platform, {"error_code": "1349126", "error_message": "App Not Setup"}, SETUP),
            (platform, {"error_code": "191"}, SETUP),
            (platform, {"error_code": "2"}, DOWN),
            (platform, {"error_code": "4"}, BUSY),
            (platform, {"error_code": "200"}, None),
            (platform, {"error": "access_denied", "error_code": "200"}, None),
            (platform, {"error": "access_denied", "error_code": "1349126"}, None),
            (platform, {"error": "server_error", "error_code": "1349126"}, DOWN),
        )
    ),
    ("linkedin", {"error": "user_cancelled_login"}, None),
    ("linkedin", {"error": "user_cancelled_authorize"}, None),
    ("linkedin", {"error": "unauthorized_scope_error"}, SETUP),
    ("KWAI", {"error": "access_denied", "result": "100200109"}, None),
    ("KWAI", {"result": "100200109"}, None),
    ("KWAI", {"result": "100200101"}, SETUP),
    ("KWAI", {"result": "100200106"}, SETUP),
    ("KWAI", {"result": "100200500"}, DOWN),
    ("douyin", {"error_code": "-2"}, None),
    ("douyin", {"errCode": "10003"}, SETUP),
    ("douyin", {"error_code": "10004"}, SETUP),
    ("douyin", {"error_code": "2100004"}, DOWN),
]


@pytest.mark.parametrize("platform", sorted(AUTHS))
def test_the_standards_errors_mean_the_same_everywhere(platform: Platform) -> None:
    auth = AUTHS[platform]
    for word, kind in STANDARD.items():
        assert auth.callback_errors({"error": word}) == [word]
        assert auth.callback_failure({"error": word}) is kind, word


@pytest.mark.parametrize(("platform", "params", "kind"), OWN)
def test_platforms_own_errors(
    platform: str, params: dict[str, str], kind: FailureKind | None
) -> None:
    auth = AUTHS[Platform(platform)]
    assert auth.callback_errors(params)
    assert auth.callback_failure(params) is kind


@pytest.mark.parametrize(
    ("platform", "params"),
    [
        ("douyin", {"error_code": "0"}),
        ("douyin", {"errCode": ""}),
        ("KWAI", {"result": "1"}),
        ("KWAI", {"error": "", "error_msg": ""}),
        ("facebook", {"error_code": ""}),
    ],
)
def test_a_code_beside_a_success_is_no_error(platform: str, params: dict[str, str]) -> None:
    assert AUTHS[Platform(platform)].callback_errors({**params, "code": "c"}) == []
