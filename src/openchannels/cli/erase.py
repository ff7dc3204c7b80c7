"""`openchannels erase`: deletes everything stored of a user, also while servers run."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openchannels.cli import common

if TYPE_CHECKING:
    from openchannels.app.erase import EraseReport
    from openchannels.settings import Settings


def erase(
    user: Annotated[str, typer.Argument(metavar="USER", help="The user, as in keys list.")],
    revoke: Annotated[
        bool,
        typer.Option("--revoke/--no-revoke", help="Revoke the grants at the platforms first."),
    ] = True,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    sandbox: common.Sandbox = False,
    sandbox_url: common.SandboxUrl = None,
    data_dir: common.DataDir = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Erase a user: accounts, credentials, sessions, keys, webhooks, events, usage, audit.

    The keys stop working within half a second. One audit entry records the erasure, with a hash of
    the name. Backups are not erased.
    """
    if not yes:
        typer.confirm(f"Erase everything stored of {user}? It cannot be undone.", abort=True)
    options = {"sandbox": sandbox, "sandbox_url": sandbox_url}
    settings = common.read_settings(data_dir, config, **options)
    report = _erased(settings, user, revoke)
    if json:
        common.print_json(_shape(report))
    else:
        _show(report)


def _erased(settings: "Settings", user: str, revoke: bool) -> "EraseReport":
    from openchannels.app.bootstrap import open_runtime
    from openchannels.app.erase import EraseRefused, erase_user
    from openchannels.app.sandbox_mount import SANDBOX_MOUNT
    from openchannels.app.store import refuse_unusable, require_store
    from openchannels.server.serve import run_async

    async def opened() -> "EraseReport":
        url = settings.server.base_url()
        near = url + SANDBOX_MOUNT if settings.sandbox.mounted else None
        await require_store(settings)
        runtime = await open_runtime(settings, public_url=url, sandbox_url=near)
        try:
            with refuse_unusable(settings):
                return await erase_user(settings, runtime.services, user, revoke=revoke)
        finally:
            await runtime.close()

    try:
        with common.fail_on_refusal():
            return run_async(opened())
    except EraseRefused as refused:
        common.fail(str(refused), 1)


def _shape(report: "EraseReport") -> dict[str, Any]:
    erased = report.erased
    return {
        "subject": erased.subject,
        "rows": dict(erased.rows),
        "grants": dict(erased.grants),
        "batches": report.batches,
    }


def _show(report: "EraseReport") -> None:
    for name, count in sorted(report.erased.rows.items()):
        print(f"{name:<18}  {count}")
    for reason, count in sorted(report.erased.grants.items()):
        print(f"grants: {reason:<10}  {count}")
    print(f"subject             {report.erased.subject}")
