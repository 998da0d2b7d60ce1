"""Terms that get in each other's way, said at start-up so that an expert can decide.

Invariant: a finding names both terms and the packs they stand in; nothing is changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from nlp.keywords.pack import KeywordPack, Term
from nlp.keywords.resources import Lexicon

CollisionKind = Literal["same_spelling", "same_sound", "sounds_like_word"]


@dataclass(frozen=True, slots=True)
class Collision:
    """`term` of `pack` cannot be told from `other` (of `other_pack`; empty where `other` is a dictionary word)."""

    kind: CollisionKind
    term: str
    pack: str
    other: str
    other_pack: str = ""


def find_collisions(packs: Sequence[KeywordPack], *, lexicon: Lexicon, words: Iterable[str] = ()) -> list[Collision]:
    """Terms of different meaning with one spelling or one sound, in the order of the packs.

    Args:
        words: common words to compare the sounds of two-character terms with (立项 against 理想); none by default.
    """
    spellings: dict[str, tuple[Term, str]] = {}
    sounds: dict[str, tuple[str, Term, str]] = {}
    found: list[Collision] = []
    for pack in packs:
        for term in pack.terms:
            for spelling in (term.text, *term.aliases):
                key = lexicon.fold(spelling)
                first = spellings.setdefault(key, (term, pack.id))
                if first[0].text != term.text:
                    found.append(Collision("same_spelling", spelling, pack.id, first[0].text, first[1]))
                    continue
                if len(key) < 3 and not term.pinyin:
                    continue
                sound = lexicon.syllables.of_text(key)
                heard = sounds.setdefault(sound, (key, term, pack.id))
                if heard[1].text != term.text and heard[0] != key:
                    found.append(Collision("same_sound", spelling, pack.id, heard[0], heard[2]))
    return found + list(_like_words(sounds, words, lexicon))


def _like_words(
    sounds: dict[str, tuple[str, Term, str]], words: Iterable[str], lexicon: Lexicon
) -> Iterable[Collision]:
    for word in words:
        heard = sounds.get(lexicon.syllables.of_text(lexicon.fold(word)))
        if heard and heard[0] != word:
            yield Collision("sounds_like_word", heard[0], heard[2], word)
