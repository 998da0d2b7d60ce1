"""How many of a visit's facts our summary tells, beside its first turns and plain TextRank of the same length.

Invariant: the summary is made from what models said that had not learnt the visit; a second row gives the models as
shipped, which have, and is there to show the difference.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import yaml
from numpy.typing import NDArray

from models.training.corpus import Conversation
from models.training.fact_ways import by_text_rank, cited_by_note, cited_by_points, points_size, within
from models.training.facts import AnnotatedVisit, coverage, place_of, told
from models.training.labels import TAXONOMY, TrainedLabel
from models.training.turns import TurnRun, calls
from nlp.classify import TurnModels
from nlp.classify.verdicts import LabelKind, LabelScore, TurnScores
from nlp.detect import commitment_findings, ground, label_findings
from nlp.extract.next_steps import next_steps
from nlp.summarize.extractive import summarize
from nlp.text.condense import condense
from nlp.types import Finding, NextStep, Summary, Turn, VisitContext

Cut = Callable[[str], Sequence[str]]
Told = dict[str, list[NDArray[np.float64]]]
NEVER, ALWAYS = 2.0, 0.0
_NO_DAY = date(2026, 1, 1)
SHORTENED = {"note": 26, "points": 44}
"""Characters to which our summary shortens a turn in each of its forms."""
OURS, SHIPPED = "our summary", "our summary, models as shipped"
SIMPLE = ("first turns", "TextRank", "first turns, each condensed", "TextRank, each condensed")


@dataclass(frozen=True, slots=True)
class HeardVisit:
    """An annotated visit with its turns' scores, by models that had not learnt it and by the shipped ones."""

    visit: AnnotatedVisit
    turns: Sequence[Turn]
    scores: Sequence[TurnScores]
    shipped: Sequence[TurnScores]


def titles_of_objections() -> dict[str, str]:
    """The Chinese names that stand in the summary's labels."""
    files = sorted((TAXONOMY / "objections").glob("*.yaml"))
    return {(one := yaml.safe_load(path.read_text(encoding="utf-8")))["id"]: one["title"] for path in files}


def summary_of(
    turns: Sequence[Turn], scores: Sequence[TurnScores], day: str, *, titles: Mapping[str, str], cut: Cut
) -> tuple[Summary, tuple[NextStep, ...], tuple[Finding, ...]]:
    """Summary, steps and findings of one visit, made as the pipeline makes them from the turns' scores."""
    context = VisitContext("facts", date.fromisoformat(day) if day else _NO_DAY)
    found: list[Finding] = []
    for turn, own in zip(turns, scores, strict=True):
        labels = label_findings(turn, own, visit_id=context.visit_id, version="measured")
        found += [*labels, *commitment_findings(turn, labels, context=context)]
    findings, _ = ground(found, turns)
    steps = next_steps(findings)
    return summarize(turns, findings, steps, titles=titles, cut=cut), steps, findings


def unlearnt(
    shipped: Sequence[TurnScores], said: NDArray[np.float64], called: NDArray[np.bool_], labels: Sequence[TrainedLabel]
) -> list[TurnScores]:
    """Scores of one visit by models that had not learnt it; spans stay those of the shipped models' explanation.

    Args:
        shipped: what the shipped models say of the same turns.
        said: out-of-fold scores, [turns, labels].
        called: whether they reach the threshold of the other folds, [turns, labels].
        labels: in the order of the columns.
    """
    columns = {(label.kind, label.code): k for k, label in enumerate(labels)}

    def swap(row: int, kind: LabelKind, own: Mapping[str, LabelScore]) -> dict[str, LabelScore]:
        swapped: dict[str, LabelScore] = {}
        for code, label in own.items():
            k = columns[kind, code]
            border = ALWAYS if called[row, k] else NEVER
            swapped[code] = label._replace(score=float(said[row, k]), threshold=border)
        return swapped

    return [
        TurnScores(swap(row, "objection", own.objections), swap(row, "signal", own.signals))
        for row, own in enumerate(shipped)
    ]


def turns_of(talk: Conversation) -> list[Turn]:
    """A labelled talk as the pipeline's turns."""
    return [Turn(i, one.text, one.role, 1.0) for i, one in enumerate(talk.turns)]


