"""`openchannels demo`: the whole journey over the sandbox, offline, in a few seconds."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli import common

if TYPE_CHECKING:
    from openchannels.app.demo import DemoPersona
    from openchannels.cli.processes import Child

USER = "demo"
WATCH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class DemoServers:
    """Two running servers and a key."""

    service: "Child"
    sandbox: "Child"
    url: str
    sandbox_url: str
    key: str

    def places(self) -> dict[str, str]:
        """What a program needs to go on."""
        return {"url": self.url, "sandboxUrl": self.sandbox_url, "key": self.key}


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the tour instead of serving on.")
    ] = False,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir", metavar="DIR", help="Keep the data here; otherwise it is removed."
        ),
    ] = None,
    platform: Annotated[
        str | None,
        typer.Option(
            "--platform",
            metavar="NAME",
            help="Connect this platform, or all, and show what a page of its works holds.",
        ),
    ] = None,
    json: common.Json = False,
) -> None:
    """Connect accounts in the sandbox, list their works and show them.

    Starts the service and the sandbox on free ports and ends both again. Needs no network, no app
    at any platform and no settings; settings in the environment are not used.
    """
    from openchannels.cli.demo.flow import JourneyFailed
    from openchannels.cli.processes import ChildFailed, ended_by_signals
    from openchannels.client import ClientError
    from openchannels.settings import SettingsError

    personas = _personas(platform)
    with ended_by_signals(), common.refusals():
        try:
            with _directory(data_dir) as directory, _stage(directory) as stage:
                path = _survey(stage, personas, json) if personas else _perform(stage, json)
                if not once:
                    _serve_on(stage, path, json)
        except (ChildFailed, JourneyFailed, SettingsError) as failed:
            common.refuse(str(failed), 1)
        except ClientError as failed:
            common.refuse(f"{type(failed).__name__}: {failed}", 1)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


def _personas(given: str | None) -> "dict[str, DemoPersona]":
    """The platforms asked for, each with its persona; none is the tour."""
    from openchannels.app.demo import demo_personas

    if given is None:
        return {}
    personas = demo_personas()
    if given == "all":
        return personas
    if given not in personas:
        common.refuse(f"--platform {given}: use all or one of {', '.join(personas)}.")
    return {given: personas[given]}


def _perform(stage: DemoServers, json: bool) -> str:
    """The tour, told as it goes on, then what came of it; returns a path to try."""
    from openchannels.cli.demo import flow, screens
    from openchannels.client import Client

    console = common.console()
    if not json:
        console.print(f"service  {stage.url}\nsandbox  {stage.sandbox_url}")
    with Client(stage.url, stage.key) as client:
        connected = flow.travel(
            client, lambda text: None if json else console.print(f"  {text}", markup=False)
        )
    if json:
        common.say_json({**stage.places(), "accounts": screens.as_json(connected)})
    else:
        screens.show(console, connected)
    return f"works/youtube?accountId={connected[0].account_id}&limit=3"


def _survey(stage: DemoServers, personas: "dict[str, DemoPersona]", json: bool) -> str:
    """One row for each platform; ends the command if one failed. Returns a path to try."""
    from openchannels.cli.demo import screens
    from openchannels.cli.demo.platforms import Finding, survey, works_path
    from openchannels.client import Client

    console = common.console()
    findings: list[Finding] = []
    with (
        Client(stage.url, stage.key) as client,
        contextlib.nullcontext() if json else console.status("Connecting"),
    ):
        findings.extend(survey(client, stage.sandbox_url, personas))
    if json:
        common.say_json({**stage.places(), "platforms": screens.survey_as_json(findings)})
    else:
        screens.show_survey(console, findings)
    failures = [f"{one.platform}: {one.failure}" for one in findings if one.failure is not None]
    if failures:
        common.refuse("\n".join(failures), 1)
    return works_path(findings[0])


def _serve_on(stage: DemoServers, path: str, json: bool) -> None:
    """Keep the servers until Ctrl-C, which is how this is meant to end. Raises ChildFailed."""
    from openchannels.cli.demo import screens

    if not json:
        screens.show_next_steps(common.console(), stage.url, stage.key, path)
    with contextlib.suppress(KeyboardInterrupt):
        while stage.service.running() and stage.sandbox.running():
            time.sleep(WATCH_SECONDS)


@contextlib.contextmanager
def _directory(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="openchannels-demo-") as made:
        yield Path(made)


@contextlib.contextmanager
def _stage(directory: Path) -> Iterator[DemoServers]:
    """Start both servers and make a key; the servers end with the context."""
    from openchannels.app.demo import demo_settings
    from openchannels.cli.processes import Child, free_port

    settings = demo_settings()
    place = ("--data-dir", str(directory), "--port")
    # The sandbox has to know where to push before the service, which has to know it, starts.
    port = str(free_port())
    with contextlib.ExitStack() as children:
        sandbox = Child(directory, "sandbox", *place, "0", "--push-to", f"http://127.0.0.1:{port}")
        children.callback(sandbox.stop)
        sandbox_url = sandbox.address()
        service = Child(directory, "serve", *place, port, "--sandbox-url", sandbox_url, **settings)
        children.callback(service.stop)
        # While the service starts, this process loads what it needs to make a key.
        key_maker = _KeyMaker(directory)
        url = service.address()
        yield DemoServers(service, sandbox, url, sandbox_url, key_maker.make())


class _KeyMaker:
    """Makes a key in the demo's store, as `keys create` does."""

    def __init__(self, directory: Path) -> None:
        from openchannels.app import store
        from openchannels.app.logging import configure_logging
        from openchannels.server.serve import run_async
        from openchannels.settings import load_settings

        configure_logging("warning", "console")
        self._open_keys, self._run = store.open_keys, run_async
        self._settings = load_settings(data_dir=directory, environ={})

    def make(self) -> str:
        async def created() -> str:
            async with self._open_keys(self._settings, create=True) as keys:
                key: str = (await keys.create(USER, "demo")).key
                return key

        return self._run(created())
