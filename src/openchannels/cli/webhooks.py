"""`openchannels webhooks`: manages webhooks and their deliveries, also while servers run."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from openchannels.cli import common, durations

if TYPE_CHECKING:
    from openchannels.core.webhooks import Webhook
    from openchannels.service.events.log import EventLog
    from openchannels.service.events.webhooks import Webhooks, WebhookWithSecret

T = TypeVar("T")
ACTOR = "operator"
MOST_SHOWN = 1000

app = typer.Typer(no_args_is_help=True, help="Create, list, change and test webhooks.")

User = Annotated[
    str, typer.Option("--user", metavar="NAME", help="The user (a workspace) of the webhook.")
]
WebhookId = Annotated[str, typer.Argument(metavar="ID", help="Id of the webhook.")]
TYPES = typer.Option(
    "--type",
    metavar="TYPE",
    help="Type of events to send, as account.offline; repeatable. Default: all.",
)
SINCE = typer.Option("--since", metavar="WHEN", help="Events from this moment on: 2027-01-31.")
UNTIL = typer.Option("--until", metavar="WHEN", help="Events before this moment.")


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A public https address.")],
    user: User,
    types: Annotated[list[str] | None, TYPES] = None,
    description: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Create a webhook. Its signing secret is shown only once."""
    made = _with_webhooks(
        data_dir, config, lambda hooks, _: hooks.create(user, ACTOR, url, types or (), description)
    )
    _print_secret(made, json)


