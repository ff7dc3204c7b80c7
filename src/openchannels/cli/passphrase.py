"""Passphrases: from a prompt, a file or the environment, never from an argument."""

import os
from pathlib import Path
from typing import Annotated

import typer

from openchannels.cli import common

VARIABLE = "MOVING_PASSPHRASE"
LEAST = 12
"""Characters of a passphrase for a new file."""

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
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        common.fail(f"The passphrase cannot be read from {file}: {error}.")
    if not lines or not lines[0]:
        common.fail(f"{file} holds no passphrase in its first line.")
    return lines[0]


def _prompt(*, confirm: bool) -> str:
    if not common.is_interactive():
        common.fail(f"Give the passphrase by --passphrase-file or {VARIABLE}.")
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm))
