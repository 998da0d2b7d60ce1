"""Tokens of up to three code points as whole numbers, looked up all at once in a hash table of arrays.

Why: a talk of an hour has ninety thousand tokens; asking a dict for each took a third of the whole analysis.
Invariant: two strings of one to three code points have the same key only if they are the same string.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.classify.vocabulary import Vocabulary

Codes = NDArray[np.int64]
LONGEST: Final = 3
ABSENT: Final = -1
_BITS: Final = 21  # a code point plus one, so that no key is zero and a leading NUL counts
_ROOM: Final = 2  # slots for each token: half are free, and a table of 130,000 tokens takes 3 MB
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio, which scatters keys that differ in few bits


def codes_of(text: str) -> Codes:
    """The code points of `text`, int64 [characters]; lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)


def text_of(codes: Codes) -> str:
    """The text whose code points are `codes`."""
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def pack(*columns: Codes | int) -> Codes:
    """Keys of tokens given place by place: first code points, second, third; int64 [tokens].

    Args:
        columns: one to three; a whole number stands for the same code point everywhere.
    """
    keys = np.zeros(1, dtype=np.int64)
    for column in columns:
        keys = (keys << _BITS) | (column + 1)
    return keys


def keys_of(tokens: Sequence[str]) -> Codes:
    """Keys of whole tokens, int64 [tokens]; 0 for a token that is empty or longer than `LONGEST`."""
    packed = Vocabulary.of(tokens)
    lengths, begins, codes = packed.lengths, packed.begins, codes_of(packed.joined)
    keys = np.zeros(len(tokens), dtype=np.int64)
    for place in range(LONGEST):
        reaches = np.flatnonzero(lengths > place)
        keys[reaches] = (keys[reaches] << _BITS) | (codes[begins[reaches] + place] + 1)
    keys[lengths > LONGEST] = 0
    return keys


class GramTable:
    """Token key to number, open addressing with linear steps."""

    def __init__(self, keys: Codes) -> None:
        """Builds the table.

        Args:
            keys: of token 0, 1, 2 and so on, all different; tokens whose key is 0 are not in the table.
        """
        bits = max(4, int(_ROOM * max(len(keys), 1) - 1).bit_length())
        self._shift = np.uint64(64 - bits)
        self._mask = (1 << bits) - 1
        self._keys = np.zeros(1 << bits, dtype=np.int64)
        self._numbers = np.full(1 << bits, ABSENT, dtype=np.int32)
        waiting = np.flatnonzero(keys)
        slots = self._slots(keys)
        while len(waiting):
            places = slots[waiting]
            free = np.flatnonzero(self._keys[places] == 0)
            taken, first = np.unique(places[free], return_index=True)
            lucky = free[first]
            self._keys[taken] = keys[waiting[lucky]]
            self._numbers[taken] = waiting[lucky]
            waiting = np.delete(waiting, lucky)
            slots[waiting] = (slots[waiting] + 1) & self._mask

    def look_up(self, keys: Codes) -> Codes:
        """The number of each key, int64 [keys]; `ABSENT` where the table holds none.

        Args:
            keys: of `pack`, in any order, repeats included.
        """
        found = np.full(len(keys), ABSENT, dtype=np.int64)
        waiting, slots, wanted = np.arange(len(keys)), self._slots(keys), keys
        while len(waiting):
            here = self._keys[slots]
            hit = here == wanted
            found[waiting[hit]] = self._numbers[slots[hit]]
            on = np.flatnonzero(~hit & (here != 0))
            waiting, wanted, slots = waiting[on], wanted[on], (slots[on] + 1) & self._mask
        return found

    def _slots(self, keys: Codes) -> Codes:
        return ((keys.view(np.uint64) * _SPREAD) >> self._shift).view(np.int64)
