"""Character error rate of a transcript: the edits that lead from what was heard to what was said.

Invariant: punctuation, blanks and case do not count; `rate` is edits over the reference's characters.
"""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CharacterErrors:
    """Edits against a reference of `length` characters."""

    substitutions: int
    deletions: int
    insertions: int
    length: int

    @property
    def rate(self) -> float:
        """Edits a reference character; 0 for two empty texts, infinite for words out of silence."""
        edits = self.substitutions + self.deletions + self.insertions
        if not self.length:
            return float("inf") if edits else 0.0
        return edits / self.length


def spoken(text: str) -> str:
    """The characters that are said: width and case folded, punctuation, symbols and blanks dropped."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(mark for mark in folded if unicodedata.category(mark)[0] in "LN")


def character_errors(reference: str, heard: str) -> CharacterErrors:
    """The fewest edits from `reference` to `heard` (Levenshtein), split by kind.

    Args:
        reference: what was said.
        heard: what the recogniser wrote.
    """
    said, got = spoken(reference), spoken(heard)
    row = [(at, 0, 0, at) for at in range(len(got) + 1)]
    for down, mark in enumerate(said, 1):
        above, row = row, [(down, 0, down, 0)]
        for at, other in enumerate(got, 1):
            cost, swaps, drops, extras = above[at - 1]
            same = mark == other
            replace = (cost + (not same), swaps + (not same), drops, extras)
            cost, swaps, drops, extras = above[at]
            drop = (cost + 1, swaps, drops + 1, extras)
            cost, swaps, drops, extras = row[at - 1]
            row.append(min(replace, drop, (cost + 1, swaps, drops, extras + 1), key=lambda cell: cell[0]))
    _, substitutions, deletions, insertions = row[-1]
    return CharacterErrors(substitutions, deletions, insertions, len(said))
