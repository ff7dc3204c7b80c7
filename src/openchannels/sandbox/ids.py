"""Identifiers that look random, are the same in every run, and can be read back.

A work's id holds a part of its owner's hash and its index, mixed by a bijection. So a list of
ids can be answered without a table of works, and a foreign id is known as foreign.
"""

import hashlib
from functools import lru_cache

_BASE58 = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_INDEX_BITS = 20
_FIRST = 0x9E3779B97F4A7C15
_SECOND = 0xC2B2AE3D27D4EB4F


def digest(*parts: object) -> int:
    """128 stable random-looking bits for the given parts."""
    text = "\x1f".join([str(part) for part in parts]).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest())


def digits(length: int, *parts: object) -> str:
    """A decimal number of exactly `length` digits that does not start with 0."""
    low = 10 ** (length - 1)
    return str(low + digest(*parts) % (9 * low))


def hexadecimal(length: int, *parts: object) -> str:
    """Lower-case hex digits, at most 32."""
    return f"{digest(*parts):032x}"[:length]


def letters(length: int, *parts: object) -> str:
    """Characters of the URL-safe base64 alphabet, at most 21."""
    return spell(digest(*parts), length, _BASE64)


def spell(number: int, length: int, alphabet: str = _BASE64) -> str:
    """`number` in the alphabet, exactly `length` characters, higher digits cut off."""
    out = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        out.append(alphabet[digit])
    return "".join(reversed(out))


def read(text: str, alphabet: str = _BASE64) -> int | None:
    """The number that `spell` wrote, or None when a character is not of the alphabet."""
    number = 0
    for character in text:
        digit = alphabet.find(character)
        if digit < 0:
            return None
        number = number * len(alphabet) + digit
    return number


def pack(owner: str, index: int, bits: int) -> int:
    """Owner and index as one number of `bits` bits (an even number, 24 or more)."""
    half, mask = bits // 2, (1 << bits) - 1
    number = (_tag(owner, bits) << _INDEX_BITS) | index
    number = (number * _FIRST) & mask
    number ^= number >> half
    return (number * _SECOND) & mask


def unpack(owner: str, number: int | None, bits: int) -> int | None:
    """The index inside a packed number, or None when it is not one of this owner's."""
    if number is None or number >> bits:
        return None
    half, mask = bits // 2, (1 << bits) - 1
    number = (number * _inverse(_SECOND, bits)) & mask
    number ^= number >> half
    number = (number * _inverse(_FIRST, bits)) & mask
    if number >> _INDEX_BITS != _tag(owner, bits):
        return None
    return number & ((1 << _INDEX_BITS) - 1)


def base58(number: int, length: int) -> str:
    """`number` in the alphabet of bilibili's BV ids."""
    return spell(number, length, _BASE58)


def from_base58(text: str) -> int | None:
    """The number `base58` wrote, or None."""
    return read(text, _BASE58)


@lru_cache(16)
def _inverse(factor: int, bits: int) -> int:
    return pow(factor, -1, 1 << bits)


@lru_cache(1024)
def _tag(owner: str, bits: int) -> int:
    return digest("owner", owner) & ((1 << (bits - _INDEX_BITS)) - 1)
