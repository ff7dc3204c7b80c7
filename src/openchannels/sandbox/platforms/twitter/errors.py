"""X's errors as `application/problem+json`.

https://docs.x.com/x-api/fundamentals/response-codes-and-errors
"""

from typing import Any

from openchannels.sandbox.http import Reply


def error_reply(http: int, kind: str, title: str, detail: str, **more: Any) -> Reply:
    """An error of a data endpoint."""
    address = "about:blank" if kind == "blank" else f"https://api.x.com/2/problems/{kind}"
    return Reply.json(
        {"title": title, "type": address, "status": http, "detail": detail} | more, http
    )


def invalid_parameter(parameter: str, value: str, message: str) -> Reply:
    """400: a parameter value that the endpoint does not accept."""
    errors = [{"parameters": {parameter: [value]}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    return error_reply(400, "invalid-request", "Invalid Request", detail, errors=errors)


def partial_error(kind: str, title: str, detail: str, identifier: str) -> dict[str, Any]:
    """An item of `errors` beside the posts that could be given, under HTTP 200."""
    return {
        "value": identifier,
        "resource_id": identifier,
        "resource_type": "tweet",
        "parameter": "ids",
        "section": "data",
        "title": title,
        "detail": detail,
        "type": f"https://api.x.com/2/problems/{kind}",
    }


def not_found(identifier: str) -> dict[str, Any]:
    """The partial error for a post that does not exist."""
    detail = f"Could not find tweet with ids: [{identifier}]."
    return partial_error("resource-not-found", "Not Found Error", detail, identifier)
