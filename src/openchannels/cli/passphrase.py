"""Passphrases: from a prompt, a file or the environment, never from an argument."""

import os
from pathlib import Path
from typing import Annotated

import typer

from openchannels.cli import common

VARIABLE = "MOVING_PASSPHRASE"
LEAST = 12
"""Characters of a passphrase for a new file."""
MOST = 4096

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help=f"File whose first line is the passphrase; else the variable {VARIABLE}, or a prompt.",
    ),
]


def new_passphrase(file: Path | None) -> str:
    """Returns a passphrase for a new file, asked for twice; ends the command if it is short."""
    passphrase = _given(file) or _prompt(confirm=True)
    if len(passphrase) < LEAST:
        common.fail(f"The passphrase needs at least {LEAST} characters.")
    return passphrase


def read_passphrase(file: Path | None) -> str:
    """Returns the passphrase of a file that exists."""
    return _given(file) or _prompt(confirm=False)


def _given(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(VARIABLE)
    try:
        with file.open(encoding="utf-8") as opened:
            line = opened.readline(MOST + 1).rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        common.fail(f"The passphrase cannot be read from {file}: {error}.")
    if not line or len(line) > MOST:
        common.fail(f"{file} holds no passphrase of 1 to {MOST} characters in its first line.")
    return line


def _prompt(*, confirm: bool) -> str:
    if not common.is_interactive():
        common.fail(f"Give the passphrase by --passphrase-file or {VARIABLE}.")
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))
