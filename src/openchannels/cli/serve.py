"""`openchannels serve`, `worker` and `sandbox`: commands that run until a signal."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from openchannels.cli import common

SANDBOX_PORT = 8081
SANDBOX_WORKS = 240


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes that serve on the one socket. [default: 1]"),
    ] = None,
    data_dir: common.DataDir = None,
    sandbox: common.Sandbox = False,
    sandbox_url: common.SandboxUrl = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Serve the API.

    With --json prints one line with URL and process id once the service answers. Logs go
    to standard error. SIGTERM and Ctrl-C let requests in progress finish. With --workers, one
    that dies is replaced, and a second signal ends all at once.
    """
    settings = common.read_settings(
        data_dir,
        config,
        host=host,
        port=port,
        workers=workers,
        sandbox=sandbox,
        sandbox_url=sandbox_url,
    )
    from openchannels.server.serve import run_async

    suffix = " over the sandbox" if settings.sandbox.enabled else ""

    def started(url: str) -> None:
        _announce(f"openchannels{suffix}", url, json)

    with common.fail_on_refusal(), common.exit_on_signals():
        # Imported late: one starts no processes, the other must be light.
        if settings.server.workers > 1:
            from openchannels.app.processes import serve_in_processes

            sys.exit(run_async(serve_in_processes(settings, started)))
        from openchannels.app import run

        run_async(run.serve(settings, started))


def worker(
    data_dir: common.DataDir = None,
    sandbox_url: common.SandboxUrl = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Run background work without serving. Any number of workers and servers may run at once.

    Needs the servers' settings and store. Prints one line once it works, with --json as JSON.
    With the setting jobs.health_port it answers health checks on that port.
    SIGTERM and Ctrl-C let work in progress finish; others take over the rest.
    """
    settings = common.read_settings(data_dir, config, sandbox_url=sandbox_url)
    from openchannels.app import run
    from openchannels.server.serve import run_async

    def started(url: str | None) -> None:
        if json:
            common.print_json({**({"url": url} if url else {}), "pid": os.getpid()})
        else:
            health = f", health checks at {url}" if url else ""
            print(f"openchannels worker is running{health} (Ctrl-C ends it)", flush=True)

    with common.fail_on_refusal(), common.exit_on_signals():
        run_async(run.run_worker(settings, started))


def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = SANDBOX_PORT,
    data_dir: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Directory of sandbox.db, which stores grants."),
    ] = Path("data"),
    works: Annotated[
        int, typer.Option(min=0, max=100_000, help="Number of works of an ordinary account.")
    ] = SANDBOX_WORKS,
    push_to: Annotated[
        str | None,
        typer.Option(
            "--push-to",
            metavar="URL",
            help="Base URL of the service that gets the platforms' webhooks.",
        ),
    ] = None,
    json: common.Json = False,
) -> None:
    """Run the sandbox of the platforms, for a service started with --sandbox-url."""
    from openchannels.app import run
    from openchannels.app.logging import configure_logging
    from openchannels.server.serve import run_async

    configure_logging("info", "console")
    with common.fail_on_refusal(), common.exit_on_signals():
        file = data_dir / "sandbox.db"
        started = run.serve_sandbox(
            host, port, file, works, lambda u: _announce("sandbox", u, json), push_to
        )
        run_async(started)


def _announce(what: str, url: str, json: bool) -> None:
    if json:
        common.print_json({"url": url, "pid": os.getpid()})
    else:
        print(f"{what} is at {url} (Ctrl-C ends it)", flush=True)
