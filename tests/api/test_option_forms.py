"""What callers send for a publish option, against the schema that the option declares."""

from typing import Any

import msgspec
import pytest

from openchannels.api.option_forms import fields_of, read_filter, read_new_value
from openchannels.api.query import Query
from openchannels.connectors.base.option_schemas import (
    any_object,
    array,
    boolean,
    choice,
    integer,
    number,
    record,
    string,
)
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.exceptions import ValidationFailed
from openchannels.core.platforms import Platform
from openchannels.core.publishing import JsonSchema

FILTER = record(
    kind=choice("Kind", "种类", "oak", "ash"),
    level=choice("Level", "层", 1, 2),
    near=number("Distance", "距离", minimum=-5, maximum=5.5),
    far=number("Distance", "距离"),
    most=integer("Most", "最多", maximum=9),
    deep=boolean("Deep", "深"),
    code=string("Code", "代码", pattern="^[A-Z]{2}$"),
    tags=array("Tags", "标签", {"type": "string", "maxLength": 3}, maxItems=2),
)
BODY = record(
    ("name", "from"),
    name=string("Name", "名称", minLength=1),
    size=integer("Size", "大小", minimum=1),
    plan=any_object("Plan", "方案"),
    **{"from": number("From", "从")},
)


def refused(read: Any, schema: JsonSchema, sent: Any) -> list[str]:
    with pytest.raises(ValidationFailed) as failed:
        read(schema, sent)
    return [issue["path"] for issue in failed.value.data["issues"]]


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        ("", {}),
        ("kind=&near=&code=", {}),
        ("kind=ash&level=2&code=DE", {"kind": "ash", "level": "2", "code": "DE"}),
        ("near=+5.50+&most=0x9&deep=true", {"near": "5.5", "most": "9", "deep": "true"}),
        ("near=-5&most=-9007199254740991", {"near": "-5.0", "most": "-9007199254740991"}),
        ("tags=a,b", {"tags": '["a","b"]'}),
        ("tags[]=a", {"tags": '["a"]'}),
    ],
)
def test_a_filter_is_read_as_words(query: str, chosen: dict[str, str]) -> None:
    assert read_filter(FILTER, Query(query.encode()).scalars()) == chosen


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind=elm", ["kind"]),
        ("level=3", ["level"]),
        ("near=-5.1", ["near"]),
        ("near=wide&kind=elm", ["kind", "near"]),
        ("far=1e999", ["far"]),
        (f"far={'9' * 390}", ["far"]),
        ("far=NaN", ["far"]),
        ("far=+", ["far"]),
        ("most=10", ["most"]),
        ("most=1.5", ["most"]),
        ("deep=yes", ["deep"]),
        ("code=de", ["code"]),
        ("code=DE%0A", ["code"]),
        ("code=%00", ["code"]),
        ("tags=a,b,c", ["tags"]),
        ("tags=long", ["tags"]),
        ("kind=oak&kind=ash", ["kind"]),
        ("colour=red&most=10", ["colour", "most"]),
        ("%00=1", ["body"]),
        ("&".join(f"x{n}=1" for n in range(99)), [f"x{n}" for n in range(20)]),
    ],
)
def test_a_filter_that_the_schema_does_not_take(query: str, names: list[str]) -> None:
    assert refused(read_filter, FILTER, Query(query.encode()).scalars()) == names


PLACE = {
    **record(q=string("Name", "名称"), x=number("X", "横"), y=number("Y", "纵")),
    "anyOf": [{"required": ["q"]}, {"required": ["x", "y"]}],
    "dependentRequired": {"x": ["y"], "y": ["x"]},
}


def test_members_that_are_required_together() -> None:
    for query in ("q=pier", "x=1&y=2", "q=pier&x=1&y=2"):
        read_filter(PLACE, Query(query.encode()).scalars())
    for query, names in (
        *(("", ["q"]), ("q=", ["q"]), ("x=1", ["y"]), ("q=pier&y=1", ["x"])),
        *(("x=wide", ["x"]), ("z=1", ["z", "q"])),
    ):
        assert refused(read_filter, PLACE, Query(query.encode()).scalars()) == names


def test_without_a_schema_nothing_narrows() -> None:
    assert read_filter(None, {}) == {}
    with pytest.raises(ValidationFailed):
        read_filter(None, {"kind": "oak"})


def test_a_body_is_read_as_it_is() -> None:
    body = {"name": "Attic", "from": 2, "size": 2, "plan": {"a": [1]}}
    assert read_new_value(BODY, body) == body


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("{}", ["name", "from"]),
        ('{"name":"","from":1}', ["name"]),
        ('{"name":null,"from":"1"}', ["name", "from"]),
        ('{"name":"a","from":1,"size":0}', ["size"]),
        ('{"name":"a","from":1,"size":"2"}', ["size"]),
        ('{"name":"a","from":1,"size":1e300}', ["size"]),
        (f'{{"name":"a","from":{"9" * 390}}}', ["from"]),
        ('{"size":true,"privcy":"SECRET"}', ["privcy", "name", "size", "from"]),
        ('{"name":"a","from":1,"plan":[]}', ["plan"]),
        ('{"name":"a","from":1,"\\u0000":1}', ["body"]),
        ("[]", ["body"]),
    ],
)
def test_a_body_that_the_schema_does_not_take(body: str, names: list[str]) -> None:
    assert refused(read_new_value, BODY, msgspec.json.decode(body)) == names


@pytest.mark.parametrize("platform", CONNECTORS)
def test_every_option_of_a_platform_can_be_read(platform: Platform) -> None:
    for source in CONNECTORS[platform].publishing.option_sources:
        for schema in filter(None, (source.filter_schema, source.create_schema)):
            assert [field.name for field in fields_of(schema)] == list(schema["properties"])


def test_a_keyword_that_would_not_be_checked_is_an_error() -> None:
    for schema in (
        {**record(), "oneOf": []},
        {"type": "object", "properties": {}},
        {**record(), "anyOf": [{"required": [], "not": {}}]},
        record(kind=choice("Kind", "种类", "oak", multipleOf=2)),
        record(size=integer("Size", "大小", exclusiveMinimum=1)),
        record(inner=record(size=integer("Size", "大小"))),
    ):
        with pytest.raises(ValueError, match="not read"):
            fields_of(schema)