@app.command("list")
def list_webhooks(
    user: User,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """List a user's webhooks, without their secrets."""
    found = _with_webhooks(data_dir, config, lambda hooks, _: hooks.list_webhooks(user))
    if json:
        common.print_json([_shape(one) for one in found])
    elif found:
        rows = [
            (one.id, _state(one), ", ".join(one.types) or "all", one.url, one.description)
            for one in found
        ]
        _table(("id", "state", "types", "url", "description"), rows)
    else:
        print("There are no webhooks.")


@app.command()
def change(
    webhook_id: WebhookId,
    user: User,
    url: Annotated[str | None, typer.Option(metavar="URL", help="New URL.")] = None,
    types: Annotated[list[str] | None, TYPES] = None,
    all_types: Annotated[
        bool, typer.Option("--all-types", help="Send events of all types.")
    ] = False,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")] = None,
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether events are sent.")
    ] = None,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Change a webhook; other properties stay. A disabled one misses events."""
    named = {
        "url": url,
        "types": [] if all_types else types,
        "description": description,
        "enabled": enabled,
    }
    values = {name: value for name, value in named.items() if value is not None}
    if not values:
        common.fail("Give at least one property to change; see --help.")
    changed = _with_webhooks(
        data_dir, config, lambda hooks, _: hooks.change(user, ACTOR, webhook_id, values)
    )
    if json:
        common.print_json(_shape(changed))
    else:
        print(f"Changed {webhook_id}: {_state(changed)}.")


@app.command()
def remove(
    webhook_id: WebhookId,
    user: User,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Delete a webhook with its log; events stay."""
    _with_webhooks(data_dir, config, lambda hooks, _: hooks.delete(user, ACTOR, webhook_id))
    if json:
        common.print_json({"id": webhook_id, "deleted": True})
    else:
        print(f"Deleted {webhook_id}.")


@app.command()
def rotate(
    webhook_id: WebhookId,
    user: User,
    overlap: Annotated[
        str, typer.Option(metavar="SPAN", help="How long the old secret also signs: 24h, 7d, 0s.")
    ] = "24h",
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Replace the signing secret. The new one is shown only once."""
    seconds = durations.parse_span("--overlap", overlap)
    made = _with_webhooks(
        data_dir, config, lambda hooks, _: hooks.rotate(user, ACTOR, webhook_id, seconds)
    )
    _print_secret(made, json)


@app.command()
def deliveries(
    webhook_id: WebhookId,
    user: User,
    status: Annotated[
        str | None, typer.Option(metavar="STATUS", help="pending, delivered or dead.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only this type.")
    ] = None,
    since: Annotated[str | None, SINCE] = None,
    until: Annotated[str | None, UNTIL] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_SHOWN, metavar="N", help="At most.")] = 50,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """List what was sent to a webhook, newest events first."""
    from openchannels.core.events import EventType
    from openchannels.core.webhooks import DeliveryFilter, DeliveryStatus

    common.check_choice("--status", status, DeliveryStatus)
    common.check_choice("--type", kind, EventType)
    begin, end = _moment("--since", since), _moment("--until", until)
    wanted = DeliveryFilter(status=status, type=kind, since=begin, until=end)
    found, _ = _with_webhooks(
        data_dir, config, lambda _, log: log.list_deliveries(user, webhook_id, wanted, limit)
    )
    rows = [
        {
            "id": one.id,
            "eventId": one.event.id,
            "type": one.event.type,
            "occurredAt": common.iso_time(one.event.at),
            "status": one.status,
            "attempts": one.attempts,
            "last": str(one.last_status or one.last_error or "-"),
        }
        for one in found
    ]
    if json:
        common.print_json(rows)
    elif rows:
        columns = ("eventId", "type", "occurredAt", "status", "attempts", "last")
        _table(columns, [[str(row[name]) for name in columns] for row in rows])
    else:
        print("There are no such deliveries.")


@app.command()
def redeliver(
    webhook_id: WebhookId,
    user: User,
    event: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Id of an event; repeatable.")
    ] = None,
    since: Annotated[str | None, SINCE] = None,
    until: Annotated[str | None, UNTIL] = None,
    only_dead: Annotated[
        bool, typer.Option("--only-dead", help="Only given-up deliveries.")
    ] = False,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Send events again: those named, or all from --since until --until."""
    begin, end = _moment("--since", since), _moment("--until", until)
    if bool(event) == bool(begin or end):
        common.fail("Give either --event, or --since and --until.")
    from openchannels.core.webhooks import RedeliverySelection

    wanted = RedeliverySelection(event_ids=event or (), since=begin, until=end, only_dead=only_dead)
    asked = _with_webhooks(
        data_dir, config, lambda _, log: log.redeliver_all(user, webhook_id, wanted)
    )
    if json:
        common.print_json({"queued": asked})
    else:
        print(f"{asked} events will be sent again.")


@app.command("test")
def send_test(
    webhook_id: WebhookId,
    user: User,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Send a test message now. Ends with code 1 unless the receiver accepts it."""
    attempt = _with_webhooks(data_dir, config, lambda _, log: log.send_test(user, webhook_id))
    result = {"accepted": attempt.accepted, "milliseconds": attempt.milliseconds}
    if attempt.http_status is not None:
        result["httpStatus"] = attempt.http_status
    if json:
        common.print_json({**result, **({"error": attempt.error} if attempt.error else {})})
    else:
        answer = attempt.error or f"HTTP {attempt.http_status}"
        word = "Accepted" if attempt.accepted else "Not accepted"
        print(f"{word}: {answer} after {attempt.milliseconds} ms.")
    if not attempt.accepted:
        raise typer.Exit(1)


def _with_webhooks(
    data_dir: Path | None,
    config: Path | None,
    use: "Callable[[Webhooks, EventLog], Coroutine[Any, Any, T]]",
) -> T:
    settings = common.read_settings(data_dir, config)
    from openchannels.app.store import open_webhooks
    from openchannels.server.serve import run_async

    async def opened() -> T:
        async with open_webhooks(settings) as (webhooks, log):
            return await use(webhooks, log)

    with common.fail_on_refusal():
        return run_async(opened())


def _moment(option: str, text: str | None) -> float | None:
    return None if text is None else durations.parse_moment(option, text)


def _state(webhook: "Webhook") -> str:
    if not webhook.enabled:
        return f"off ({webhook.disabled_reason})" if webhook.disabled_reason else "off"
    return f"failing ({webhook.failures})" if webhook.failures else "on"


def _shape(webhook: "Webhook") -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": webhook.id,
        "user": webhook.user_id,
        "url": webhook.url,
        "description": webhook.description,
        "types": list(webhook.types),
        "enabled": webhook.enabled,
        "failures": webhook.failures,
        "createdAt": common.iso_time(webhook.created_at),
    }
    if webhook.disabled_reason:
        shape["disabledReason"] = webhook.disabled_reason
    if webhook.before_until is not None:
        shape["oldSecretUntil"] = common.iso_time(webhook.before_until)
    return shape


def _print_secret(made: "WebhookWithSecret", json: bool) -> None:
    shape: Mapping[str, Any] = {**_shape(made.webhook), "secret": made.secret}
    if json:
        common.print_json(shape)
        return
    print(f"secret  {made.secret}")
    print(f"id      {made.webhook.id}")
    print(f"url     {made.webhook.url}")
    print(f"types   {', '.join(made.webhook.types) or 'all'}")
    typer.echo("Keep the secret now: it is not shown again.", err=True)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD)
    for heading in head:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    common.console().print(table)
