"""What every matcher shares: words, script and syllables, loaded once per process.

Invariant: read only; many matchers (one per tenant) use the same lexicon.
"""

from dataclasses import dataclass

from nlp.keywords.syllables import Syllables, load_syllables
from nlp.text.script import ScriptFolder, fold_width, load_folder
from nlp.text.segmentation import Segmenter, load_segmenter


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


def load_lexicon() -> Lexicon:
    """The shared lexicon; takes about 0.15 s."""
    return Lexicon(load_segmenter(), load_folder(), load_syllables())
