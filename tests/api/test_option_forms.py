"""What callers send for a publish option, against the schema that the option declares."""

from typing import Any

import msgspec
import pytest

from openchannels.api.option_forms import TYPES, read_filter, read_new_value
from openchannels.api.query import UNSTORABLE, Query
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
    sizes=array("Sizes", "大小", {"type": "integer", "minimum": 1}),
)
BODY = record(
    ("name", "from"),
    name=string("Name", "名称", minLength=1),
    size=integer("Size", "大小", minimum=1),
    plan=any_object("Plan", "方案"),
    **{"from": number("From", "从")},
)


FILTERS: dict[Platform, tuple[dict[str, dict[str, str]], dict[str, list[str]]]] = {
    Platform("youtube"): (
        {"": {}, "regionCode=DE&id=1": {"regionCode": "DE", "id": "1"}, "id=": {}},
        {"regionCode=de": ["regionCode"], "regionCode=DEU": ["regionCode"], "q=a": ["q"]},
    ),
    Platform("threads"): (
        {
            "q=Rome": {"q": "Rome"},
            "latitude=41.9&longitude=12": {"latitude": "41.9", "longitude": "12.0"},
            "q=Rome&latitude=41.9&longitude=12": {
                "q": "Rome",
                "latitude": "41.9",
                "longitude": "12.0",
            },
        },
        {
            "": ["query"],
            "q=": ["query"],
            "latitude=41.9": ["query", "longitude"],
            "q=Rome&longitude=12": ["latitude"],
            "latitude=91&longitude=east": ["latitude", "longitude"],
            "q=Rome&near=1": ["near"],
        },
    ),
}
"""Queries of each platform with a filter: good ones as they are read, others with their issues."""
NEW_VALUES: dict[Platform, tuple[list[Any], list[tuple[Any, list[str]]]]] = {
    Platform("pinterest"): (
        [{"name": "Glazes"}, {"name": "Glazes", "description": "", "privacy": "SECRET"}],
        [
            ({}, ["name"]),
            ({"name": ""}, ["name"]),
            ({"name": "a", "privacy": "secret"}, ["privacy"]),
            ({"name": "a", "description": 1, "owner": "b"}, ["owner", "description"]),
        ],
    ),
}
"""Bodies of each platform where values are made: good ones, and others with their issues."""


def issues(read: Any, schema: JsonSchema, sent: Any) -> dict[str, str]:
    with pytest.raises(ValidationFailed) as failed:
        read(schema, sent)
    return {issue["path"]: issue["message"] for issue in failed.value.data["issues"]}


def refused(read: Any, schema: JsonSchema, sent: Any) -> list[str]:
    return list(issues(read, schema, sent))


def scalars(query: str) -> dict[str, Any]:
    return Query(query.encode()).scalars()


def declared(kind: str) -> dict[Platform, JsonSchema]:
    """The schemas of one kind that platforms declare; none declares two."""
    return {
        platform: schema
        for platform, connector in CONNECTORS.items()
        for source in connector.publishing.option_sources
        if (schema := getattr(source, kind))
    }


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
        ("tags=a&tags=b", {"tags": '["a","b"]'}),
        ("tags=", {}),
        ("sizes=2,0x3", {"sizes": "[2,3]"}),
    ],
)
def test_a_filter_is_read_as_words(query: str, chosen: dict[str, str]) -> None:
    assert read_filter(FILTER, scalars(query)) == chosen


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
        ("tags=long", ["tags.0"]),
        ("tags=%00", ["tags"]),
        ("sizes=1,x,0", ["sizes.1", "sizes.2"]),
        ("level=x", ["level"]),
        ("deep=true&deep=false", ["deep"]),
        ("most=-9007199254740992", ["most"]),
        ("kind=oak&kind=ash", ["kind"]),
        ("colour=red&most=10", ["colour", "most"]),
        ("%00=1", ["query"]),
        ("%0A=1", ["query"]),
        (f"{'x' * 101}=1", ["query"]),
        ("most=10&kind=elm", ["kind", "most"]),
        ("&".join(f"x{n}=1" for n in range(99)), [f"x{n}" for n in range(20)]),
    ],
)
def test_a_filter_that_the_schema_does_not_take(query: str, names: list[str]) -> None:
    assert refused(read_filter, FILTER, scalars(query)) == names


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


