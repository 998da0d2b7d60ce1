"""The summary of a visit: points taken from its turns, told as a person would, and a note of at most 120 characters.

Invariant: every point names its turns, and all words of a point but its label stand in them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from nlp.summarize.ranking import choose, rank, similarities
from nlp.text.condense import condense
from nlp.types import Finding, NextStep, Summary, SummarySentence, Turn

LIMIT = 120
_SHORTEST_TURN = 6
_POINT_LIMIT = 44
_NOTE_PART = 26
_ANSWER_LIMIT = 30
_MOST_POINTS = 12
# How much a finding draws the summary to its turn, and where it is told: (weight, place in the telling, label).
_TOPICS: Mapping[str, tuple[float, int, str]] = {
    "pain_point": (3.0, 0, "痛点"),
    "buying_intent": (3.0, 1, "意向"),
    "budget_info": (4.0, 2, "预算"),
    "timeline": (3.5, 3, "时间"),
    "decision_maker": (3.5, 4, "决策"),
    "competitor_mention": (2.0, 5, "竞品"),
    "objection": (4.0, 6, "异议"),
    "churn_signal": (5.0, 7, "流失信号"),
    "commitment": (4.0, 8, "下一步"),
}
_LISTENING = 1.0
_NOTE_ORDER = ("流失信号", "异议", "下一步", "预算", "意向", "痛点", "决策", "时间", "竞品", "要点")


@dataclass(frozen=True, slots=True)
class _Point:
    """One line: where it is told, what it says, how it reads in the note, and how much it weighs there."""

    place: int
    turn: int
    label: str
    words: str
    short: str
    weight: float
    turns: tuple[int, ...]


def summarize(
    turns: Sequence[Turn],
    findings: Sequence[Finding],
    steps: Sequence[NextStep],
    *,
    titles: Mapping[str, str],
    cut: Callable[[str], Sequence[str]],
) -> Summary:
    """The summary of one visit; empty where nobody said anything worth a line.

    Args:
        findings: of the same visit.
        steps: of `next_steps` for the same visit.
        titles: Chinese names of the objection codes.
        cut: words of a text, for example `Segmenter.words`.
    """
    long_enough = [turn for turn in turns if len(turn.text.strip()) >= _SHORTEST_TURN and turn.role != "other"]
    if not long_enough:
        return Summary("")
    by_turn: dict[int, list[Finding]] = {}
    for finding in findings:
        by_turn.setdefault(finding.turn, []).append(finding)
    likeness = similarities([turn.text for turn in long_enough], cut=cut)
    scores = rank(likeness, [_pull(by_turn.get(turn.i, [])) for turn in long_enough])
    chosen = [long_enough[i] for i in choose(scores, likeness, most=_MOST_POINTS)]
    points = [point for turn in chosen if (point := _point(turn, by_turn.get(turn.i, []), titles))]
    if not points:
        points = [_plain(turn) for turn in chosen[:3]]
    points = _with_answers(points, turns, by_turn) + _steps(steps)
    points = sorted(_distinct(points), key=lambda p: (p.place, p.turn))
    sentences = tuple(SummarySentence(f"{p.label}：{p.words}", p.turns) for p in points)
    return Summary(_note(points), sentences)


def _pull(findings: Sequence[Finding]) -> float:
    """The restart weight of a turn: a little for being there, more for what was found in it."""
    return _LISTENING + sum(_TOPICS[topic][0] * f.score for f in findings if (topic := _topic(f)))


def _topic(finding: Finding) -> str | None:
    if finding.kind == "objection":
        return "objection"
    return finding.code if finding.kind == "signal" and finding.code in _TOPICS else None


def _point(turn: Turn, findings: Sequence[Finding], titles: Mapping[str, str]) -> _Point | None:
    """The weightiest fact of a turn in its own words; commitments come from the steps instead."""
    facts = [(f, topic) for f in findings if (topic := _topic(f)) and topic != "commitment"]
    if not facts:
        return None
    finding, topic = max(facts, key=lambda fact: (_TOPICS[fact[1]][0] * fact[0].score, fact[0].code))
    _, place, label = _TOPICS[topic]
    if topic == "objection":
        label = f"{label}（{titles.get(finding.code, finding.code)}）"
    words = condense(turn.text, limit=_POINT_LIMIT, focus=finding.span)
    short = condense(turn.text, limit=_NOTE_PART, focus=finding.span)
    weight = _TOPICS[topic][0] * finding.score
    return _Point(place, turn.i, label, words, short, weight, (turn.i,)) if words else None


def _plain(turn: Turn) -> _Point:
    words = condense(turn.text, limit=_POINT_LIMIT) or turn.text[:_POINT_LIMIT]
    return _Point(0, turn.i, "要点", words, condense(words, limit=_NOTE_PART), 0.0, (turn.i,))


def _with_answers(
    points: Sequence[_Point], turns: Sequence[Turn], by_turn: Mapping[int, Sequence[Finding]]
) -> list[_Point]:
    """Objections with what the rep answered within the next two turns, if that was an answer."""
    order = {turn.i: at for at, turn in enumerate(turns)}
    told: list[_Point] = []
    for point in points:
        behind = turns[order[point.turn] + 1 : order[point.turn] + 3] if point.label.startswith("异议") else ()
        answer = next((t for t in behind if any(f.code == "objection_handling" for f in by_turn.get(t.i, ()))), None)
        words = condense(answer.text, limit=_ANSWER_LIMIT) if answer else ""
        if answer and words:
            told.append(replace(point, words=f"{point.words}；答复：{words}", turns=(*point.turns, answer.i)))
        else:
            told.append(point)
    return told


def _steps(steps: Sequence[NextStep]) -> list[_Point]:
    place = _TOPICS["commitment"][1]
    sides = {"rep": "我方", "customer": "客户"}
    points = []
    for rank_of, step in enumerate(steps[:4]):
        due = f"（{step.due.month}月{step.due.day}日）" if step.due else ""
        who = f"{sides.get(step.who, '')}{due}"
        short = condense(step.what, limit=_NOTE_PART)
        points.append(_Point(place, step.turn, "下一步", f"{who}{step.what}", f"{who}{short}", -rank_of, (step.turn,)))
    return points


def _distinct(points: Sequence[_Point]) -> list[_Point]:
    """One line a fact: of two points with the same label and words the first stays."""
    kept: dict[tuple[str, str], _Point] = {}
    for point in points:
        kept.setdefault((point.label, point.words), point)
    return list(kept.values())


def _note(points: Sequence[_Point]) -> str:
    """The short form: the most important label first served, told in order, at most LIMIT characters."""
    parts: dict[int, str] = {}
    used: set[str] = set()
    size = 0
    ranked = sorted(enumerate(points), key=lambda p: (_importance(p[1].label), -p[1].weight))
    for again in (False, True):
        for at, point in ranked:
            kind = point.label.split("（")[0]
            if at in parts or (kind in used) != again:
                continue
            part = f"{point.label}：{point.short or point.words}"
            if size + len(part) + 1 <= LIMIT:
                parts[at], size = part, size + len(part) + 1
                used.add(kind)
    return "；".join(parts[at] for at in sorted(parts))


def _importance(label: str) -> int:
    kind = label.split("（", maxsplit=1)[0]
    return _NOTE_ORDER.index(kind) if kind in _NOTE_ORDER else len(_NOTE_ORDER)
