"""Our own OpenAPI document: valid, complete, and true to its examples."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from openchannels.core.errors import CATALOGUE
from openchannels.core.keys import Scope
from tests.contract.seeds import document as seeds
from tests.contract.seeds import validator
from tests.harness.service import Service

COMMON = {401, 15203, 10002, 500}


@pytest.fixture(scope="module")
def document(shared_service: Service) -> dict[str, Any]:
    answer = shared_service.client().get("/openapi.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_validator_refuses(document: dict[str, Any]) -> None:
    assert list(OpenAPIV31SpecValidator({**document, "info": {}}).iter_errors())


def test_schemas_are_schemas(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_each_documented_code_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        content = operation["responses"]["200"]["content"]["application/json"]
        failure = content["schema"]["anyOf"][1]
        codes = set(failure["properties"]["code"]["enum"])
        assert codes >= COMMON, name
        assert codes <= CATALOGUE.keys(), name
        examples = content["examples"]
        assert set(examples) == {"success", *map(str, codes)}, name
        fits = validator(content["schema"], document)
        for key, example in examples.items():
            problems = [error.message for error in fits.iter_errors(example["value"])]
            assert not problems, f"{name} {key}: {problems}"
            if key != "success":
                assert example["value"]["code"] == int(key)
                assert "{{" not in example["value"]["message"]
                assert not example["value"]["message"].startswith(" ")


def test_operations_are_described(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["security"], name
        assert operation["x-required-scope"] in set(Scope), name
        assert len(operation["tags"]) == 1, name
        for parameter in operation["parameters"]:
            assert parameter["description"], f"{name} {parameter['name']}"
        refusals = set(operation["responses"]) - {"200"}
        assert "413" in refusals, name
        assert {int(status) for status in refusals} <= CATALOGUE.keys(), name


def test_it_holds_what_was_published(document: dict[str, Any]) -> None:
    """Paths, ids, tags, parameters and the body of the five founding operations."""
    for path, methods in seeds()["paths"].items():
        for method, published in methods.items():
            ours = document["paths"][path][method]
            assert ours["operationId"] == published["operationId"]
            assert ours["tags"] == published["tags"]
            assert ours["security"] == published["security"]
            for parameter in published["parameters"]:
                same = [
                    p
                    for p in ours["parameters"]
                    if (p["name"], p["in"]) == (parameter["name"], parameter["in"])
                ]
                assert len(same) == 1, parameter["name"]
                assert same[0]["required"] == parameter["required"]
            if "requestBody" in published:
                theirs = published["requestBody"]["content"]["application/json"]["schema"]
                reference = ours["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                schema = document["components"]["schemas"][reference.rpartition("/")[2]]
                assert set(schema["properties"]) == set(theirs["properties"])
                assert schema["required"] == theirs["required"]
                ours_types, their_types = (
                    shape["properties"]["type"]["enum"] for shape in (schema, theirs)
                )
                assert sorted(ours_types) == sorted(their_types)


def test_server_and_key(document: dict[str, Any], shared_service: Service) -> None:
    assert document["servers"] == [{"url": shared_service.url}]
    (scheme,) = document["components"]["securitySchemes"].values()
    assert scheme == {"type": "apiKey", "in": "header", "name": "X-Api-Key"}