MANY = [f"no{number}" for number in range(31)]
WORDED = record(
    ("name",),
    name=string("Name", "名称", minLength=1, maxLength=2, pattern="^a+$"),
    kind=choice("Kind", "种类", *MANY),
    size=number("Size", "大小", minimum=-1.5, maximum=2),
    tags=array("Tags", "标签", {"type": "string"}, minItems=1, maxItems=2),
    deep={"const": True},
    many={"type": ["integer", "null"], "multipleOf": 2},
    inner=record(("id",), id=string("Id", "id")),
)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ([], {"body": "must be an object"}),
        ({}, {"name": "is required"}),
        ({"name": 1}, {"name": "must be a text"}),
        ({"name": ""}, {"name": "must have at least 1 character"}),
        ({"name": "aaa"}, {"name": "must have at most 2 characters"}),
        ({"name": "b"}, {"name": "must match ^a+$"}),
        ({"kind": "b" * 9999}, {"kind": f"is not one of: {', '.join(MANY[:30])}, ..."}),
        ({"size": -2}, {"size": "must be at least -1.5"}),
        ({"size": 3}, {"size": "must be at most 2"}),
        ({"tags": []}, {"tags": "must have at least 1 item"}),
        ({"tags": ["a"] * 3}, {"tags": "must have at most 2 items"}),
        ({"deep": 1}, {"deep": "must be true"}),
        ({"many": "2"}, {"many": "must be null or a whole number"}),
        ({"many": 3}, {"many": "is not as the schema has it"}),
        ({"inner": {}}, {"inner.id": "is required"}),
        ({"inner": {"id": "a", "b": 1}}, {"inner.b": "is not one of: id"}),
        ({"inner": {"id": "a", "\n": 1}}, {"inner": "has a member that is not one of: id"}),
        ({"inner": {"id": "a", "": 1}}, {"inner": "has a member that is not one of: id"}),
        ({"tags": ["\ud800"]}, {"tags": UNSTORABLE}),
        ({"\ud800": 1}, {"body": UNSTORABLE}),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(sent: Any, told: dict[str, str]) -> None:
    named = {"name": "a", **sent} if sent and "name" not in sent else sent
    assert issues(read_new_value, WORDED, named) == told


def test_members_that_go_together() -> None:
    schema = declared("filter_schema")[Platform("threads")]
    assert issues(read_filter, schema, {}) == {"query": "needs q, or latitude and longitude"}
    assert issues(read_filter, schema, {"latitude": "1"}) == {
        "query": "needs q, or longitude",
        "longitude": "is required",
    }
    any_name = {**record(a=boolean("A", "甲")), "anyOf": [{"properties": {"a": {"const": True}}}]}
    assert issues(read_filter, any_name, {"a": "false"}) == {"query": "is not as the schema has it"}


def test_deep_nesting_is_refused() -> None:
    nested: Any = []
    for _ in range(5000):
        nested = [nested]
    assert refused(read_new_value, BODY, {"name": "a", "from": 1, "plan": nested}) == ["plan"]


def test_every_filter_of_a_platform_is_read() -> None:
    schemas = declared("filter_schema")
    assert schemas.keys() == FILTERS.keys()
    for platform, (good, bad) in FILTERS.items():
        for query, chosen in good.items():
            assert read_filter(schemas[platform], scalars(query)) == chosen, query
        for query, names in bad.items():
            assert refused(read_filter, schemas[platform], scalars(query)) == names, query
        for member in schemas[platform]["properties"].values():
            assert member["type"] in TYPES


def test_every_new_value_of_a_platform_is_read() -> None:
    schemas = declared("create_schema")
    assert schemas.keys() == NEW_VALUES.keys()
    for platform, (good, bad) in NEW_VALUES.items():
        for body in good:
            assert read_new_value(schemas[platform], body) == body
        for body, names in bad:
            assert refused(read_new_value, schemas[platform], body) == names, body


def test_a_pattern_that_may_take_long_is_refused() -> None:
    schema = record(code=string("Code", "代码", pattern=r"^(?=a)(a+)+\1$"))
    with pytest.raises(ValueError, match="pattern"):
        read_new_value(schema, {"code": "a" * 50})
    slow = record(code=string("Code", "代码", pattern="^(a+)+$"))
    assert refused(read_new_value, slow, {"code": "a" * 100_000 + "b"}) == ["code"]
