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
