"""Our own OpenAPI document: valid, complete, and true to its examples."""

import re
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
CACHEABLE = {"PlatformsController_listPlatforms_v2"}
PUBLIC = {"PlatformsController_listPlatforms_v2", "PublishRecordController_getPublicRecord_v2"}
"""Operations without a key."""


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


def resolved(document: dict[str, Any], reference: dict[str, str]) -> dict[str, Any]:
    """The component that a reference names."""
    found: Any = document
    for step in reference["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    assert isinstance(found, dict)
    return found


def inline_objects(value: Any) -> list[dict[str, Any]]:
    """All objects below a value that describe an object's properties themselves."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, dict) and "properties" in value else []
    return own + [found for one in below for found in inline_objects(one)]


def test_answers_are_named_components(document: dict[str, Any]) -> None:
    """A generator names inlined schemas by itself, and drops those whose names collide."""
    names: list[str] = []
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status == "304":
                continue
            answer = response if status == "200" else resolved(document, response)
            schema = answer["content"]["application/json"]["schema"]
            parts = schema["anyOf"] if status == "200" else [schema]
            assert all(set(part) == {"$ref"} for part in parts), f"{name} {status}"
            names += [part["$ref"] for part in parts] if status == "200" else []
            assert inline_objects(schema) == [], f"{name} {status}"
        if "requestBody" in operation:
            assert inline_objects(operation["requestBody"]["content"]) == [], name
    assert len(set(names)) == len(names), "each operation has envelopes of its own"
    for name, schema in document["components"]["schemas"].items():
        assert inline_objects(list(schema.get("properties", {}).values())) == [], name


def test_names_of_components_differ_in_more_than_case(document: dict[str, Any]) -> None:
    for kind in ("schemas", "responses"):
        names = [name.lower() for name in document["components"][kind]]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in names)


def test_pages_can_be_asked_for_by_plain_parameters(document: dict[str, Any]) -> None:
    plain = {
        "limit": "integer",
        "cursor": "string",
        "direction": "string",
        "page": "integer",
        "pageSize": "integer",
    }
    works = document["paths"]["/api/v2/channels/works/{platform}"]["get"]
    shapes = {p["name"]: p for p in works["parameters"]}
    assert {"pagination", *plain} <= shapes.keys()
    for path, names in {
        "works/{platform}": set(plain),
        "accounts": set(plain) - {"direction"},
    }.items():
        described = document["paths"][f"/api/v2/channels/{path}"]["get"]
        found = {p["name"]: p for p in described["parameters"]}
        for name in names:
            assert found[name]["in"] == "query"
            assert found[name]["required"] is False
            assert found[name]["schema"]["type"] == plain[name]
            assert "style" not in found[name]
    members = {
        name for form in shapes["pagination"]["schema"]["anyOf"] for name in form["properties"]
    }
    assert members == set(plain)


def test_refusals_that_pass_say_when(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    timed = {name for name, one in responses.items() if "Retry-After" in one.get("headers", {})}
    assert timed == {"TooManyRequests", "ServiceUnavailable"}


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
        failure = resolved(document, content["schema"]["anyOf"][1])
        codes = set(failure["properties"]["code"]["enum"])
        assert codes >= (COMMON if operation["security"] else {500}), name
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
        public = operation["operationId"] in PUBLIC
        assert public is (operation["security"] == []), name
        assert public or operation["x-required-scope"] in set(Scope), name
        assert (operation["operationId"] in CACHEABLE) is ("304" in operation["responses"]), name
        assert len(operation["tags"]) == 1, name
        for parameter in operation["parameters"]:
            assert parameter["description"], f"{name} {parameter['name']}"
        refusals = set(operation["responses"]) - {"200", "304"}
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
