"""`openchannels doctor`: checks the installation without changing anything."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openchannels.cli import common

if TYPE_CHECKING:
    from openchannels.app.doctor import DoctorReport

FAULT = "fault"
COLOURS = {"ok": "green", "note": "blue", "warning": "yellow", FAULT: "red"}

Offline = Annotated[
    bool,
    typer.Option(
        "--offline", help="Ask no other host: neither the public URL, nor platforms or a sandbox."
    ),
]


def doctor(
    data_dir: common.DataDir = None,
    sandbox: common.Sandbox = False,
    sandbox_url: common.SandboxUrl = None,
    config: common.Config = None,
    offline: Offline = False,
    json: common.Json = False,
) -> None:
    """Check settings, store, keys, background work, disk, clock, public URL and platforms.

    Changes nothing. The exit code is 1 if serving with the same options would fail.
    """
    from openchannels.app.logging import configure_logging
    from openchannels.settings import SettingsError, load_settings

    configure_logging("warning", "console")
    options = {"sandbox": sandbox, "sandbox_url": sandbox_url}
    platforms: list[dict[str, Any]] = []
    try:
        settings = load_settings(data_dir=data_dir, config=config, overrides=options)
    except SettingsError as error:
        rows = [{"name": "settings", "state": FAULT, "text": problem} for problem in error.problems]
    else:
        from openchannels.app.checks import check_configuration, checks_of
        from openchannels.app.doctor import inspect_installation
        from openchannels.server.serve import run_async

        found = run_async(inspect_installation(settings, network=not offline))
        rows = [
            {"name": check.name, "state": check.state.value, "text": check.text.en}
            for check in (check_configuration(settings, config), *checks_of(settings, found))
        ]
        platforms = [_platform(found, view) for view in found.platforms]
    healthy = all(row["state"] != FAULT for row in rows)
    if json:
        common.print_json({"ok": healthy, "checks": rows, "platforms": platforms})
    else:
        _show(rows, platforms)
    if not healthy:
        raise typer.Exit(1)


def _platform(found: "DoctorReport", view: Any) -> dict[str, Any]:
    redirect = found.redirects.get(view.id)
    ready = view.connectable
    return {
        "platform": view.id,
        "ready": ready,
        **({"missing": list(view.missing)} if view.missing else {}),
        **({"redirectUri": redirect} if redirect else {}),
        "listsWorks": view.lists_works,
        **({"worksAbsent": view.works_absent.en} if view.works_absent else {}),
    }


def _show(rows: list[dict[str, str]], platforms: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = common.console()
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(Text(row["state"], COLOURS[row["state"]]), row["name"], Text(row["text"]))
    console.print(table)
    if not platforms:
        return
    listing = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in ("platform", "state", "works"):
        listing.add_column(heading, no_wrap=heading == "platform", overflow="fold")
    absent = [row["platform"] for row in platforms if not row["ready"] and "missing" not in row]
    for row in platforms:
        if row["platform"] in absent:
            continue
        works = "listed" if row["listsWorks"] else row.get("worksAbsent", "")
        listing.add_row(row["platform"], Text(_state(row)), Text(works))
    console.print(listing)
    if absent:
        console.print(f"Without a connector yet: {', '.join(absent)}", soft_wrap=True)
    redirects = [(row["platform"], row["redirectUri"]) for row in platforms if "redirectUri" in row]
    console.print("Redirect URIs to register:")
    for platform, address in redirects:
        console.print(f"  {platform:<16}{address}", soft_wrap=True)


def _state(row: dict[str, Any]) -> str:
    return "ready" if row["ready"] else "needs " + ", ".join(row.get("missing", []))
