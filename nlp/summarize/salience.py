"""How likely a turn carries something that a manager wants to know, from a handful of things anybody could count.

Why: centrality alone prefers what is often repeated, findings alone miss what no label names; long turns of the
customer with a figure in them carry most facts, promises are told as next steps. Invariant: in (0, 1), deterministic.
Source: logistic weights fitted on 20 of the 40 annotated visits of `models/corpus/facts_1.jsonl` (those at even places)
with turn scores out of fold, rounded to one digit; the other 20 judge (`models/summary/card.md`).
"""

import math
import re
from collections.abc import Mapping, Sequence

from nlp.types import Finding, Turn

_BIAS = -5.3
_LENGTH, _FIGURE, _CUSTOMER, _CENTRAL, _PLACE = 1.1, 1.1, 0.9, 0.3, 0.2
_FOUND: Mapping[str, float] = {
    "objection": 0.8,
    "timeline": 0.6,
    "pain_point": 0.4,
    "budget_info": 0.3,
    "commitment": -1.0,
}
_LONGEST = 80
"""Longer turns are no more likely to matter, only to have been heard as one."""
_FIGURE_TWICE = re.compile("[0-9一二三四五六七八九十百千万两半].*[0-9一二三四五六七八九十百千万两半]", re.DOTALL)


def salience(turns: Sequence[Turn], by_turn: Mapping[int, Sequence[Finding]], central: Sequence[float]) -> list[float]:
    """The chance that each turn carries a fact, one a turn.

    Args:
        turns: of one talk, in order.
        by_turn: findings by turn.
        central: how central each turn is, summing to 1 (`nlp.summarize.ranking.rank`).
    """
    return [
        _chance(turn, by_turn.get(turn.i, ()), central=share * len(turns), place=at / len(turns))
        for at, (turn, share) in enumerate(zip(turns, central, strict=True))
    ]


def _chance(turn: Turn, findings: Sequence[Finding], *, central: float, place: float) -> float:
    found: dict[str, float] = {}
    for finding in findings:
        topic = "objection" if finding.kind == "objection" else finding.code if finding.kind == "signal" else ""
        if topic:
            found[topic] = max(found.get(topic, 0.0), finding.score)
    odds = (
        _BIAS
        + _LENGTH * math.log(max(1, min(len(turn.text), _LONGEST)))
        + _FIGURE * (_FIGURE_TWICE.search(turn.text) is not None)
        + _CUSTOMER * (turn.role == "customer")
        + _CENTRAL * central
        + _PLACE * place
        + sum(weight * found.get(topic, 0.0) for topic, weight in _FOUND.items())
    )
    return 1.0 / (1.0 + math.exp(-odds))
