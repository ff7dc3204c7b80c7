"""`openchannels keys`: creates, lists, rotates and revokes API keys, also while servers run."""

import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from openchannels.cli import common, durations

if TYPE_CHECKING:
    from openchannels.core.keys import Scope
    from openchannels.core.sessions import Binding
    from openchannels.service.api_keys import ApiKeys, NewKey
    from openchannels.settings import Settings

T = TypeVar("T")
MAX_NAME = 128
# Written out so that help need not import the enums; a test compares them.
SCOPES = "accounts:read, accounts:write, works:read, assets:read, assets:write, publish:read,"
SCOPES += " publish:write, engagement:read, engagement:write, admin"
BINDINGS = "direct, confirm, bound"

app = typer.Typer(no_args_is_help=True, help="Create, list, rotate and revoke API keys.")


@app.command()
def create(
    user: Annotated[
        str,
        typer.Option(metavar="NAME", help="The user (one of your workspaces) of the key."),
    ],
    name: Annotated[str, typer.Option(metavar="TEXT", help="What the key is for.")] = "",
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Origin to which browsers may be redirected; repeatable."),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE",
            help=f"What the key may do: {SCOPES}; repeatable. Default: all, later ones too.",
        ),
    ] = None,
    binding: Annotated[
        str,
        typer.Option(metavar="MODE", help=f"Who may finish a connection: {BINDINGS}."),
    ] = "direct",
    expires: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="When the key expires: 90d, 12h or 2027-01-31."),
    ] = None,
    new_store: common.NewStore = False,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Create a key. The key and its signing secret are shown only once.

    Servers on the store that is printed with it accept the key.
    Without --origin the key may redirect browsers to any URL. With --binding
    confirm the person is asked before accounts are stored; with bound only the browser that
    opened our connect page may finish.
    """
    user, name = _checked("--user", user), _checked("--name", name) if name else ""
    origins = _origins(origin or [])
    expires_at = durations.parse_future("--expires", expires, time.time()) if expires else None
    rights, mode = _rights(scope, binding)
    settings = common.read_settings(data_dir, config)
    common.confirm_new_store(settings, new_store=new_store)
    new: NewKey = _with_keys(
        settings,
        lambda keys: keys.create(user, name, origins, expires_at, rights, mode),
        create=True,
    )
    _print_key(settings, new, json)


@app.command("list")
def list_keys(
    user: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only the keys of this user.")
    ] = None,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """List the keys, newest first, without their secrets."""
    settings = common.read_settings(data_dir, config)
    rows = _with_keys(settings, lambda keys: keys.list_keys(user))
    if json:
        common.print_json([_row(row) for row in rows])
    elif rows:
        _show_table(rows)
    else:
        print("There are no keys.")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, as list shows it.")],
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Revoke a key: it stops working within half a second, also in a running server."""
    settings = common.read_settings(data_dir, config)
    if not _with_keys(settings, lambda keys: keys.revoke(key_id)):
        common.fail(f"There is no active key with the id {key_id}.", 1)
    if json:
        common.print_json({"id": key_id, "revoked": True})
    else:
        print(f"Revoked {key_id}.")


