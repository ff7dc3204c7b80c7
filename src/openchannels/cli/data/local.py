"""Without a login: the service that runs over a data directory of this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

from openchannels.cli import common
from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.private_files import read_private, write_private
from openchannels.cli.data.profiles import MENDED, UNREADABLE, UNWRITABLE
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.cli.data.output import Screen
    from openchannels.service.api_keys import ApiKeys
    from openchannels.settings import Settings

KEY_NAME = "command line"
FIRST_USER = "default"
NOT_RUNNING = Text(
    "You are not logged in, and no service is running over {folder}. "
    "Log in with openchannels login, or name its data directory by --data-dir.",
    "尚未登录，且 {folder} 上没有正在运行的服务。请用 openchannels login 登录，"
    "或用 --data-dir 指定数据目录。",
)
SEVERAL_USERS = Text(
    "The service over {folder} has several users: {users}. Make a key for one of them with "
    "openchannels keys create --user NAME, then log in with it: openchannels login",
    "{folder} 上的服务有多个用户：{users}。请用 openchannels keys create --user NAME "
    "为其中之一创建密钥，再用它登录：openchannels login",
)
LOCAL = Text(
    "Not logged in: using the service at {url}, over {folder}.",
    "尚未登录：使用 {folder} 上的服务 {url}。",
)


def find_local_service(data_dir: Path | None, screen: "Screen") -> tuple[str, str]:
    """Returns address and key of the running service of a data directory, and says so.

    The key is made at the first use and kept in the data directory. Raises CommandFailed.
    """
    from openchannels.app.local_service import running_address

    settings = common.read_settings(data_dir, None)
    folder = settings.data_dir.absolute()
    url = running_address(settings.data_dir)
    if url is None:
        raise CommandFailed(ExitCode.NOT_LOGGED_IN, NOT_RUNNING, folder=folder)
    key = _kept_key(settings, screen) or _new_key(settings)
    screen.note(LOCAL, url=url, folder=folder)
    return url, key


def key_file(settings: "Settings") -> Path:
    from openchannels.app.local_service import KEY_FILE

    return settings.data_dir / KEY_FILE


def _kept_key(settings: "Settings", screen: "Screen") -> str | None:
    file = key_file(settings)
    try:
        text, mended = read_private(file)
    except OSError as error:
        raise CommandFailed(ExitCode.USAGE, UNREADABLE, file=file, cause=error.strerror) from None
    if mended:
        screen.note(MENDED, file=file)
    return text.strip() if text else None


def _new_key(settings: "Settings") -> str:
    from openchannels.app.store import open_keys
    from openchannels.server.serve import run_async

    async def made() -> str:
        async with open_keys(settings, create=False) as keys:
            user = await _only_user(keys, settings)
            return (await keys.create(user, KEY_NAME)).key

    with common.fail_on_refusal():
        key = run_async(made())
    file = key_file(settings)
    try:
        write_private(file, f"{key}\n")
    except OSError as error:
        raise CommandFailed(ExitCode.USAGE, UNWRITABLE, file=file, cause=error.strerror) from None
    return key


async def _only_user(keys: "ApiKeys", settings: "Settings") -> str:
    """Returns the store's user; a store without any gets its first."""
    users = sorted({row["user_id"] for row in await keys.list_keys()})
    if len(users) > 1:
        raise CommandFailed(
            ExitCode.NOT_LOGGED_IN,
            SEVERAL_USERS,
            folder=settings.data_dir.absolute(),
            users=", ".join(users),
        )
    return users[0] if users else FIRST_USER
