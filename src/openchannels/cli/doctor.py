"""`openchannels doctor`: checks the installation without changing anything."""

import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import typer

from openchannels.cli import common

if TYPE_CHECKING:
    from openchannels.app.doctor import DoctorReport
    from openchannels.settings import Settings

OK, NOTE, WARNING, FAULT = "ok", "note", "warning", "fault"
COLOURS = {OK: "green", NOTE: "blue", WARNING: "yellow", FAULT: "red"}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check; a fault prevents serving."""

    name: str
    state: str
    text: str


def doctor(
    data_dir: common.DataDir = None,
    sandbox: common.Sandbox = False,
    sandbox_url: common.SandboxUrl = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Check settings, database, keyring, background work, environment, URLs and platforms.

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
        checks = [Check("settings", FAULT, problem) for problem in error.problems]
    else:
        from openchannels.app.doctor import inspect_installation
        from openchannels.server.serve import run_async

        found = run_async(inspect_installation(settings))
        checks = list(_checks(settings, config, found))
        platforms = [_platform(found, view) for view in found.platforms]
    healthy = all(check.state != FAULT for check in checks)
    if json:
        values = [asdict(check) for check in checks]
        common.print_json({"ok": healthy, "checks": values, "platforms": platforms})
    else:
        _show(checks, platforms)
    if not healthy:
        raise typer.Exit(1)


def _checks(settings: "Settings", config: Path | None, found: "DoctorReport") -> Iterator[Check]:
    yield _configuration(settings, config)
    yield _database(settings, found)
    if found.moving_since is not None:
        yield _moving(found.moving_since)
    yield _keyring(settings, found)
    yield _files(found)
    yield _background(settings, found)
    yield _environment(settings, found)
    yield _public_url(settings)


def _configuration(settings: "Settings", config: Path | None) -> Check:
    from openchannels.settings.loading import CONFIG_FILE, settings_variables

    file = config or settings.data_dir / CONFIG_FILE
    read = str(file) if file.exists() else f"no file at {file}"
    names = [name for name in settings_variables(os.environ) if os.environ[name].strip()]
    return Check("settings", OK, "; ".join([read, *names] if names else [read, "no variables"]))


def _database(settings: "Settings", found: "DoctorReport") -> Check:
    if "database" in found.problems:
        return Check("database", FAULT, found.problems["database"])
    # The PostgreSQL URL holds a password.
    where = "PostgreSQL" if settings.uses_postgresql else settings.database_url
    database = found.database
    if not database.exists:
        return Check("database", NOTE, f"{where}: missing; serve creates it")
    if database.revision is None:
        return Check("database", NOTE, f"{where}: empty; serve creates the schema")
    if not database.up_to_date:
        return Check("database", NOTE, f"{where}: schema {database.revision}; serve migrates it")
    return Check("database", OK, f"{where}: schema {database.revision}")


def _moving(since: float) -> Check:
    text = (
        f"the store is moving since {common.iso_time(since)} and takes no writes; to abandon the"
        " move: openchannels moving off"
    )
    return Check("moving", WARNING, text)


def _keyring(settings: "Settings", found: "DoctorReport") -> Check:
    if "keyring" in found.problems:
        return Check("keyring", FAULT, found.problems["keyring"])
    if settings.vault.keys:
        ids = ", ".join(settings.vault.keys)
        return Check("keyring", OK, f"configured: {ids}; {settings.vault.active_id} seals")
    path = settings.keyring_path
    if found.has_keyring:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            return Check("keyring", WARNING, f"{path} has mode {mode:04o}; chmod 600 {path}")
        return Check("keyring", OK, f"{path}, mode {mode:04o}")
    if settings.uses_postgresql:
        return Check("keyring", FAULT, f"{path} is missing; PostgreSQL needs a shared master key")
    return Check("keyring", NOTE, f"{path}: missing; serve creates it")


def _files(found: "DoctorReport") -> Check:
    if not found.open_files:
        return Check("files", OK, "none is open to other users")
    listed = ", ".join(f"{path} ({mode:04o})" for path, mode in found.open_files.items())
    return Check("files", WARNING, f"open to other users, chmod go= on each: {listed}")


def _background(settings: "Settings", found: "DoctorReport") -> Check:
    if "background" in found.problems:
        return Check("background", FAULT, found.problems["background"])
    if "database" in found.problems:
        return Check("background", NOTE, "not tried without a database")
    if not settings.jobs.embedded:
        return Check("background", OK, "can run; serve leaves it to openchannels worker")
    return Check("background", OK, "can run within serve")


def _environment(settings: "Settings", found: "DoctorReport") -> Check:
    wanted = "sandbox" if settings.sandbox.enabled else "real"
    if found.environment is None:
        return Check("world", NOTE, f"not bound yet; serve binds it to {wanted}")
    if found.environment != wanted:
        text = f"the data belongs to {found.environment}, these settings serve {wanted}"
        return Check("world", FAULT, text)
    return Check("world", OK, wanted)


def _public_url(settings: "Settings") -> Check:
    url = settings.server.base_url()
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        return Check(
            "public URL", WARNING, f"{url}: plain http; platforms and browsers require https"
        )
    if settings.server.public_url is None and settings.server.host in WILDCARDS:
        text = f"{url} is reachable from this machine only; set server.public_url"
        return Check("public URL", WARNING, text)
    return Check("public URL", OK, url)


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


def _show(checks: list[Check], platforms: list[dict[str, Any]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = common.console()
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        table.add_row(Text(check.state, COLOURS[check.state]), check.name, Text(check.text))
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
        console.print(f"  {platform:<16}{address}", soft_wrap=True, markup=False)


def _state(row: dict[str, Any]) -> str:
    return "ready" if row["ready"] else "needs " + ", ".join(row.get("missing", []))
