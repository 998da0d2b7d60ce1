"""One spelling for what sounds or looks the same, so that a model sees words and not typing habits.

Invariant: both maps are one code point to one code point; an offset in the folded text is an offset in the original.
"""

import re
from collections.abc import Mapping

START, END = "^", "$"
_DIGIT = "0"
_CLAUSE = re.compile(r"[^。！？；!?;，,…\n]+")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PUNCTUATION = {
    "。": ".",
    "、": ",",
    "…": "~",
    "—": "~",
    "“": '"',
    "”": '"',
    "‘": '"',
    "’": '"',
    "「": '"',
    "」": '"',
    "《": '"',
    "》": '"',
    "【": "(",
    "】": ")",
    "·": ".",
    "～": "~",
    "　": ",",
    " ": ",",
    "\t": ",",
    "\n": ",",
    "\r": ",",
}


def folding_table() -> Mapping[int, int]:
    """The `str.translate` table of `fold`: half width, small letters, digits to 0, blanks to commas."""
    table: dict[int, int] = {}
    for code in (*_FULL_WIDTH, *range(0x21, 0x7F)):
        half = chr(_FULL_WIDTH.get(code, code)).lower()
        table[code] = ord(_DIGIT if half.isdigit() else half)
    table.update({ord(mark): ord(to) for mark, to in _PUNCTUATION.items()})
    return table


def fold(text: str, table: Mapping[int, int]) -> str:
    """`text` folded by `table` (see `folding_table`), of the same length.

    >>> fold("ＡＢ１２,好。", folding_table())
    'ab00,好.'
    """
    return text.translate(table)


def clauses(text: str) -> list[tuple[int, int]]:
    """Spans of the stretches between punctuation marks of `text`, covering all but the marks; never empty spans."""
    return [found.span() for found in _CLAUSE.finditer(text)]
