"""Google Business Profile: what refusals of a local post mean."""

from typing import Any

from openchannels.connectors.base.parse import dig, rows, text
from openchannels.connectors.base.refetching import NOT_FETCHED
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.core import errors

DISABLED = "LOCATION_DISABLED_FOR_LOCAL_POST_API"


def named_errors(body: Any) -> list[str | None]:
    """Returns the codes of the fields that an error names, which are numbers or names."""
    details = rows(dig(body, "error", "details"))
    fields = (one for detail in details for one in rows(detail.get("errorDetails")))
    return [text(one.get("code")) for one in fields]


NOT_A_PHOTO = Refusal(errors.PUBLISH_RESOURCE_UNAVAILABLE, name=NOT_FETCHED)
RESTRICTED = Refusal(errors.PERMISSION_MISSING)
# https://developers.google.com/my-business/reference/rest/Shared.Types/ErrorCode
REFUSALS = RefusalTable(
    message="error.details.0.errorDetails.0.message|error.message",
    codes={
        "1000": NOT_A_PHOTO,
        "PHOTO_FETCH_FAILED": NOT_A_PHOTO,
        "PHOTO_UPLOAD_FAILED": NOT_A_PHOTO,
        "1301": RESTRICTED,
        "OPERATION_UNSUPPORTED_UNDER_ACCOUNT_CONDITION": RESTRICTED,
        DISABLED: Refusal(errors.PUBLISH_NOT_SUPPORTED, name=DISABLED),
        "OPERATION_EXECUTION_ERROR": Refusal(errors.PLATFORM_CALL_FAILED, final=False),
    },
    words={
        (404, ""): Refusal(
            errors.PLATFORM_ACCOUNT_MISSING,
            name="location_not_found",
            hint="Connect the location again.",
        )
    },
    read_codes=named_errors,
)
