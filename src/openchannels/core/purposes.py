"""What an account is connected for, which decides the scopes that a person is asked for."""

from typing import Literal

Purpose = Literal["read", "publish", "engage"]
PURPOSES: tuple[Purpose, ...] = ("read", "publish", "engage")


def purposes_of(text: str | None) -> tuple[Purpose, ...]:
    """Returns the purposes in a text that separates them by spaces; none for None."""
    named = (text or "").split()
    return tuple(purpose for purpose in PURPOSES if purpose in named)
