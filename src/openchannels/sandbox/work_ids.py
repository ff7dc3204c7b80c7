"""The forms of work ids that several platforms use."""

from dataclasses import dataclass

from openchannels.sandbox.dataset import Creator, Work
from openchannels.sandbox.ids import BASE64, decimal, decode, encode, pack, unpack


@dataclass(frozen=True, slots=True)
class DecimalIds:
    """Decimal ids from `first` on."""

    first: int
    bits: int

    def id_of(self, work: Work) -> str:
        """The id of a work."""
        return str(self.first + pack(work.owner.key, work.index, self.bits))

    def index_of(self, owner: Creator, text: str) -> int | None:
        """The index of the owner's work with this id, or None if there is none."""
        number = decimal(text)
        if number is None or number < self.first:
            return None
        return unpack(owner.key, number - self.first, self.bits)


@dataclass(frozen=True, slots=True)
class TextIds:
    """Ids of a prefix and `length` characters of an alphabet."""

    prefix: str
    length: int
    bits: int
    alphabet: str = BASE64

    def id_of(self, work: Work) -> str:
        """The id of a work."""
        number = pack(work.owner.key, work.index, self.bits)
        return self.prefix + encode(number, self.length, self.alphabet)

    def index_of(self, owner: Creator, text: str) -> int | None:
        """The index of the owner's work with this id, or None if there is none."""
        number = decode(text.removeprefix(self.prefix), self.alphabet)
        return unpack(owner.key, number, self.bits)
