"""Masks what leads to a person (names, phones, ID and bank cards, plates, addresses) and what is sensitive of one:
health, children under fourteen, whereabouts.

Invariant: a masked text has the length of the original, so that every span, quote and time still fits; nothing of a
masked stretch is kept but its length.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from nlp.text.addresses import find_addresses
from nlp.text.health_facts import find_health_facts
from nlp.text.minors import find_minors_facts
from nlp.text.personal_names import Tagged, find_personal_names
from nlp.text.personal_numbers import find_personal_numbers
from nlp.text.whereabouts import find_whereabouts
from nlp.types import Span, Transcript, Turn

PersonalKind = Literal[
    "name", "phone", "id_card", "bank_card", "plate", "address", "health", "minor", "location"
]  # fmt: skip
KINDS: tuple[PersonalKind, ...] = (
    "name", "phone", "id_card", "bank_card", "plate", "address", "health", "minor", "location"
)  # fmt: skip
SENSITIVE: frozenset[PersonalKind] = frozenset({"id_card", "bank_card", "health", "minor", "location"})
"""Kinds that want a consent of their own (PIPL 28, 31), whoever is named beside them."""
MASK = "＊"


@dataclass(frozen=True, slots=True)
class Personal:
    """A stretch that leads to a person, or tells of one what is sensitive."""

    kind: PersonalKind
    span: Span

    @property
    def sensitive(self) -> bool:
        """Whether the law asks for more than for a name or a phone number."""
        return self.kind in SENSITIVE


@dataclass(frozen=True, slots=True)
class Masker:
    """Finds and masks; `load_masker` builds it once, threads share it."""

    tag: Callable[[str], Tagged]

    def find(self, text: str) -> list[Personal]:
        """What leads to a person, in order, without overlap; the surer kind wins where two claim the same words."""
        if not text:
            return []
        tagged = self.tag(text)
        found: list[Personal] = [Personal(number.kind, number.span) for number in find_personal_numbers(text)]
        found += [Personal("address", span) for span in find_addresses(text, tagged) if _clear(span, found)]
        found += [Personal("minor", span) for span in find_minors_facts(text) if _clear(span, found)]
        found += [Personal("health", span) for span in find_health_facts(text) if _clear(span, found)]
        found += [Personal("location", span) for span in find_whereabouts(text, tagged) if _clear(span, found)]
        found += [Personal("name", span) for span in find_personal_names(text, tagged) if _clear(span, found)]
        return sorted(found, key=lambda personal: personal.span)

    def mask(self, text: str) -> str:
        """`text` with every such stretch as ＊, character by character."""
        return apply_mask(text, [personal.span for personal in self.find(text)])

    def mask_transcript(self, transcript: Transcript) -> Transcript:
        """The transcript with masked turns; words with their times go, because they repeat what was said."""
        return replace(transcript, turns=tuple(self.mask_turn(turn) for turn in transcript.turns))

    def mask_turn(self, turn: Turn) -> Turn:
        """The turn with masked text; raw text is masked where it differs in script alone, and dropped elsewhere."""
        spans = [personal.span for personal in self.find(turn.text)]
        same = len(turn.raw_text) == len(turn.text)
        raw = apply_mask(turn.raw_text, spans) if same else self.mask(turn.raw_text)
        return replace(turn, text=apply_mask(turn.text, spans), raw_text=raw, words=() if spans else turn.words)


def apply_mask(text: str, spans: Sequence[Span]) -> str:
    """`text` with the characters of `spans` as ＊; its length stays."""
    shown = list(text)
    for start, end in spans:
        shown[start:end] = MASK * (end - start)
    return "".join(shown)


@cache
def load_masker() -> Masker:
    """The masker of this process, over jieba's tags, from rjieba where it is installed."""
    try:
        import rjieba

        tagger = rjieba.Jieba()
        return Masker(tagger.tag)
    except ImportError:
        import jieba.posseg

        return Masker(lambda text: [(pair.word, pair.flag) for pair in jieba.posseg.cut(text)])


def _clear(span: Span, found: Sequence[Personal]) -> bool:
    return all(span[1] <= other.span[0] or other.span[1] <= span[0] for other in found)