def simple_ways(turns: Sequence[Turn], budget: int, *, shorten_to: int, cut: Cut) -> dict[str, set[int]]:
    """What each simple way cites within `budget` characters: whole turns, then turns condensed as ours are."""
    ranked = by_text_rank(turns, cut=cut)

    def short(text: str) -> str:
        return condense(text, limit=shorten_to)

    cited = (within(turns, budget), within(ranked, budget))
    return dict(
        zip(SIMPLE, (*cited, within(turns, budget, shorten=short), within(ranked, budget, shorten=short)), strict=True)
    )


def fact_figures(
    visits: Sequence[AnnotatedVisit],
    conversations: Sequence[Conversation],
    run: TurnRun,
    *,
    models: TurnModels,
    labels: Sequence[TrainedLabel],
    cut: Cut,
) -> dict[str, object]:
    """Everything `models/summary/metrics.json` holds.

    Args:
        visits: annotated by hand.
        conversations: the corpus, in the order of `run`.
        run: turn models measured out of fold.
        models: the shipped ones.
        labels: of both.
        cut: words of a text.
    """
    probabilities, called = run.probabilities(), calls(run)
    starts = np.cumsum([0, *(len(talk.turns) for talk in conversations)])
    heard: list[HeardVisit] = []
    for visit in visits:
        at = place_of(visit, conversations)
        rows = slice(starts[at], starts[at + 1])
        turns = turns_of(conversations[at])
        shipped = models.score(turns)
        heard.append(HeardVisit(visit, turns, unlearnt(shipped, probabilities[rows], called[rows], labels), shipped))
    return figures_of(heard, cut=cut)


def figures_of(heard: Sequence[HeardVisit], *, cut: Cut) -> dict[str, object]:
    """Coverage of every way in both forms, over all visits and over those that no weight of the summary was fitted on.

    Args:
        heard: in the order of the annotations; the summary's weights were fitted on those at even places.
        cut: words of a text.
    """
    titles = titles_of_objections()
    forms: dict[str, Told] = {"note": {}, "points": {}}
    sizes: dict[str, list[int]] = {"note": [], "points": []}
    steps_told: list[NDArray[np.float64]] = []
    for one in heard:
        visit, turns = one.visit, one.turns
        wanted = [fact.turns for fact in visit.facts]
        summary, steps, _ = summary_of(turns, one.scores, visit.day, titles=titles, cut=cut)
        known, _, _ = summary_of(turns, one.shipped, visit.day, titles=titles, cut=cut)
        of_form = {
            "note": (len(summary.text), cited_by_note(summary, turns), cited_by_note(known, turns)),
            "points": (points_size(summary), cited_by_points(summary), cited_by_points(known)),
        }
        for form, (size, ours, theirs) in of_form.items():
            simple = simple_ways(turns, size, shorten_to=SHORTENED[form], cut=cut)
            sizes[form].append(size)
            for way, cited in {OURS: ours, SHIPPED: theirs, **simple}.items():
                forms[form].setdefault(way, []).append(told(wanted, cited))
        steps_told.append(told([step.turns for step in visit.steps], [step.turn for step in steps]))
    return {
        "visits": len(heard),
        "facts": sum(len(one.visit.facts) for one in heard),
        "next_steps": {"annotated": sum(len(one.visit.steps) for one in heard), **coverage(steps_told)},
        **{form: form_figures(ways, sizes[form]) for form, ways in forms.items()},
        "held_out": {
            form: form_figures({way: values[1::2] for way, values in ways.items()}, sizes[form][1::2])
            for form, ways in forms.items()
        },
    }


def form_figures(ways: Told, sizes: Sequence[int]) -> dict[str, object]:
    """Coverage of each way, and how far ours (unlearnt) lies above each simple one in the same visits."""
    ahead = {
        way: coverage([ours - theirs for ours, theirs in zip(ways[OURS], ways[way], strict=True)]) for way in SIMPLE
    }
    return {
        "characters": {"mean": round(float(np.mean(sizes)), 1), "most": max(sizes)},
        "coverage": {way: coverage(values) for way, values in ways.items()},
        "ahead_of": ahead,
    }
