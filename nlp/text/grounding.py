"""Where a quote stands in its turn: quote or nothing.

Why: language models and people re-type signs and spaces; a claim counts only when its words are found. Invariant: a
returned span is inside the text, and its letters and digits are the quote's.
"""

from nlp.text.script import fold_width
from nlp.types import Span


def find_span(quote: str, text: str) -> Span | None:
    """The first place of `quote` in `text`, or None.

    Exact first; then ignoring white space, signs, letter case and the width of characters. A quote without a letter,
    digit or Han character is found only exactly.
    """
    if not quote:
        return None
    exact = text.find(quote)
    if exact >= 0:
        return exact, exact + len(quote)
    wanted, _ = _bones(quote)
    bones, places = _bones(text)
    at = bones.find(wanted) if wanted else -1
    if at < 0:
        return None
    return places[at], places[at + len(wanted) - 1] + 1


def _bones(text: str) -> tuple[str, list[int]]:
    """The letters, digits and Han characters of `text`, folded, and the offset of each."""
    kept = [(char, i) for i, char in enumerate(_lower(fold_width(text))) if char.isalnum()]
    return "".join(char for char, _ in kept), [i for _, i in kept]


def _lower(text: str) -> str:
    """Lower case without a change of length (İ lowers to two code points and stays)."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
