"""`openchannels serve`, `worker` and `sandbox`: what runs until it is told to stop."""

import os
from pathlib import Path
from typing import Annotated

import typer

from openchannels.cli import common

SANDBOX_PORT = 8081
SANDBOX_WORKS = 240


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data_dir: common.DataDir = None,
    sandbox: common.Sandbox = False,
    sandbox_url: common.SandboxUrl = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Serve the API.

    With --json one line tells the address and the process id once the service answers. Logs go
    to standard error. SIGTERM and Ctrl-C let requests in progress finish.
    """
    settings = common.read_settings(
        data_dir, config, host=host, port=port, sandbox=sandbox, sandbox_url=sandbox_url
    )
    from openchannels.app import run
    from openchannels.server.serve import run_async

    world = " over the sandbox" if settings.sandbox.enabled else ""
    with common.refusals(), common.ending_on_signals():
        run_async(run.serve(settings, lambda url: _announce(f"openchannels{world}", url, json)))


def worker(
    data_dir: common.DataDir = None,
    sandbox_url: common.SandboxUrl = None,
    config: common.Config = None,
    json: common.Json = False,
) -> None:
    """Do background work without serving; as many as you like, beside each other and servers.

    Needs the settings of the servers. One line tells when it is at work, with --json in JSON.
    With the setting jobs.health_port it can be asked there whether it lives.
    SIGTERM and Ctrl-C let work in progress finish; what does not is taken over by others.
    """
    settings = common.read_settings(data_dir, config, sandbox_url=sandbox_url)
    from openchannels.app import run
    from openchannels.server.serve import run_async

    def started(url: str | None) -> None:
        if json:
            common.say_json({**({"url": url} if url else {}), "pid": os.getpid()})
        else:
            asked = f", asked at {url}" if url else ""
            print(f"openchannels worker is at work{asked} (Ctrl-C ends it)", flush=True)

    with common.refusals(), common.ending_on_signals():
        run_async(run.run_worker(settings, started))


def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = SANDBOX_PORT,
    data_dir: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Directory of sandbox.db, where grants are remembered."),
    ] = Path("data"),
    works: Annotated[
        int, typer.Option(min=0, max=100_000, help="How many works an ordinary account has.")
    ] = SANDBOX_WORKS,
    push_to: Annotated[
        str | None,
        typer.Option("--push-to", metavar="URL", help="Base address of the service to push to."),
    ] = None,
    json: common.Json = False,
) -> None:
    """Play the platforms, for a service started with --sandbox-url."""
    from openchannels.app import run
    from openchannels.app.logging import configure_logging
    from openchannels.server.serve import run_async

    configure_logging("info", "console")
    with common.refusals(), common.ending_on_signals():
        file = data_dir / "sandbox.db"
        started = run.serve_sandbox(
            host, port, file, works, lambda u: _announce("sandbox", u, json), push_to
        )
        run_async(started)


def _announce(what: str, url: str, json: bool) -> None:
    if json:
        common.say_json({"url": url, "pid": os.getpid()})
    else:
        print(f"{what} is at {url} (Ctrl-C ends it)", flush=True)
