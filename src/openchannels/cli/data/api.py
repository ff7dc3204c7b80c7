"""`openchannels api METHOD PATH`: any call of the API, for what no command does."""

import json
import sys
from typing import Annotated, Any

import typer

from openchannels.cli import common
from openchannels.cli.data.session import Session, data_command
from openchannels.client.operations import ASSETS, CHANNELS

Method = Annotated[str, typer.Argument(metavar="METHOD", help="GET, POST, PATCH or DELETE.")]
Path = Annotated[
    str,
    typer.Argument(
        metavar="PATH", help="A path of the API, whole or behind /api/v2/channels: accounts"
    ),
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        "-F",
        metavar="NAME=VALUE",
        help="A field, of the query for GET and DELETE, else of the body; a value that is JSON is "
        "read as such.",
    ),
]
RawFields = Annotated[
    list[str] | None,
    typer.Option("--raw-field", "-f", metavar="NAME=VALUE", help="A field whose value is text."),
]
Input = Annotated[
    typer.FileText | None,
    typer.Option("--input", metavar="FILE", help="Send this JSON as the body; - is standard input"),
]


@data_command
def api(
    session: Session,
    method: Method,
    path: Path,
    field: Fields = None,
    raw_field: RawFields = None,
    body: Input = None,
) -> None:
    """Call any operation and print the data of its answer as JSON."""
    verb = method.upper()
    fields: dict[str, Any] = dict(_split("--raw-field", text) for text in raw_field or ())
    fields |= {name: _value(value) for name, value in (_split("--field", t) for t in field or ())}
    sent = None if body is None else _read(body)
    if sent is None and verb not in ("GET", "DELETE"):
        sent, fields = fields or None, {}
    answer = session.client.request(verb, _whole(path), query=fields, body=sent)
    if session.screen.json or not sys.stdout.isatty():
        common.print_json(answer)
    else:
        session.screen.console.print_json(data=answer)


def _split(option: str, text: str) -> tuple[str, str]:
    """Splits `name=value`. Raises BadParameter."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise typer.BadParameter(f"expected NAME=VALUE, not {text}", param_hint=option)
    return name, value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _read(body: typer.FileText) -> Any:
    try:
        return json.load(body)
    except ValueError as error:
        raise typer.BadParameter(f"not JSON: {error}", param_hint="--input") from None


def _whole(path: str) -> str:
    """Returns the path from the root, for one that begins behind the API's usual prefix."""
    if path.startswith((CHANNELS, ASSETS)):
        return path
    return f"{CHANNELS}/{path.lstrip('/')}"
