"""The published document of the five founding operations, and validators made of it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
FORMATS = FormatChecker(())


@FormatChecker.checks(FORMATS, "date-time")
def is_moment(value: object) -> bool:
    """ISO 8601 in UTC, with milliseconds and Z: the only way our wire writes times."""
    return not isinstance(value, str) or DATE_TIME.fullmatch(value) is not None


def shared() -> Path | None:
    """The folder of the contract: beside the project root, where it is at hand at all."""
    for parent in Path(__file__).parents:
        folder = parent / "shared"
        if (folder / "contract").is_dir():
            return folder
    return None


@cache
def document() -> dict[str, Any]:
    """The seeds as JSON Schema 2020-12 reads them. Skips the test where they are absent."""
    import json

    folder = shared()
    if folder is None:
        pytest.skip("the contract is not at hand")
    text = (folder / "contract" / "seeds.openapi.json").read_text()
    modern: dict[str, Any] = modernised(json.loads(text))
    return modern


def modernised(schema: Any) -> Any:
    """OpenAPI 3.0's boolean `exclusiveMinimum` turned into a number."""
    if isinstance(schema, list):
        return [modernised(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: modernised(value) for name, value in schema.items()}
    if changed.get("exclusiveMinimum") is True:
        changed["exclusiveMinimum"] = changed.pop("minimum")
    elif changed.get("exclusiveMinimum") is False:
        del changed["exclusiveMinimum"]
    return changed


def validator(schema: dict[str, Any], root: dict[str, Any]) -> Draft202012Validator:
    """A validator for a part of a document, whose references point into the whole."""
    return Draft202012Validator(
        {**schema, "components": root["components"]}, format_checker=FORMATS
    )


def answer_schema(method: str, path: str) -> Draft202012Validator:
    """The validator of an operation's answer."""
    operation = document()["paths"][path][method]
    content = operation["responses"]["200"]["content"]["application/json"]
    return validator(content["schema"], document())


def assert_published(method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Hold an answer against the seeds; returns its data."""
    problems = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in answer_schema(method, path).iter_errors(body)
    ]
    assert not problems, problems
    data: dict[str, Any] = body.get("data") or {}
    return data
