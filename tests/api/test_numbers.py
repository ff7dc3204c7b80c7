"""Numbers beyond what any field takes: refused as invalid, wherever a number is read."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from openchannels.api.query import Query, read_pagination
from openchannels.core.exceptions import ValidationFailed
from tests.harness.service import Service

NUMBERS = {
    f"{digits} digits": "1" * digits for digits in (17, 308, 309, 399, 400, 401, 5000, 60_000)
} | {
    "256 hexadecimal digits": "0x" + "f" * 256,
    "257 hexadecimal digits": "0x" + "f" * 257,
    "an exponent": "1e308",
    "an endless exponent": "1e309",
    "many digits and a letter": "1" * 60_000 + "x",
    "a negative one": "-" + "1" * 310,
}
PAGING = ("page", "pageSize", "limit")


def numeric_parameters(document: Any) -> Iterator[tuple[str, str, str]]:
    """Method, path and name of each numeric query parameter that the document declares."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", []):
                kinds = parameter.get("schema", {}).get("type")
                if parameter["in"] == "query" and kinds in ("integer", "number"):
                    yield method.upper(), path, parameter["name"]


def numeric_members(document: Any) -> Iterator[tuple[str, str, str]]:
    """Method, path and name of each numeric member of a body."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            schema = body.get("schema", {})
            if "$ref" in schema:
                schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            for name, member in schema.get("properties", {}).items():
                if "integer" in str(member) or "number" in str(member):
                    yield method.upper(), path, name


def test_a_number_of_any_length_is_a_wrong_value(shared_service: Service) -> None:
    client = shared_service.client_of()
    document = client.get("/openapi.json").json()
    found = list(numeric_parameters(document))
    sent = [(m, p, f"{name}={value}") for m, p, name in found for value in NUMBERS.values()]
    works = "/api/v2/channels/works/youtube"
    for name in PAGING:
        for value in NUMBERS.values():
            texts = [f'{{"{name}":"{value}"}}', f'{{"{name}":{value}}}']
            forms = [f"{name}={value}", f"pagination[{name}]={value}"]
            forms += [f"pagination={quote(text)}" for text in texts]
            sent += [("GET", works, f"accountId=x&{form}") for form in forms]
    for method, path, query in sent:
        path = path.replace("{", "").replace("}", "")
        answer = client.request(method, f"{path}?{query}")
        assert answer.json()["code"] == 10002, (method, path, query[:100], answer.text)


def test_a_number_of_any_length_in_a_body_is_a_wrong_value(shared_service: Service) -> None:
    client = shared_service.client_of()
    document = client.get("/openapi.json").json()
    for method, path, name in numeric_members(document):
        for digits in (309, 399, 5000):
            body = f'{{"{name}":{"1" * digits}}}'
            path = path.replace("{", "").replace("}", "")
            answer = client.request(method, path, content=body)
            assert answer.json()["code"] == 10002, (method, path, name, answer.text)


@pytest.mark.parametrize("value", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("name", PAGING)
def test_pagination_refuses_them(name: str, value: str) -> None:
    for raw in (
        f"{name}={value}",
        f"pagination[{name}]={value}",
        f'pagination={{"{name}":{value}}}',
    ):
        with pytest.raises(ValidationFailed):
            read_pagination(Query(raw.encode()))
