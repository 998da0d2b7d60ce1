"""What an engine heard, made ready to be read: marks where it sets none, Simplified script, mis-heard terms put right.

Why one place: the queue, the command line, the endpoint that answers at once and a live talk must write the same words
for the same sound. Invariant: times, channels and the order of segments stay; words go on spelling the text, and turns
keep what was heard in `raw_text`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nlp.asr.correction import correct_turn
from nlp.asr.marks import restore_marks
from nlp.asr.turns import build_turns
from nlp.keywords.matcher import KeywordMatcher
from nlp.text.punctuation import Punctuator
from nlp.types import Segment, Turn, Word


@dataclass(frozen=True, slots=True)
class Finishing:
    """`punctuator` sets marks, `fold` gives Simplified characters of the same length, `matcher` knows the terms."""

    punctuator: Punctuator | None = None
    matcher: KeywordMatcher | None = None
    fold: Callable[[str], str] = str

    def turns(self, segments: Sequence[Segment], channels: int) -> list[Turn]:
        """The turns of a whole recording; see `build_turns`."""
        return [self._right(turn) for turn in build_turns(self._marked(segments), channels)]

    def segments(self, segments: Sequence[Segment], *, before: Sequence[Segment] = ()) -> list[Segment]:
        """The segments as they shall be read, in order.

        Args:
            before: what was heard of the recording before these: whether an engine writes marks shows with time.
        """
        marked = self._marked([*before, *segments])[len(before) :]
        righted = [self._right(Turn(0, s.text, words=s.words)) for s in marked]
        return [replace(s, text=turn.text, words=turn.words) for s, turn in zip(marked, righted, strict=True)]

    def _marked(self, segments: Sequence[Segment]) -> list[Segment]:
        return list(segments) if self.punctuator is None else restore_marks(segments, self.punctuator)

    def _right(self, turn: Turn) -> Turn:
        folded = replace(turn, text=self.fold(turn.text), raw_text=turn.raw_text or turn.text)
        folded = replace(folded, words=respelled(turn.words, heard=turn.text, meant=folded.text))
        if self.matcher is None:
            return folded
        corrected = correct_turn(folded, self.matcher)
        return replace(corrected, words=respelled(folded.words, heard=folded.text, meant=corrected.text))


def respelled(words: Sequence[Word], *, heard: str, meant: str) -> tuple[Word, ...]:
    """The words of a text whose characters were exchanged one for one; those that it does not spell stay.

    >>> [word.text for word in respelled([Word("除能", 0, 400), Word("柜", 400, 600)], heard="除能柜", meant="储能柜")]
    ['储能', '柜']
    """
    if heard == meant or len(heard) != len(meant):
        return tuple(words)
    spelled: list[Word] = []
    at = 0
    for word in words:
        place = heard.find(word.text, at)
        if place < 0 or not word.text:
            spelled.append(word)
            continue
        at = place + len(word.text)
        spelled.append(replace(word, text=meant[place:at]))
    return tuple(spelled)
