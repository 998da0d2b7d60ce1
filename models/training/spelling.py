"""Builds the syllable table that ships with each model: which characters sound alike to a hurried ear.

Invariant: tones are dropped and the merges of southern speech and of recognisers (zh/z, ch/c, sh/s, n/ng, n/l) applied.
"""

import re

from pypinyin import lazy_pinyin

_FIRST, _LAST = 0x4E00, 0x9FA5


def merged(syllable: str) -> str:
    """A toneless syllable after the merges; `zhang` and `zan` become one."""
    syllable = re.sub(r"^([zcs])h", r"\1", syllable)
    syllable = re.sub(r"([aei])ng$", r"\1n", syllable)
    return re.sub(r"^n(?=[aeiouv])", "l", syllable)


def syllable_lines() -> list[str]:
    """One line a syllable: all characters of the common block that sound like it, in code point order."""
    groups: dict[str, list[str]] = {}
    for code in range(_FIRST, _LAST + 1):
        mark = chr(code)
        syllable = merged(lazy_pinyin(mark)[0])
        if syllable.isascii():
            groups.setdefault(syllable, []).append(mark)
    return ["".join(groups[syllable]) for syllable in sorted(groups)]
