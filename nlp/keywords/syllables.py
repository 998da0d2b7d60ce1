"""Characters to merged syllables, one code point each, so that what sounds alike compares equal.

Why: recognisers write 丰谷电价 for 峰谷电价, and Mandarin speakers merge zh/z, ch/c, sh/s, -ng/-n and n/l. Invariant:
the translated text has the length of the text, so offsets stay.
Source: text.md, section 2 (f/h and r/l merges add false hits and no recall, hence not here).
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from nlp.classify.vocabulary import Vocabulary

FIRST, LAST = 0x4E00, 0x9FA5
"""The basic block: the characters with a syllable."""
FOLDER = Path(__file__).parent / "sounds"
FILES = ("characters.txt", "words.txt", "readings.txt")
"""Syllable and its characters; words, ascending; words with a reading that their characters alone do not have."""
_PRIVATE = 0xE000
_RARE = ((0x3007, 0x3007), (0x3400, 0x4DBF), (LAST + 1, 0x9FFF), (0xE815, 0xE864), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
"""Han characters outside the basic block: pypinyin itself reads a term that holds one."""
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_FINALS = (("ing", "in"), ("eng", "en"), ("ang", "an"))


@dataclass(frozen=True, slots=True)
class Syllables:
    """The table from characters to syllable code points; build it with `load_syllables`.

    `words` are pypinyin's, ascending; `readings` the syllables of those that their characters alone would not give.
    """

    table: Mapping[int, str]
    codes: Mapping[str, str]
    words: Sequence[str] = ()
    readings: Mapping[str, str] = field(default_factory=dict)

    def of_text(self, text: str) -> str:
        """`text` with every Han character as its merged syllable, other characters unchanged; same length."""
        return text.translate(self.table)

    def of_term(self, term: str) -> tuple[str, ...]:
        """The syllables a term may have: character by character, and as pypinyin reads the whole word."""
        plain = self.of_text(term)
        in_context = self._in_context(term)
        return (plain,) if in_context is None or in_context == plain else (plain, in_context)

    def _in_context(self, term: str) -> str | None:
        """The syllables of the words in `term`; None where letters or digits stand together, for they have none."""
        if any(first <= ord(char) <= last for char in term for first, last in _RARE):
            return self._asked(term)
        read = ""
        for is_han, run in groupby(term, key=lambda char: FIRST <= ord(char) <= LAST):
            said = "".join(run)
            if is_han:
                read += "".join(self.readings.get(word) or self.of_text(word) for word in self._cut(said))
            elif len(said) > 1:
                return None
            else:
                read += self.codes.get(merge(said), said)
        return read

    def _cut(self, run: str) -> list[str]:
        """The longest words from the left; what only begins one is read character by character, as pypinyin does."""
        cut: list[str] = []
        while run:
            longest, begins = 0, True
            for size in range(1, len(run) + 1):
                at = bisect_left(self.words, run[:size])
                found = self.words[at] if at < len(self.words) else ""
                begins = found.startswith(run[:size])
                if not begins:
                    break
                longest = size if found == run[:size] else longest
            if begins and not longest:
                return [*cut, *run]
            cut.append(run[: longest or 1])
            run = run[longest or 1 :]
        return cut

    def _asked(self, term: str) -> str | None:
        """As `_in_context`, from pypinyin itself."""
        from pypinyin import lazy_pinyin

        read = lazy_pinyin(term)
        if len(read) != len(term):
            return None
        return "".join(self.codes.get(merge(name), char) for name, char in zip(read, term, strict=True))


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
    """The table for the 20,902 characters of the basic block, as `models.training.sounds` wrote it down."""
    characters, words, readings = ((FOLDER / name).read_text(encoding="utf-8") for name in FILES)
    table, codes = {}, {}
    for code, line in enumerate(characters.splitlines(), _PRIVATE):
        name, _, alike = line.partition(" ")
        codes[name] = chr(code)
        table.update(dict.fromkeys(map(ord, alike), chr(code)))
    read = {}
    for line in readings.splitlines():
        word, *names = line.split(" ")
        read[word] = "".join(codes.get(name, name) for name in names)
    return Syllables(table, codes, Vocabulary.of_lines(words.rstrip("\n")), read)
