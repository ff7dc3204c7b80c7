"""What `openchannels publish` sends: files, options and accounts, from the words of the command."""

import contextlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.client import Account, Client

NO_FILE = Text("There is no file {file}.", "没有文件 {file}。")
ADDRESSES = ("http://", "https://")
OPTION = "--option"

Options = Mapping[str, Mapping[str, Any]]
"""Options of publications by platform."""


class Uploads:
    """The files of one publication at the service."""

    def __init__(self, client: "Client") -> None:
        self._assets = client.assets
        self._made: list[str] = []

    def medium(self, file: str, *, adapt: bool) -> dict[str, Any]:
        """Returns the medium of a file, which is uploaded first, or of an address.

        Raises CommandFailed for a file that is not there.
        """
        url = file if file.startswith(ADDRESSES) else self._uploaded(file)
        return {
            "url": url,
            **({"options": {"adaptation": {"imageFormat": "auto"}}} if adapt else {}),
        }

    def _uploaded(self, file: str) -> str:
        if not Path(file).is_file():
            raise CommandFailed(ExitCode.USAGE, NO_FILE, file=file)
        asset = self._assets.upload(file, type="publishMedia")
        self._made.append(asset.id)
        return asset.url

    def keep(self) -> None:
        """Leaves the files where they are: a publication has them now."""
        self._made.clear()

    def drop(self) -> None:
        """Deletes the files that were uploaded and not kept."""
        from openchannels.client import ClientError

        for asset_id in self._made:
            with contextlib.suppress(ClientError):
                self._assets.delete(asset_id)


@contextlib.contextmanager
def uploads(client: "Client") -> Iterator[Uploads]:
    """Uploads files; those that are not kept are deleted in the end."""
    files = Uploads(client)
    try:
        yield files
    finally:
        files.drop()


def items_of(accounts: "Sequence[Account]", options: Options) -> list[dict[str, Any]]:
    return [
        {"platform": one.type, "accountId": one.id, "option": dict(options.get(one.type, {}))}
        for one in accounts
    ]


def read_options(client: "Client", given: Sequence[str], platforms: Collection[str]) -> Options:
    """Returns the options of `platform.key=value`. Raises BadParameter.

    A value is a text where the platform's schema says so, else JSON where it is JSON.
    """
    options: dict[str, dict[str, Any]] = defaultdict(dict)
    schemas = _schemas(client) if given else {}
    for words in given:
        name, sign, value = words.partition("=")
        platform, _, key = name.partition(".")
        if not (sign and platform and key):
            raise typer.BadParameter(f"{words}: expected platform.key=value", param_hint=OPTION)
        if platform not in platforms:
            said = f"{words}: no account of {platform} is named by --to"
            raise typer.BadParameter(said, param_hint=OPTION)
        options[platform][key] = _value(value, schemas.get(platform, {}).get(key, {}))
    return options


def _schemas(client: "Client") -> dict[str, Mapping[str, Any]]:
    """The schema of each option, by platform."""
    return {
        one.platform: one.option_schema.get("properties", {}) for one in client.platforms.list()
    }


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
