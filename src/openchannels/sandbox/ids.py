"""Ids that look random, are the same in every run, and can be decoded.

The id of a work holds part of its owner's hash and its index, mixed by a bijection. So works are
found by id without a table of them, and an id of another owner is recognized as such.
"""

import base64
import binascii
import hashlib
import re
from functools import lru_cache

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_INDEX_BITS = 20
_FIRST = 0x9E3779B97F4A7C15
_SECOND = 0xC2B2AE3D27D4EB4F


def digest(*parts: object) -> int:
    """128 stable random-looking bits for the given parts."""
    text = "\x1f".join([str(part) for part in parts]).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest())


def digits(length: int, *parts: object) -> str:
    """A decimal number of exactly `length` digits, the first of them not 0."""
    low = 10 ** (length - 1)
    return str(low + digest(*parts) % (9 * low))


def hexadecimal(length: int, *parts: object) -> str:
    """Lower-case hex digits, at most 32."""
    return f"{digest(*parts):032x}"[:length]


def letters(length: int, *parts: object) -> str:
    """Characters of the URL-safe base64 alphabet, at most 21."""
    return encode(digest(*parts), length, BASE64)


def encode(number: int, length: int, alphabet: str = BASE64) -> str:
    """`number` as exactly `length` characters of the alphabet; higher digits are cut off."""
    out = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        out.append(alphabet[digit])
    return "".join(reversed(out))


def decode(text: str, alphabet: str = BASE64) -> int | None:
    """The number that `encode` wrote, or None if a character is not in the alphabet."""
    number = 0
    for character in text:
        digit = alphabet.find(character)
        if digit < 0:
            return None
        number = number * len(alphabet) + digit
    return number


def pack(owner: str, index: int, bits: int) -> int:
    """Owner and index as one number of `bits` bits (an even number, at least 24)."""
    half, mask = bits // 2, (1 << bits) - 1
    number = (_tag(owner, bits) << _INDEX_BITS) | index
    number = (number * _FIRST) & mask
    number ^= number >> half
    return (number * _SECOND) & mask


def unpack(owner: str, number: int | None, bits: int) -> int | None:
    """The index in a packed number, or None if it is not of this owner."""
    if number is None or number >> bits:
        return None
    half, mask = bits // 2, (1 << bits) - 1
    number = (number * _inverse(_SECOND, bits)) & mask
    number ^= number >> half
    number = (number * _inverse(_FIRST, bits)) & mask
    if number >> _INDEX_BITS != _tag(owner, bits):
        return None
    return number & ((1 << _INDEX_BITS) - 1)


def from_base64url(text: str) -> str | None:
    """The text behind URL-safe base64 with or without padding, or None if it is none."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return None


@lru_cache(16)
def _inverse(factor: int, bits: int) -> int:
    return pow(factor, -1, 1 << bits)


@lru_cache(1024)
def _tag(owner: str, bits: int) -> int:
    return digest("owner", owner) & ((1 << (bits - _INDEX_BITS)) - 1)


def decimal(text: str) -> int | None:
    """The number that up to 20 digits write; None for any other text."""
    return int(text) if re.fullmatch("[0-9]{1,20}", text) else None
