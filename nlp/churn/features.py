"""What of a talk bears on losing the customer: a dozen numbers a manager could have counted by hand.

Invariant: every number is in [0, 1]; names are stable keys of the model's weights; evidence is a turn's index.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.classify.verdicts import LabelScore, TurnScores
from nlp.types import Turn

TITLES: dict[str, str] = {
    "churn_signal": "流失信号",
    "churn_signal_late": "谈到最后仍有流失信号",
    "open_objections": "异议没有得到回应",
    "objection_share": "异议密集",
    "late_objections": "谈到最后仍有异议",
    "rival": "偏向别家",
    "trust": "不信任",
    "need": "看不到需要",
    "timing": "往后拖",
    "money": "钱没有着落",
    "compliance": "销售说了越界的话",
    "intent": "购买意向",
    "intent_late": "谈到最后有购买意向",
    "customer_promise": "客户答应了下一步",
    "mutual_step": "最后约定了下一步",
    "dated": "给出了时间",
}
NAMES = tuple(TITLES)
ANSWER_WINDOW = 3
LATE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Measure:
    """One feature of a talk: its value and the turn that shows it best, None where no single turn does."""

    value: float
    turn: int | None = None


def _score(scores: TurnScores, code: str) -> float:
    found: LabelScore | None = scores.objections.get(code) or scores.signals.get(code)
    return found.score if found is not None else 0.0


def _peak(rows: Sequence[tuple[int, TurnScores]], *codes: str) -> Measure:
    best, turn = 0.0, None
    for at, scores in rows:
        for code in codes:
            value = _score(scores, code)
            if value > best:
                best, turn = value, at
    return Measure(best, turn)


def _objection(scores: TurnScores) -> float:
    return max((label.score for label in scores.objections.values()), default=0.0)


def _open_objections(turns: Sequence[Turn], scores: Sequence[TurnScores]) -> Measure:
    """How strong the strongest objection is that no rep turn within the window answers."""
    best = Measure(0.0)
    for at, own in enumerate(scores):
        strength = _objection(own)
        if strength <= best.value:
            continue
        window = range(at + 1, min(at + 1 + ANSWER_WINDOW, len(turns)))
        answered = max((_score(scores[i], "objection_handling") for i in window), default=0.0)
        best = max(best, Measure(strength * (1.0 - answered), at), key=lambda measure: measure.value)
    return best


def _share(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def measures(turns: Sequence[Turn], scores: Sequence[TurnScores]) -> dict[str, Measure]:
    """All features of a talk by name.

    Args:
        turns: one talk, in order, with roles.
        scores: what the turn models say of each.
    """
    rows = list(enumerate(scores))
    late = rows[int(len(rows) * (1.0 - LATE_SHARE)) :]
    objections = [_objection(own) for turn, own in zip(turns, scores, strict=True) if turn.role == "customer"]
    late_own = [_objection(own) for _, own in late if own.objections]
    customers = [(at, own) for at, own in rows if turns[at].role == "customer"]
    late_customers = [(at, own) for at, own in late if turns[at].role == "customer"]
    return {
        "churn_signal": _peak(rows, "churn_signal"),
        "churn_signal_late": _peak(late, "churn_signal"),
        "open_objections": _open_objections(turns, scores),
        "objection_share": Measure(_share(objections)),
        "late_objections": Measure(_share(late_own)),
        "rival": _peak(rows, "competitor"),
        "trust": _peak(rows, "trust"),
        "need": _peak(rows, "need"),
        "timing": _peak(late, "timing"),
        "money": _peak(rows, "budget"),
        "compliance": _peak(rows, "compliance_risk"),
        "intent": _peak(rows, "buying_intent"),
        "intent_late": _peak(late, "buying_intent"),
        "customer_promise": _peak(customers, "commitment"),
        "mutual_step": _peak(late, "commitment"),
        "dated": _peak(late_customers, "timeline", "commitment"),
    }
