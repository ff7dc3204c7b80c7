"""Reading an OpenAPI 3.1 document into what the reference page draws."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from openchannels.web.schemas import (
    Json,
    Property,
    SchemaReader,
    Shape,
    literal,
    mapping,
    sequence,
    string,
)

_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_KEY_VARIABLE: Final = "$OPENCHANNELS_KEY"
_BASE_VARIABLE: Final = "$OPENCHANNELS_URL"


@dataclass(frozen=True, slots=True)
class Example:
    """A named answer, with the envelope's code where it has one."""

    name: str
    summary: str
    value: object
    code: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP status and what it means."""

    status: str
    description: str
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    deprecated: bool
    keyless: bool
    scope: str
    parameters: tuple[Property, ...]
    body: Shape | None
    body_media: str
    data: Shape | None
    answers: tuple[Answer, ...]
    successes: tuple[Example, ...]
    errors: tuple[Example, ...]
    curl: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A group of operations."""

    name: str
    anchor: str
    description: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole document."""

    title: str
    version: str
    description: str
    tags: tuple[Tag, ...]


def _slug(text: str) -> str:
    return re.sub(r"[^\w.]+", "-", text).strip("-").lower() or "section"


class _Reader:
    """Walks one document."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._schemas = SchemaReader(document)
        self._anchors: set[str] = set()

    def reference(self) -> Reference:
        info = mapping(self._document.get("info"))
        return Reference(
            title=string(info.get("title")),
            version=str(info.get("version", "")),
            description=string(info.get("description")),
            tags=self._tags(),
        )

    def _tags(self) -> tuple[Tag, ...]:
        declared = [mapping(tag) for tag in sequence(self._document.get("tags"))]
        groups: dict[str, list[Operation]] = {string(tag.get("name")): [] for tag in declared}
        for name, operation in self._operations():
            groups.setdefault(name, []).append(operation)
        texts = {string(tag.get("name")): string(tag.get("description")) for tag in declared}
        return tuple(
            Tag(name, self._anchor(f"tag-{name}"), texts.get(name, ""), tuple(operations))
            for name, operations in groups.items()
            if operations
        )

    def _operations(self) -> Iterator[tuple[str, Operation]]:
        for path, item in mapping(self._document.get("paths")).items():
            shared = self._schemas.resolve(item)
            for method in _METHODS:
                if method in shared:
                    operation = mapping(shared[method])
                    tags = sequence(operation.get("tags"))
                    yield (
                        str(tags[0]) if tags else "",
                        self._operation(path, method, operation, shared),
                    )

    def _operation(self, path: str, method: str, operation: Json, shared: Json) -> Operation:
        parameters = self._parameters(operation, shared)
        body_media, body_schema, body_example = self._body(operation)
        answers = mapping(operation.get("responses"))
        examples = tuple(self._examples(answers))
        name = string(operation.get("operationId")) or f"{method}-{path}"
        headers = self._key_headers(operation)
        return Operation(
            anchor=self._anchor(name),
            method=method.upper(),
            path=path,
            summary=string(operation.get("summary")),
            description=string(operation.get("description")),
            deprecated=operation.get("deprecated") is True,
            keyless=not headers,
            scope=string(operation.get("x-required-scope")),
            parameters=tuple(self._parameter(parameter) for parameter in parameters),
            body=self._schemas.shape(body_schema) if body_schema is not None else None,
            body_media=body_media,
            data=self._data(answers),
            answers=tuple(self._answer(s, a) for s, a in answers.items()),
            successes=tuple(e for e in examples if e.code in (0, None)),
            errors=tuple(e for e in examples if e.code not in (0, None)),
            curl=self._curl(path, method, parameters, headers, (body_media, body_example)),
        )

    def _anchor(self, name: str) -> str:
        base = anchor = _slug(name)
        number = 2
        while anchor in self._anchors:
            anchor, number = f"{base}-{number}", number + 1
        self._anchors.add(anchor)
        return anchor

    def _parameters(self, operation: Json, shared: Json) -> list[Json]:
        """Return the parameters of an operation; its own win over those of its path."""
        found: dict[tuple[str, str], Json] = {}
        for source in (shared, operation):
            for node in sequence(source.get("parameters")):
                parameter = self._schemas.resolve(node)
                found[string(parameter.get("name")), string(parameter.get("in"))] = parameter
        order = {"path": 0, "query": 1, "header": 2, "cookie": 3}
        return sorted(found.values(), key=lambda p: order.get(string(p.get("in")), 4))

    def _parameter(self, parameter: Json) -> Property:
        schema = dict(self._schemas.resolve(_parameter_schema(parameter)))
        for name in ("description", "deprecated", "example"):
            if parameter.get(name) is not None:
                schema[name] = parameter[name]
        return Property(
            name=string(parameter.get("name")),
            required=parameter.get("required") is True,
            shape=self._schemas.shape(schema),
            place=string(parameter.get("in")),
        )

    def _body(self, operation: Json) -> tuple[str, Json | None, object]:
        """Return media type, schema and an example of the request body."""
        content = mapping(self._schemas.resolve(operation.get("requestBody")).get("content"))
        if not content:
            return "", None, None
        media = "application/json" if "application/json" in content else next(iter(content))
        described = mapping(content[media])
        schema = mapping(described.get("schema"))
        examples = [e.value for e in self._examples_in(described)]
        return media, schema, examples[0] if examples else self._schemas.sample(schema)

    def _data(self, answers: Json) -> Shape | None:
        """Draw what the envelope of a success carries, or the whole answer without envelope."""
        schema = self._json_answer(answers).get("schema")
        if schema is None:
            return None
        inner = self._envelope_data(schema)
        return self._schemas.shape(schema if inner is None else inner)

    def _json_answer(self, answers: Json) -> Json:
        answer = self._schemas.resolve(answers.get("200") or answers.get("201"))
        return mapping(mapping(answer.get("content")).get("application/json"))

    def _envelope_data(self, node: object) -> Json | None:
        schema = self._schemas.flatten(node)
        properties = mapping(schema.get("properties"))
        if "data" in properties and "code" in properties:
            return mapping(properties["data"])
        variants = [*sequence(schema.get("oneOf")), *sequence(schema.get("anyOf"))]
        return next((d for v in variants if (d := self._envelope_data(v)) is not None), None)

    def _answer(self, status: str, node: object) -> Answer:
        answer = self._schemas.resolve(node)
        media = tuple(mapping(answer.get("content")))
        return Answer(str(status), string(answer.get("description")), media)

    def _examples(self, answers: Json) -> Iterator[Example]:
        for node in answers.values():
            content = mapping(self._schemas.resolve(node).get("content"))
            yield from self._examples_in(mapping(content.get("application/json")))

    def _examples_in(self, media: Json) -> Iterator[Example]:
        named = dict(mapping(media.get("examples")))
        if "example" in media:
            named.setdefault("example", {"value": media["example"]})
        for name, node in named.items():
            example = self._schemas.resolve(node)
            value = example.get("value")
            code = mapping(value).get("code")
            yield Example(
                name=str(name),
                summary=string(example.get("summary")),
                value=value,
                code=code if isinstance(code, int) and not isinstance(code, bool) else None,
            )

    def _key_headers(self, operation: Json) -> tuple[str, ...]:
        """Return the header lines an API key goes into; none where no key is asked for."""
        stated = operation.get("security", self._document.get("security"))
        wanted = [mapping(requirement) for requirement in sequence(stated)]
        if not wanted or {} in wanted:
            return ()
        components = mapping(self._document.get("components"))
        schemes = mapping(components.get("securitySchemes"))
        return tuple(_key_header(self._schemas.resolve(schemes.get(n))) for n in wanted[0])

    def _curl(
        self,
        path: str,
        method: str,
        parameters: list[Json],
        headers: tuple[str, ...],
        body: tuple[str, object],
    ) -> str:
        url = self._url(path, parameters)
        words = ["curl", url] if method == "get" else ["curl", "-X", method.upper(), url]
        lines = [" ".join(words), *(f'-H "{header}"' for header in headers)]
        media, example = body
        if media == "application/json":
            content = json.dumps(example, ensure_ascii=False, default=str)
            lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(content)}"]
        elif media == "application/x-www-form-urlencoded":
            pairs = mapping(example).items()
            lines += [f"--data-urlencode {shlex.quote(f'{k}={_plain(v)}')}" for k, v in pairs]
        return " \\\n  ".join(lines)

    def _url(self, path: str, parameters: list[Json]) -> str:
        query: list[str] = []
        for parameter in parameters:
            name = string(parameter.get("name"))
            value = quote(_plain(self._parameter_sample(parameter)), safe="")
            if parameter.get("in") == "path":
                path = path.replace(f"{{{name}}}", value)
            elif parameter.get("in") == "query" and parameter.get("required") is True:
                query.append(f"{quote(name, safe='[]')}={value}")
        tail = path + ("?" + "&".join(query) if query else "")
        servers = [string(mapping(s).get("url")) for s in sequence(self._document.get("servers"))]
        base = servers[0].rstrip("/") if servers else ""
        return shlex.quote(base + tail) if base else f'"{_BASE_VARIABLE}"{shlex.quote(tail)}'

    def _parameter_sample(self, parameter: Json) -> object:
        if "example" in parameter:
            return parameter["example"]
        named = [self._schemas.resolve(e) for e in mapping(parameter.get("examples")).values()]
        if named:
            return named[0].get("value")
        sample = self._schemas.sample(_parameter_schema(parameter))
        if isinstance(sample, str | int | float) and sample != "string":
            return sample
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", string(parameter.get("name"))).upper()


def _parameter_schema(parameter: Json) -> Json:
    """Return the schema of a parameter, which may stand under a media type."""
    if "schema" in parameter:
        return mapping(parameter["schema"])
    described = list(mapping(parameter.get("content")).values())
    return mapping(mapping(described[0]).get("schema")) if described else {}


def _key_header(scheme: Json) -> str:
    if scheme.get("type") == "http":
        return f"Authorization: Bearer {_KEY_VARIABLE}"
    return f"{string(scheme.get('name')) or 'X-Api-Key'}: {_KEY_VARIABLE}"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else literal(value)


def read_reference(document: Json) -> Reference:
    """Read an OpenAPI document; what it lacks or misspells is left out, never an error."""
    return _Reader(document).reference()
