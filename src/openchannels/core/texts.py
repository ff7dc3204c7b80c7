"""Texts that can be encoded."""


def without_halves(text: str) -> str:
    """Returns a text in which halves of surrogate pairs, which UTF-8 cannot hold, are replaced."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
