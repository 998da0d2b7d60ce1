"""Figures of the measured models as plain values, ready for `metrics.json`, the cards and the quality table.

Invariant: every figure is out of fold, with thresholds and calibration of other folds where a decision is counted.
"""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from models.training.churn import LEVELS, ChurnRun
from models.training.churn import macro_f1 as level_macro_f1
from models.training.corpus import SINGLE
from models.training.labels import TrainedLabel
from models.training.plots import reliability_points
from models.training.roles import RoleRun
from models.training.triage import TriageRun
from models.training.turns import TurnRun, calls
from nlp.evaluation import (
    LabelReport,
    average_precision,
    expected_calibration_error,
    label_report,
    macro_f1_interval,
    mean_interval,
)
from nlp.evaluation import macro_f1 as mean_f1
from nlp.roles.model import ROLE_ORDER

Figures = dict[str, object]
FIRST_BATCHES = 10
"""Files numbered below this are the founding corpus: one author a file, none of whom wrote the later batches."""


def is_talk(sources: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Which turns come from talks, as opposed to single sentences; only these judge."""
    return np.asarray([not source.startswith(SINGLE) for source in sources])


def is_founding(sources: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Which rows come from the founding corpus."""
    return np.asarray([int(source.rsplit("_", 1)[1]) < FIRST_BATCHES for source in sources])


def rounded(value: float) -> float:
    """Four digits are more than the data can tell."""
    return round(float(value), 4)


def turn_reports(
    run: TurnRun, labels: Sequence[TrainedLabel], judged: NDArray[np.bool_]
) -> dict[str, tuple[TrainedLabel, LabelReport]]:
    """Per code, the counts over `judged` turns whose role can carry it."""
    called = calls(run)
    reports: dict[str, tuple[TrainedLabel, LabelReport]] = {}
    for k, label in enumerate(labels):
        own = run.allowed[:, k] & judged
        report = label_report(called[own, k], run.table.gold[own, k], run.table.conversation[own])
        reports[label.code] = (label, report)
    return reports


def macro(reports: dict[str, tuple[TrainedLabel, LabelReport]]) -> dict[str, float]:
    """Macro-F1 of objections and of signals."""
    kinds: tuple[str, ...] = ("objection", "signal")
    return {
        kind: rounded(mean_f1([report for label, report in reports.values() if label.kind == kind])) for kind in kinds
    }


def macro_intervals(run: TurnRun, labels: Sequence[TrainedLabel], judged: NDArray[np.bool_]) -> dict[str, list[float]]:
    """95% intervals of the macro-F1 of objections and of signals, resampled by conversation."""
    spoken = run.allowed & judged[:, None]
    called, gold = (calls(run) & spoken)[judged], (run.table.gold & spoken)[judged]
    found = {}
    for kind in ("objection", "signal"):
        own = np.flatnonzero([label.kind == kind for label in labels])
        interval = macro_f1_interval(called[:, own], gold[:, own], run.table.conversation[judged])
        found[kind] = [rounded(bound) for bound in interval]
    return found


def turn_figures(run: TurnRun, labels: Sequence[TrainedLabel], judged: NDArray[np.bool_] | None = None) -> Figures:
    """Everything `models/turns/metrics.json` holds but the comparison.

    Args:
        run: the measured model.
        labels: its columns.
        judged: which turns to count; by default those on which all its opinions were heard.
    """
    talk = is_talk(run.table.sources) & (run.judged if judged is None else judged)
    scores, reports = run.probabilities(), turn_reports(run, labels, talk)
    per_label: Figures = {}
    for k, (code, (label, report)) in enumerate(reports.items()):
        own = run.allowed[:, k] & talk
        per_label[code] = {
            **{name: rounded(value) for name, value in asdict(report).items()},
            "kind": label.kind,
            "average_precision": rounded(average_precision(scores[own, k], run.table.gold[own, k])),
            "ece": rounded(expected_calibration_error(scores[own, k], run.table.gold[own, k])),
        }
    every = run.allowed & talk[:, None]
    return {
        "turns": len(talk),
        "judged_turns": int(talk.sum()),
        "macro_f1": macro(reports),
        "macro_f1_95": macro_intervals(run, labels, talk),
        "macro_f1_founding": macro(turn_reports(run, labels, talk & is_founding(run.table.sources))),
        "macro_f1_founding_95": macro_intervals(run, labels, talk & is_founding(run.table.sources)),
        "ece": rounded(expected_calibration_error(scores[every], run.table.gold[every])),
        "labels": per_label,
        "reliability": {
            f"{kind}s": reliability_points(scores[every & own], run.table.gold[every & own])
            for kind in ("objection", "signal")
            for own in [np.asarray([label.kind == kind for label in labels])]
        },
    }


def role_figures(run: RoleRun) -> Figures:
    """Accuracy over all talks and over whole visits, and recall per role."""
    visits = np.asarray([source.startswith("visits_") for source in run.table.sources])
    everywhere = np.ones(len(run.gold), dtype=bool)
    chosen = run.scores.argmax(axis=1)
    return {
        "turns": len(run.gold),
        "accuracy": rounded(run.accuracy(everywhere)),
        "accuracy_95": [rounded(b) for b in mean_interval((chosen == run.gold).astype(float), run.table.conversation)],
        "accuracy_visits": rounded(run.accuracy(visits)),
        "recall": {
            role: rounded((chosen == k)[run.gold == k].mean()) for k, role in enumerate(ROLE_ORDER) if k in run.gold
        },
        "ece": rounded(expected_calibration_error(run.scores.max(axis=1), chosen == run.gold)),
        "reliability": {"likeliest role": reliability_points(run.scores.max(axis=1), chosen == run.gold)},
    }


def triage_figures(run: TriageRun) -> Figures:
    """Precision, recall and F1 of stepping in, over all messages and over the founding ones."""
    scores, gold = run.stepping_in()
    called = run.calls()
    groups = np.arange(len(gold)) // 4
    founding = is_founding(run.sources)
    report = label_report(called, gold, groups)
    of_founding = label_report(called[founding], gold[founding], groups[founding])
    return {
        "messages": len(gold),
        **{name: rounded(value) for name, value in asdict(report).items()},
        "f1_founding": rounded(of_founding.f1),
        "f1_founding_95": [rounded(of_founding.f1_low), rounded(of_founding.f1_high)],
        "average_precision": rounded(average_precision(scores, gold)),
        "ece": rounded(expected_calibration_error(scores, gold)),
        "reliability": {"step in": reliability_points(scores, gold)},
    }


def churn_figures(run: ChurnRun) -> Figures:
    """Accuracy and macro-F1 over the three levels, and calibration of not-low."""
    levels, one_each = run.levels(), np.arange(len(run.gold))
    return {
        "visits": len(run.gold),
        "per_level": {name: int((run.gold == k).sum()) for k, name in enumerate(LEVELS)},
        "accuracy": rounded((levels == run.gold).mean()),
        "accuracy_95": [rounded(b) for b in mean_interval((levels == run.gold).astype(float), one_each)],
        "two_levels_off_95": [
            rounded(b) for b in mean_interval((np.abs(levels - run.gold) == 2).astype(float), one_each)
        ],
        "macro_f1": rounded(level_macro_f1(levels, run.gold)),
        "two_levels_off": rounded((np.abs(levels - run.gold) == 2).mean()),
        "average_precision_not_low": rounded(average_precision(run.scores[:, 0], run.gold >= 1)),
        "ece_not_low": rounded(expected_calibration_error(run.scores[:, 0], run.gold >= 1)),
        "reliability": {"not low": reliability_points(run.scores[:, 0], run.gold >= 1)},
    }
