"""The command `openchannels demo`: starts service and sandbox, runs the demo, shows results."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli import common
from openchannels.cli.data.output import Screen, language_of
from openchannels.core.platforms import Locale

if TYPE_CHECKING:
    from openchannels.app.demo import DemoPersona
    from openchannels.cli.processes import Child

USER = "demo"
WATCH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class DemoServers:
    """The two running servers and an API key."""

    service: "Child"
    sandbox: "Child"
    url: str
    sandbox_url: str
    key: str

    def connection_details(self) -> dict[str, str]:
        """Returns what a program needs to call the service."""
        return {"url": self.url, "sandboxUrl": self.sandbox_url, "key": self.key}


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Exit after the demo instead of serving on.")
    ] = False,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir", metavar="DIR", help="Keep the data here; without this it is deleted."
        ),
    ] = None,
    platform: Annotated[
        str | None,
        typer.Option(
            "--platform",
            metavar="NAME",
            help="Connect this platform, or all, and show one page of its works.",
        ),
    ] = None,
    publish: Annotated[
        bool,
        typer.Option("--publish", help="Publish one content on ten platforms, and show how."),
    ] = False,
    lang: Annotated[
        Locale | None,
        typer.Option("--lang", help="Language of --publish; that of the locale if not set."),
    ] = None,
    json: common.Json = False,
) -> None:
    """Connect accounts in the sandbox, list their works and show them.

    Starts the service and the sandbox on free ports and stops both at the end. Needs no network, no
    app at any platform and no settings; settings in the environment are ignored.
    """
    from openchannels.cli.demo.flow import DemoFailed
    from openchannels.cli.processes import ChildFailed, signals_as_exit
    from openchannels.client import ClientError
    from openchannels.settings import SettingsError

    if publish and platform is not None:
        common.fail("Give --publish or --platform.")
    personas = _personas(platform)
    with signals_as_exit(), common.fail_on_refusal():
        try:
            with _directory(data_dir) as directory, _start_servers(directory) as stage:
                if publish:
                    path = _run_publishing(stage, Screen(lang or language_of(), json=json))
                elif personas:
                    path = _run_platforms(stage, personas, json)
                else:
                    path = _run_demo(stage, json)
                if not once:
                    _keep_serving(stage, path, json)
        except (ChildFailed, DemoFailed, SettingsError) as failed:
            common.fail(str(failed), 1)
        except ClientError as failed:
            common.fail(f"{type(failed).__name__}: {failed}", 1)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


def _personas(given: str | None) -> "dict[str, DemoPersona]":
    """Returns the requested platforms with their personas; empty for the standard demo."""
    from openchannels.app.demo import demo_personas

    if given is None:
        return {}
    personas = demo_personas()
    if given == "all":
        return personas
    if given not in personas:
        common.fail(f"--platform {given}: use all or one of {', '.join(personas)}.")
    return {given: personas[given]}


def _run_demo(stage: DemoServers, json: bool) -> str:
    """Runs the standard demo, prints progress and results; returns a path to try."""
    from openchannels.cli.demo import flow, screens
    from openchannels.client import Client

    console = common.console()
    if not json:
        console.print(f"service  {stage.url}\nsandbox  {stage.sandbox_url}")
    with Client(stage.url, stage.key) as client:
        connected = flow.run_demo(client, lambda text: None if json else console.print(f"  {text}"))
    if json:
        common.print_json({**stage.connection_details(), "accounts": screens.as_json(connected)})
    else:
        screens.show(console, connected)
    return f"works/youtube?accountId={connected[0].account_id}&limit=3"


def _run_platforms(stage: DemoServers, personas: "dict[str, DemoPersona]", json: bool) -> str:
    """Prints one row per platform; exits if one failed. Returns a path to try."""
    from openchannels.cli.demo import screens
    from openchannels.cli.demo.platforms import PlatformResult, connect_platforms, works_path
    from openchannels.client import Client

    console = common.console()
    results: list[PlatformResult] = []
    with (
        Client(stage.url, stage.key) as client,
        contextlib.nullcontext() if json else console.status("Connecting"),
    ):
        results.extend(connect_platforms(client, stage.sandbox_url, personas))
    if json:
        common.print_json(
            {**stage.connection_details(), "platforms": screens.platforms_as_json(results)}
        )
    else:
        screens.show_platforms(console, results)
    failures = [f"{one.platform}: {one.failure}" for one in results if one.failure is not None]
    if failures:
        common.fail("\n".join(failures), 1)
    return works_path(results[0])


def _run_publishing(stage: DemoServers, screen: Screen) -> str:
    """Publishes, and prints how it goes; exits if a platform failed. Returns a path to try."""
    from openchannels.app.demo import demo_personas
    from openchannels.cli.demo.publish_screens import PublishScreens, as_json
    from openchannels.cli.demo.publishing import DemoPublishing, failures
    from openchannels.client import Client

    shown = PublishScreens(screen)
    shown.begin()
    with Client(stage.url, stage.key, language=screen.language) as client:
        going = DemoPublishing(client, stage.sandbox_url, shown.connected, shown.changed)
        outcomes = going.run(demo_personas())
    if screen.json:
        common.print_json({**stage.connection_details(), "records": as_json(outcomes)})
    else:
        shown.show(outcomes)
    if failed := failures(outcomes):
        common.fail("\n".join(failed), 1)
    return "publish/records"


def _keep_serving(stage: DemoServers, path: str, json: bool) -> None:
    """Serves until Ctrl-C. Raises ChildFailed."""
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
def _start_servers(directory: Path) -> Iterator[DemoServers]:
    """Starts both servers and creates a key; the servers stop with the context."""
    from openchannels.app.demo import demo_settings
    from openchannels.cli.demo.flow import push_to
    from openchannels.cli.processes import Child

    settings = demo_settings()
    options = ("--data-dir", str(directory), "--port", "0")
    with contextlib.ExitStack() as children:
        sandbox = Child(directory, "sandbox", *options)
        children.callback(sandbox.stop)
        sandbox_url = sandbox.address()
        service = Child(directory, "serve", *options, "--sandbox-url", sandbox_url, **settings)
        children.callback(service.stop)
        # While the service starts, this process imports what creating a key needs.
        key_maker = _KeyMaker(directory)
        url = service.address()
        # Only now, because a port that is chosen for a server may be taken before it starts.
        push_to(sandbox_url, url)
        yield DemoServers(service, sandbox, url, sandbox_url, key_maker.create_key())


class _KeyMaker:
    """Creates a key in the demo's store, as `keys create` does."""

    def __init__(self, directory: Path) -> None:
        from openchannels.app import store
        from openchannels.app.logging import configure_logging
        from openchannels.server.serve import run_async
        from openchannels.settings import load_settings

        configure_logging("warning", "console")
        self._open_keys, self._run = store.open_keys, run_async
        self._settings = load_settings(data_dir=directory, environ={})

    def create_key(self) -> str:
        async def created() -> str:
            async with self._open_keys(self._settings, create=True) as keys:
                key: str = (await keys.create(USER, "demo")).key
                return key

        return self._run(created())
