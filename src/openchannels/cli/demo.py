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
    from openchannels.cli.processes import Child

USER = "demo"
WATCH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Stage:
    """Two running servers and a key."""

    service: "Child"
    sandbox: "Child"
    url: str
    sandbox_url: str
    key: str


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
    json: common.Json = False,
) -> None:
    """Connect accounts in the sandbox, list their works and show them.

    Starts the service and the sandbox on free ports and ends both again. Needs no network, no app
    at any platform and no settings; settings in the environment are not used.
    """
    from openchannels.cli.journey import JourneyFailed
    from openchannels.cli.processes import ChildFailed, ended_by_signals
    from openchannels.client import ClientError

    with ended_by_signals(), common.refusals():
        try:
            with _directory(data_dir) as directory, _stage(directory) as stage:
                account_id = _perform(stage, json)
                if not once:
                    _serve_on(stage, account_id, json)
        except (ChildFailed, JourneyFailed) as failed:
            common.refuse(str(failed), 1)
        except ClientError as failed:
            common.refuse(f"{type(failed).__name__}: {failed}", 1)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


def _perform(stage: Stage, json: bool) -> str:
    """The tour, told as it goes on, then what came of it; returns an account's id."""
    from openchannels.cli import journey, pictures
    from openchannels.client import Client

    console = common.console()
    if not json:
        console.print(f"service  {stage.url}\nsandbox  {stage.sandbox_url}")
    with Client(stage.url, stage.key) as client:
        connected = journey.travel(
            client, lambda text: None if json else console.print(f"  {text}", markup=False)
        )
    if json:
        places = {"url": stage.url, "sandboxUrl": stage.sandbox_url, "key": stage.key}
        common.say_json({**places, "accounts": pictures.as_json(connected)})
    else:
        pictures.show(console, connected)
    return connected[0].account_id


def _serve_on(stage: Stage, account_id: str, json: bool) -> None:
    """Keep the servers until Ctrl-C, which is how this is meant to end. Raises ChildFailed."""
    from openchannels.cli import pictures

    if not json:
        pictures.show_next_steps(common.console(), stage.url, stage.key, account_id)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(WATCH_SECONDS)
            stage.service.check()
            stage.sandbox.check()


@contextlib.contextmanager
def _directory(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="openchannels-demo-") as made:
        yield Path(made)


@contextlib.contextmanager
def _stage(directory: Path) -> Iterator[Stage]:
    """Start both servers and make a key; the servers end with the context."""
    from openchannels.cli.processes import Child

    place = ("--port", "0", "--data-dir", str(directory))
    with contextlib.ExitStack() as children:
        sandbox = Child(directory, "sandbox", *place)
        children.callback(sandbox.stop)
        sandbox_url = sandbox.address()
        service = Child(directory, "serve", *place, "--sandbox-url", sandbox_url)
        children.callback(service.stop)
        # While the service starts, this process loads what it needs to make a key.
        key_maker = _KeyMaker(directory)
        url = service.address()
        yield Stage(service, sandbox, url, sandbox_url, key_maker.make())


class _KeyMaker:
    """Makes a key in the demo's store, as `keys create` does."""

    def __init__(self, directory: Path) -> None:
        from openchannels import main
        from openchannels.logs import configure_logging
        from openchannels.settings import load_settings

        configure_logging("warning", "console")
        self._main = main
        self._settings = load_settings(data_dir=directory, environ={})

    def make(self) -> str:
        async def created() -> str:
            async with self._main.open_keys(self._settings, create=True) as keys:
                key: str = (await keys.create(USER, "demo")).key
                return key

        return self._main.run(created())
