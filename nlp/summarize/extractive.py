"""The summary of a visit: points taken from its turns, told as a person would, and a note of at most 120 characters.

Invariant: every point names its turns, and all words of a point but its label stand in them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nlp.summarize.ranking import choose, rank, similarities
from nlp.summarize.salience import salience
from nlp.text.condense import condense
from nlp.types import Finding, NextStep, Summary, SummarySentence, Turn

LIMIT = 120
_SHORTEST_TURN = 6
_POINT_LIMIT = 44
_NOTE_PART = 26
_NOTE_STEP = 16
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
_WORTH_TELLING = 0.6
"""The chance of carrying a fact from which a turn is told although no label names what it says."""
_PART_COST = 20
"""What a part of the note costs beside its characters: the higher, the less a short part beats a likely one."""
_NEXT = "下一步"


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
        if finding.kind in ("objection", "signal"):  # nothing else is told, and a talk may hold thousands of keywords
            by_turn.setdefault(finding.turn, []).append(finding)
    likeness = similarities([turn.text for turn in long_enough], cut=cut)
    central = rank(likeness, [_pull(by_turn.get(turn.i, [])) for turn in long_enough])
    salient = np.asarray(salience(long_enough, by_turn, central.tolist()), dtype=np.float32)
    chosen = [(long_enough[i], float(salient[i])) for i in choose(salient, likeness, most=_MOST_POINTS)]
    points = [
        _point(turn, by_turn.get(turn.i, []), titles, weight) or _plain(turn, weight)
        for turn, weight in chosen
        if weight >= _WORTH_TELLING or any(_topic(finding) for finding in by_turn.get(turn.i, []))
    ] or [_plain(turn, weight) for turn, weight in chosen[:3]]
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


def _point(turn: Turn, findings: Sequence[Finding], titles: Mapping[str, str], weight: float) -> _Point | None:
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
    return _Point(place, turn.i, label, words, short, weight, (turn.i,)) if words else None


def _plain(turn: Turn, weight: float) -> _Point:
    words = condense(turn.text, limit=_POINT_LIMIT) or turn.text[:_POINT_LIMIT]
    return _Point(0, turn.i, "要点", words, condense(words, limit=_NOTE_PART), weight, (turn.i,))


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
        short = condense(step.what, limit=_NOTE_STEP)
        points.append(_Point(place, step.turn, _NEXT, f"{who}{step.what}", f"{who}{short}", -rank_of, (step.turn,)))
    return points


def _distinct(points: Sequence[_Point]) -> list[_Point]:
    """One line a fact: of two points with the same label and words the first stays."""
    kept: dict[tuple[str, str], _Point] = {}
    for point in points:
        kept.setdefault((point.label, point.words), point)
    return list(kept.values())


def _note(points: Sequence[_Point]) -> str:
    """The short form: the next step, then what is likeliest to matter for its length, told in order; LIMIT at most."""
    parts: dict[int, str] = {}
    size = 0
    whole = [f"{point.label}：{point.short or point.words}" for point in points]
    steps = [at for at, point in enumerate(points) if point.label == _NEXT]
    facts = [at for at in range(len(points)) if at not in steps]
    facts.sort(key=lambda at: -points[at].weight / (_PART_COST + len(whole[at])))
    for at in (*steps[:1], *facts, *steps[1:]):
        if size + len(whole[at]) + 1 <= LIMIT:
            parts[at], size = whole[at], size + len(whole[at]) + 1
    return "；".join(parts[at] for at in sorted(parts))
