"""Traditional to Simplified, with every offset kept.

Why: models, packs and rules speak Simplified, quotes must point into what was said. Invariant: the folded text has the
length of the original; a line whose length would change stays as it is.
"""

import re
from dataclasses import dataclass
from typing import Protocol

# Full-width digits, letters and signs, and the ideographic space, to their ASCII twins: one character to one.
_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5}
# Chinese sentence signs keep their shape: sentence splitting and quotes rely on them.
_KEEP = frozenset("，。！？：；（）～")
_FOLD_WIDTH = {code: to for code, to in _WIDTH.items() if chr(code) not in _KEEP}
# Most turns hold none of them, and looking costs a tenth of translating.
_WIDE = re.compile(f"[{''.join(re.escape(chr(code)) for code in _FOLD_WIDTH)}]")


class Converter(Protocol):
    """A script converter such as OpenCC."""

    def convert(self, text: str) -> str:
        """The converted text; its length may differ."""
        ...


@dataclass(frozen=True, slots=True)
class ScriptFolder:
    """Folds text to Simplified; build it once with `load_folder`."""

    converter: Converter

    def fold(self, text: str) -> str:
        """`text` in Simplified characters, or `text` itself where the conversion would move an offset."""
        if text.isascii():
            return text
        folded = self.converter.convert(text)
        return folded if len(folded) == len(text) else text


def load_folder() -> ScriptFolder:
    """A folder with OpenCC's t2s tables: single characters only, so that offsets stay (text.md, section 3)."""
    import opencc

    return ScriptFolder(opencc.OpenCC("t2s"))


def fold_width(text: str) -> str:
    """`text` with full-width digits, letters and signs as ASCII, same length; Chinese sentence signs stay."""
    return text.translate(_FOLD_WIDTH) if _WIDE.search(text) else text
