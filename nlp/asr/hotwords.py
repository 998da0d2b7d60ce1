"""Which terms an engine is asked to listen for, and the prompt that asks for Simplified, punctuated text.

Invariant: the choice keeps the caller's order of importance and never exceeds the limits below, because too many hot
words damage the text they should improve.
"""

import unicodedata
from collections.abc import Callable, Iterable

# Nobody says this in a visit, so that its echo can be told from speech.
PROMPT_ZH = "以下是普通话的句子，带有标点符号。"
MAX_HOTWORDS = 100
MAX_TERM_CHARS = 20
SEPARATOR = "，"


def select_hotwords(terms: Iterable[str], *, limit: int = MAX_HOTWORDS) -> list[str]:
    """The first `limit` distinct usable terms, in the order given (the most important first).

    Left out: empty terms, single characters (they bias everything), terms over 20 characters (they are sentences) and
    terms with control characters. Width and case variants count as one term; the first spelling stays.
    """
    chosen: dict[str, str] = {}
    for term in terms:
        text = unicodedata.normalize("NFKC", term).strip()
        if not 2 <= len(text) <= MAX_TERM_CHARS or any(unicodedata.category(c).startswith("C") for c in text):
            continue
        chosen.setdefault(text.casefold(), text)
        if len(chosen) == limit:
            break
    return list(chosen.values())


def fit_hotwords(hotwords: Iterable[str], *, count_tokens: Callable[[str], int], budget: int) -> str:
    """As many leading hot words as fit into `budget` tokens, joined for the prompt; empty when none fits.

    Args:
        count_tokens: the engine's tokenizer; called with the joined text.
        budget: tokens that may be spent; Whisper's own limit of 223 leaves too little room for the answer.
    """
    joined = ""
    for word in hotwords:
        longer = f"{joined}{SEPARATOR}{word}" if joined else word
        if count_tokens(longer) > budget:
            break
        joined = longer
    return joined
