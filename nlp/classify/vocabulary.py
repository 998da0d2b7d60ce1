"""Tokens side by side in one string, each cut out when it is asked for.

Why: a list of 130,000 strings of three characters takes ten times the memory of the string they are cut from, and
three models hold such a list. Invariant: `vocabulary[n]` is token n as it was given.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import overload

import numpy as np
from numpy.typing import NDArray

_BREAK = ord("\n")


class Vocabulary(Sequence[str]):
    """A read-only sequence of short strings."""

    __slots__ = ("_bounds", "joined")

    def __init__(self, joined: str, ends: NDArray[np.int64]) -> None:
        """Holds what `of` or `of_lines` made.

        Args:
            joined: all tokens, one behind the other.
            ends: where each ends, int64 [tokens], ascending.
        """
        self.joined = joined
        self._bounds = array("i", [0, *ends.tolist()])

    @classmethod
    def of(cls, tokens: Sequence[str]) -> "Vocabulary":
        """The same tokens packed; a vocabulary is returned as it is."""
        if isinstance(tokens, Vocabulary):
            return tokens
        return cls("".join(tokens), np.cumsum([len(token) for token in tokens], dtype=np.int64))

    @classmethod
    def of_lines(cls, text: str) -> "Vocabulary":
        """The tokens of a text that holds one a line; they hold no line break themselves."""
        if not text:
            return cls("", np.zeros(1, dtype=np.int64))
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        breaks = np.append(np.flatnonzero(codes == _BREAK), len(codes))
        return cls(text.replace("\n", ""), breaks - np.arange(len(breaks)))

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        bounds = self._bounds
        if at < 0:
            at += len(bounds) - 1
        if not 0 <= at < len(bounds) - 1:
            raise IndexError(at)
        return self.joined[bounds[at] : bounds[at + 1]]

    def __iter__(self) -> Iterator[str]:
        return (self.joined[begin:end] for begin, end in pairwise(self._bounds))

    def cut(self, numbers: Iterable[int]) -> list[str]:
        """The tokens of these numbers, in their order; without the checks that asking for one makes.

        Args:
            numbers: from 0 on, each below the vocabulary's length.
        """
        joined, bounds = self.joined, self._bounds
        return [joined[bounds[number] : bounds[number + 1]] for number in numbers]

    @property
    def begins(self) -> NDArray[np.int64]:
        """Where each token begins, int64 [tokens]."""
        return np.asarray(self._bounds[:-1], dtype=np.int64)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many code points each token has, int64 [tokens]."""
        return np.asarray(self._bounds[1:], dtype=np.int64) - self.begins
