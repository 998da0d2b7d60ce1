"""Rivals as customers mention them: names from the visit's list, and phrases that point at one without a name.

Invariant: a mention is a span of the turn; phrases are read only where the turn is already known to speak of a rival.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.types import Span

_PHRASE = re.compile(
    r"(?:别|另|另外|其他|其它|隔壁|对面|对门|原来|之前|上)(?:的|那)?(?:一|两|几)?(?:家|边)|友商|同行|竞品|"
    r"竞争对手|对家|老供应商|原供应商|"
    r"现在(?:用的)?(?:那|这)?(?:家|个)|现在用的|人家"
)
_NAMED = re.compile(
    r"(?:在用|用的是|换成|换到|找了|还有|对比|选|跟|比|叫)(?P<name>[一-龥A-Za-z]{2,4}?)(?=那家|那边|的(?:报价|"
    r"价格|设备|产品|方案)|家的)"
)
_NO_NAME = re.compile(r"我们|你们|他们|人家|这个|那个|以前|原来|现在|之前|自己|什么|哪|别|另|老板|领导|客户|其他")


@dataclass(frozen=True, slots=True)
class RivalMention:
    """A rival in a turn; `name` is empty where only a phrase points at it."""

    name: str
    span: Span
    rule: str


def find_rivals(text: str, names: Sequence[str], *, about_rivals: bool = False) -> list[RivalMention]:
    """Rivals mentioned in `text`, in order, without overlap.

    Args:
        names: the visit's known rivals; matched as written, letter case aside.
        about_rivals: whether the turn is known to speak of a rival; only then phrases count (人家, 另一家).
    """
    if not names and not about_rivals:
        return []
    lowered = text.lower()
    found: list[RivalMention] = []
    for name in sorted(filter(None, names), key=len, reverse=True):
        for match in re.finditer(re.escape(name.lower()), lowered):
            _add(found, RivalMention(name, match.span(), "listed"))
    if about_rivals:
        for match in _NAMED.finditer(text):
            if not _NO_NAME.search(match["name"]):
                _add(found, RivalMention(match["name"], match.span("name"), "named"))
        for match in _PHRASE.finditer(text):
            _add(found, RivalMention("", match.span(), "phrase"))
    return sorted(found, key=lambda m: m.span)


def _add(found: list[RivalMention], mention: RivalMention) -> None:
    start, end = mention.span
    if all(end <= other.span[0] or other.span[1] <= start for other in found):
        found.append(mention)