@app.command()
def rotate(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, as list shows it.")],
    overlap: Annotated[
        str, typer.Option(metavar="SPAN", help="How long the old key still works: 24h, 7d, 0s.")
    ] = "24h",
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Create a key with the same properties; the old one expires after the overlap.

    Results of connections that the old key started are signed by the old key's secret, so keep
    both secrets until those are over.
    """
    seconds = durations.parse_span("--overlap", overlap)
    settings = common.read_settings(data_dir, config)
    new = _with_keys(settings, lambda keys: keys.rotate(key_id, seconds))
    if new is None:
        common.fail(f"There is no active key with the id {key_id} that can be rotated.", 1)
    _print_key(settings, new, json)


def _with_keys(
    settings: "Settings",
    use: "Callable[[ApiKeys], Coroutine[Any, Any, T]]",
    *,
    create: bool = False,
) -> T:
    from openchannels.app.store import open_keys
    from openchannels.server.serve import run_async

    async def opened() -> T:
        async with open_keys(settings, create=create) as keys:
            return await use(keys)

    with common.fail_on_refusal():
        return run_async(opened())


def _checked(option: str, text: str) -> str:
    if not text.strip() or len(text) > MAX_NAME or not text.isprintable():
        raise typer.BadParameter(
            f"expected 1 to {MAX_NAME} printable characters", param_hint=option
        )
    return text.strip()


def _rights(scopes: Sequence[str] | None, binding: str) -> "tuple[Sequence[Scope] | None, Binding]":
    from openchannels.core.keys import Scope
    from openchannels.core.sessions import Binding

    try:
        rights = [Scope(name) for name in scopes] if scopes else None
    except ValueError:
        raise typer.BadParameter(f"expected {SCOPES}", param_hint="--scope") from None
    try:
        return rights and list(dict.fromkeys(rights)), Binding(binding)
    except ValueError:
        raise typer.BadParameter(f"expected {BINDINGS}", param_hint="--binding") from None


def _origins(values: Sequence[str]) -> list[str]:
    from openchannels.service.authorization import return_urls

    found: dict[str, None] = {}
    for value in values:
        origin = return_urls.origin(value)
        if origin is None:
            raise typer.BadParameter(
                "expected an http(s) origin such as https://app.example.com", param_hint="--origin"
            )
        found[origin] = None
    return list(found)


def _shape(new: "NewKey") -> dict[str, Any]:
    shape: dict[str, Any] = {
        "key": new.key,
        "signingSecret": new.signing_secret,
        "id": new.id,
        "user": new.user_id,
        "origins": list(new.origins),
        "scopes": list(new.scopes),
        "binding": new.binding.value,
    }
    if new.name:
        shape["name"] = new.name
    if new.expires_at is not None:
        shape["expiresAt"] = common.iso_time(new.expires_at)
    return shape


def _print_key(settings: "Settings", new: "NewKey", json: bool) -> None:
    from openchannels.app.store import store_address

    address = store_address(settings)
    if json:
        common.print_json({**_shape(new), "store": address})
    else:
        _show(new, address)


def _show(new: "NewKey", store: str) -> None:
    print(f"key             {new.key}")
    print(f"signing secret  {new.signing_secret}")
    print(f"id              {new.id}")
    print(f"user            {new.user_id}")
    print(f"origins         {', '.join(new.origins) or 'any'}")
    print(f"scopes          {', '.join(new.scopes)}")
    print(f"binding         {new.binding.value}")
    print(f"expires         {common.iso_time(new.expires_at) or 'never'}")
    print(f"store           {store}")
    typer.echo("Keep the key and the secret now: they are not shown again.", err=True)


def _state(row: Mapping[str, Any]) -> str:
    if row["revoked_at"] is not None:
        return "revoked"
    if row["expires_at"] is not None and row["expires_at"] <= time.time():
        return "expired"
    return "ending" if row["successor_id"] else "active"


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    times = {
        "createdAt": row["created_at"],
        "expiresAt": row["expires_at"],
        "revokedAt": row["revoked_at"],
        "lastUsedAt": row["last_used_at"],
    }
    return {
        "id": row["id"],
        "user": row["user_id"],
        "name": row["name"],
        "origins": row["origins"],
        "scopes": row["scopes"],
        "binding": row["binding"],
        "state": _state(row),
        **{name: common.iso_time(value) for name, value in times.items() if value is not None},
        **({"successor": row["successor_id"]} if row["successor_id"] else {}),
    }


def _show_table(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("id", "user", "state", "scopes", "binding", "expires", "last used", "origins"):
        table.add_column(heading, no_wrap=heading not in ("user", "origins"))
    for row in rows:
        table.add_row(
            row["id"],
            f"{row['user_id']}\n{row['name']}".strip(),
            _state(row),
            _scopes(row["scopes"]),
            row["binding"],
            _day(row["expires_at"]),
            _day(row["last_used_at"]),
            "\n".join(row["origins"]) or "any",
        )
    common.console().print(table)


def _scopes(held: Sequence[str]) -> str:
    """The scopes of a key, for a table cell."""
    from openchannels.core.keys import Scope

    return "all" if set(held) == set(Scope) else "\n".join(held)


def _day(seconds: float | None) -> str:
    text = common.iso_time(seconds)
    return text[:10] if text else "-"
