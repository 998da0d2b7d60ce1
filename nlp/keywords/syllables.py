"""Characters to merged syllables, one code point each, so that what sounds alike compares equal.

Why: recognisers write 丰谷电价 for 峰谷电价, and Mandarin speakers merge zh/z, ch/c, sh/s, -ng/-n and n/l. Invariant:
the translated text has the length of the text, so offsets stay.
Source: text.md, section 2 (f/h and r/l merges add false hits and no recall, hence not here).
"""

from collections.abc import Mapping
from dataclasses import dataclass

_FIRST, _LAST = 0x4E00, 0x9FA5
_PRIVATE = 0xE000
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_FINALS = (("ing", "in"), ("eng", "en"), ("ang", "an"))


@dataclass(frozen=True, slots=True)
class Syllables:
    """The table from characters to syllable code points; build it with `load_syllables`."""

    table: Mapping[int, str]
    codes: Mapping[str, str]

    def of_text(self, text: str) -> str:
        """`text` with every Han character as its merged syllable, other characters unchanged; same length."""
        return text.translate(self.table)

    def of_term(self, term: str) -> tuple[str, ...]:
        """The syllables a term may have: character by character, and as pypinyin reads the whole word."""
        from pypinyin import lazy_pinyin

        plain = self.of_text(term)
        read = lazy_pinyin(list(term) if not term.isascii() else term)
        whole = lazy_pinyin(term) if len(read) == len(term) else read
        if len(whole) != len(term):
            return (plain,)
        in_context = "".join(self.codes.get(merge(s), c) for s, c in zip(whole, term, strict=True))
        return (plain,) if in_context == plain else (plain, in_context)


def merge(syllable: str) -> str:
    """A toneless syllable with the mergers of Mandarin speech.

    >>> merge("zheng"), merge("ning"), merge("shang")
    ('zen', 'lin', 'san')
    """
    for initial, to in _INITIALS:
        if syllable.startswith(initial) and len(syllable) > len(initial):
            syllable = to + syllable[len(initial) :]
            break
    for final, to in _FINALS:
        if syllable.endswith(final):
            return syllable[: -len(final)] + to
    return syllable


def load_syllables() -> Syllables:
    """The table for the 20,902 characters of the basic block, from pypinyin's own data; takes 0.2 s."""
    from pypinyin import lazy_pinyin

    characters = [chr(code) for code in range(_FIRST, _LAST + 1)]
    read = lazy_pinyin(characters)
    names = [merge(syllable) if syllable.isascii() and syllable.isalpha() else "" for syllable in read]
    codes = {name: chr(_PRIVATE + i) for i, name in enumerate(sorted(set(names) - {""}))}
    table = {ord(char): codes[name] for char, name in zip(characters, names, strict=True) if name}
    return Syllables(table, codes)
