"""How far an export is, kept beside its file until it is complete."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.private_files import write_private
from openchannels.core.platforms import Text

EXISTS = Text(
    "{file} is there already; remove it, or name another file.",
    "{file} 已存在；请先删除，或使用其他文件名。",
)
OTHER_EXPORT = Text(
    "{file} is of an export with other options; remove it, or name another file.",
    "{file} 属于选项不同的另一次导出；请先删除，或使用其他文件名。",
)


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """The works that are written, the size of their file, and where the iterator goes on.

    `options` are those of the command: an export goes on with the same ones only.
    """

    options: Mapping[str, Any]
    works: int = 0
    size: int = 0
    position: str | None = None

    def at(self, works: int, size: int, position: str) -> "ExportProgress":
        return replace(self, works=works, size=size, position=position)

    def save(self, file: Path) -> None:
        """Keeps the progress of the export to a file."""
        write_private(progress_file(file), json.dumps(asdict(self), ensure_ascii=False))


def load_progress(file: Path, options: Mapping[str, Any]) -> ExportProgress:
    """Returns the progress of an export that was stopped, else that of a new one.

    Raises CommandFailed for a file of another export.
    """
    begun = progress_file(file)
    if not begun.exists():
        if file.exists():
            raise CommandFailed(ExitCode.USAGE, EXISTS, file=file)
        return ExportProgress(options)
    try:
        progress = ExportProgress(**json.loads(begun.read_text()))
    except (TypeError, ValueError):
        raise CommandFailed(ExitCode.USAGE, OTHER_EXPORT, file=begun) from None
    if progress.options != options:
        raise CommandFailed(ExitCode.USAGE, OTHER_EXPORT, file=begun)
    return progress


def progress_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.progress")


def rows_file(file: Path) -> Path:
    """Returns where rows are gathered until they can be converted as a whole."""
    return file.with_name(f"{file.name}.rows")
