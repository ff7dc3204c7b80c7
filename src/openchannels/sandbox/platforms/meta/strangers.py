"""Names of the strangers who comment."""

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator


def full_name(author: str) -> str:
    """First and last name."""
    creator = Creator("meta", author)
    first = creator.pick("first", sample_text.FIRST_NAMES_EN)
    return f"{first} {creator.pick('last', sample_text.LAST_NAMES_EN)}"


def user_name(author: str) -> str:
    """A name as of an account: `ana.reis`."""
    return full_name(author).lower().replace(" ", ".")
