"""A turn in fewer of its own words: fillers gone, whole clauses kept.

Why: summaries and next steps must read like notes and still be the speaker's words. Invariant: every character of the
result stands in the text, in the same order, and the result is at most `limit` characters.
"""

import re

from nlp.text.sentences import split_clauses
from nlp.types import Span

# What opens speech wherever it stands, and what does so only as a clause of its own or before a pronoun.
_LEAD = re.compile(
    r"^(?:嗯+|呃+|啊+|哦+|噢|哎+呀?|唉|诶|喂|嘿+|那(?:个|么|就|行|好)?(?!边|家|天|台|批|种|时|份|次|位|儿|些|"
    r"两|三|几|样)|"
    r"就是说?|然后呢?|其实|反正|所以(?:说)?|我(?:跟|给)?你(?:说|讲|直说)吧?|说实话|说白了|老实说|"
    r"(?:好(?:的|嘞|吧|啊)?|行(?:吧|啊)?|成|得嘞|要得|中|没问题|明白了?)(?=那我|那就|我|咱|您|你|明天|今天|后天|下周))+"
)
_EMPTY = re.compile(
    r"(?:[嗯呃啊哦噢哎唉诶喂嘿哈呀]|好(?:的|嘞|吧|啊|好)*|行(?:行|吧|啊|嘞)*|成|得嘞|要得|中|对(?:对|吧|啊|"
    r"的)*|是(?:是|的|啊|吧)*|没问题|没事|没错|"
    r"明白了?|可以|收到|谢谢您?|放心|您放心|这样吧?|这么着|不过|但是|然后|你看|您看|你等下|怎么说呢|那个?|"
    r"这个|不急|不敢)+"
)
_FILLER = re.compile(
    r"嗯+|呃+|(?:那个|这个)(?=那个|这个|，|,|\s)|就是说|你知道吧|是吧(?=，|,|$)|对吧(?=，|,|$)|哈哈+|怎么说呢"
)
_TAIL = re.compile(r"[，,。！!？?；;、：:…\s]*(?:吧|啊|呀|呢|哈|嘛|哦|噢|喽|哟)?[，,。！!？?；;、：:…\s]*$")


def condense(text: str, *, limit: int, focus: Span | None = None) -> str:
    """`text` without fillers, cut to whole clauses around `focus`, at most `limit` characters.

    Args:
        limit: at least 4; a single clause that is longer is cut and ends in …
        focus: the words that matter; the beginning when None.
    """
    pieces = [(clean, span) for span in split_clauses(text) if (clean := _clean(text[slice(*span)]))]
    if not pieces:
        return ""
    at = next((i for i, (_, span) in enumerate(pieces) if focus and span[0] < focus[1] and focus[0] < span[1]), 0)
    kept = [at]
    size = len(pieces[at][0])
    for i in _nearest_first(at, len(pieces), whole=focus is None):
        longer = size + 1 + len(pieces[i][0])
        if longer <= limit and (i - 1 in kept or i + 1 in kept):
            kept.append(i)
            size = longer
    joined = "，".join(pieces[i][0] for i in sorted(kept))
    return joined if len(joined) <= limit else joined[: limit - 1] + "…"


def _nearest_first(at: int, count: int, *, whole: bool) -> list[int]:
    """The other clauses: those behind first, then those before (what follows usually completes the thought)."""
    behind, before = list(range(at + 1, count)), list(range(at - 1, -1, -1))
    return behind + before if whole else behind[:2] + before


def _clean(clause: str) -> str:
    """A clause without what opens, fills and closes speech."""
    clause = _FILLER.sub("", clause)
    if _EMPTY.fullmatch(clause):
        return ""
    stripped = _LEAD.sub("", clause)
    stripped = _TAIL.sub("", stripped if len(stripped) > 1 else clause)
    return stripped if any(char.isalnum() for char in stripped) else ""
