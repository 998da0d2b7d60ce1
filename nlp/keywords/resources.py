"""What every matcher shares: words, script and syllables, loaded once per process.

Invariant: read only; many matchers (one per tenant) use the same lexicon.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.keywords.syllables import Syllables, load_syllables
from nlp.text.script import ScriptFolder, fold_width, load_folder
from nlp.text.segmentation import Segmenter, load_segmenter

BETWEEN = "\n"
"""Stands between texts that are read as one: no word, script rule or term reaches over it."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Segmenter, script folder and syllable table."""

    segmenter: Segmenter
    folder: ScriptFolder
    syllables: Syllables

    def fold(self, text: str) -> str:
        """`text` Simplified, half-width and in lower case, of the same length."""
        folded = fold_width(self.folder.fold(text))
        lowered = folded.lower()
        return lowered if len(lowered) == len(text) else folded

    def fold_joined(self, texts: Sequence[str]) -> str:
        """`fold` of each text, with `BETWEEN` between them; done at once where no text changes its length."""
        folded = fold_width(self.folder.converter.convert(BETWEEN.join(texts))).lower()
        if [len(own) for own in folded.split(BETWEEN)] == [len(text) for text in texts]:
            return folded
        return BETWEEN.join([self.fold(text) for text in texts])


def load_lexicon() -> Lexicon:
    """The shared lexicon; takes about 0.15 s."""
    return Lexicon(load_segmenter(), load_folder(), load_syllables())
