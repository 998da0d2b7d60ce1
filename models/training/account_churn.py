"""Trains and measures the account risk model on weekly looks at accounts: lost within thirty days, or not.

Invariant: all looks at one account are in one fold; a look whose thirty days nobody watched to the end is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from models.training.package import json_bytes
from nlp.churn.account import HORIZON, NAMES, AccountHistory, account_measures, row_of
from nlp.classify.artefact import load_artefact
from nlp.evaluation import expected_calibration_error, mean_interval
from nlp.evaluation.versions import Verdicts

Floats = NDArray[np.float64]
FOLDS = 5
STRENGTH = 1.0
WARN_DAYS = 7
LOOK_BACK = timedelta(days=60)
HIGH_PRECISION, NOT_LOW_RECALL = 1 / 3, 0.8
"""The upper cut is the lowest at which a third of the warnings come true; the lower one catches four of five losses."""
SIMULATED_ROWS = 400
"""What the simulated looks together count for beside a tenant's own."""
LOST = "lost"


@dataclass(frozen=True, slots=True)
class WatchedAccount:
    """What was known at each look, and when the deal was lost; None where it was won or goes on."""

    id: str
    looks: tuple[datetime, ...]
    histories: tuple[AccountHistory, ...]
    watched_until: datetime
    lost_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Looks:
    """Rows: measures [rows, names], NaN where unknown; gold, account, fold, days to the loss (inf for none)."""

    values: Floats
    gold: NDArray[np.bool_]
    account: NDArray[np.int64]
    folds: NDArray[np.int64]
    days_left: Floats
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountRun:
    """Out-of-fold probabilities of all looks, the cuts, and the weights over everything."""

    looks: Looks
    scores: Floats
    cuts: tuple[float, float]
    weights: dict[str, object]

    def warned(self) -> NDArray[np.bool_]:
        """Looks at which a warning would have gone out."""
        return self.scores >= self.cuts[1]


def looks_of(accounts: Sequence[WatchedAccount]) -> Looks:
    """Every look with a known outcome as a row."""
    nothing = np.full(len(NAMES), np.nan)
    rows, gold, owner, left, keys = [], [], [], [], []
    for number, account in enumerate(accounts):
        for at, history in zip(account.looks, account.histories, strict=True):
            lost = account.lost_at is not None and at < account.lost_at <= at + HORIZON
            if not lost and account.watched_until < at + HORIZON and account.lost_at is None:
                continue
            rows.append(row_of(account_measures(history, now=at), nothing))
            gold.append(lost)
            owner.append(number)
            left.append((account.lost_at - at).total_seconds() / 86_400 if account.lost_at else np.inf)
            keys.append(f"{account.id} {at.isoformat()}")
    account_of = np.asarray(owner, dtype=np.int64)
    return Looks(
        np.asarray(rows).reshape(len(keys), len(NAMES)),
        np.asarray(gold, dtype=bool),
        account_of,
        account_of % FOLDS,
        np.asarray(left),
        tuple(keys),
    )


def measure_accounts(own: Looks, *, simulated: Looks | None = None, alone: bool = True) -> AccountRun:
    """Out-of-fold risk of every look, then weights over all.

    Args:
        own: the looks that judge.
        simulated: more to learn from, at a fixed weight, where `own` are a tenant's few.
        alone: whether there are simulated accounts only, which every answer of the model then says.
    """
    scores = np.zeros(len(own.gold))
    for fold in np.unique(own.folds):
        seen = own.folds != fold
        centre, model = _fit(own, seen, simulated)
        scores[~seen] = model.predict_proba(_filled(own.values[~seen], centre))[:, 1]
    cuts = _cuts(scores, own.gold)
    centre, model = _fit(own, np.ones(len(own.gold), dtype=bool), simulated)
    weights: dict[str, object] = {
        "names": list(NAMES),
        "weights": model.coef_[0].tolist(),
        "bias": float(model.intercept_[0]),
        "centre": centre.tolist(),
        "cuts": list(cuts),
        "horizon_days": HORIZON.days,
        "simulated": alone,
    }
    return AccountRun(own, scores, cuts, weights)


def judged_on(run: AccountRun, looks: Looks) -> AccountRun:
    """The finished model on accounts that had no part in it."""
    centre = np.asarray(run.weights["centre"])
    margins = _filled(looks.values, centre) @ np.asarray(run.weights["weights"]) + float(str(run.weights["bias"]))
    return AccountRun(looks, 1.0 / (1.0 + np.exp(-margins)), run.cuts, run.weights)


def spoken_by(directory: Path, looks: Looks) -> tuple[Floats, tuple[float, float], dict[str, object]]:
    """Scores, cuts and weights of a finished model on looks that had no part in it: the rest of an `AccountRun`."""
    weights = load_artefact(directory).json("weights.json")
    cuts = (float(weights["cuts"][0]), float(weights["cuts"][1]))
    judged = judged_on(AccountRun(looks, looks.days_left, cuts, weights), looks)
    return judged.scores, judged.cuts, weights


def account_files(run: AccountRun) -> dict[str, bytes]:
    """The files of `models/accounts`."""
    return {"weights.json": json_bytes(run.weights)}


def account_verdicts(run: AccountRun) -> Verdicts:
    """Which looks gave a warning, and which should have."""
    looks = run.looks
    return Verdicts((LOST,), looks.keys, looks.account, run.warned()[:, None], looks.gold[:, None])


def account_figures(run: AccountRun) -> dict[str, object]:
    """Discrimination, calibration, and how many days ahead of a loss the first warning came."""
    looks, warned = run.looks, run.warned()
    lead = lead_days(looks, warned)
    in_time = (lead >= WARN_DAYS).astype(float)
    held = looks.gold[warned]
    return {
        "accounts": len(np.unique(looks.account)),
        "looks": len(looks.gold),
        "losses": len(lead),
        "auc": _rounded(roc_auc_score(looks.gold, run.scores)),
        "ece": _rounded(expected_calibration_error(run.scores, looks.gold)),
        "warned_in_time": _rounded(in_time.mean()) if len(lead) else 0.0,
        "warned_in_time_95": [_rounded(b) for b in mean_interval(in_time, np.arange(len(in_time)))],
        "median_days_ahead": _rounded(float(np.median(lead[lead > 0]))) if (lead > 0).any() else 0.0,
        "warnings_that_came_true": _rounded(held.mean()) if len(held) else 0.0,
        "warnings_that_came_true_95": [_rounded(b) for b in mean_interval(held.astype(float), looks.account[warned])],
        "silence_rule": _silence_rule(looks, share=float(warned.mean())),
    }


def lead_days(looks: Looks, warned: NDArray[np.bool_]) -> Floats:
    """For each lost account, days from the first warning of its last sixty days to the loss; 0 where none came."""
    lead = []
    for number in np.unique(looks.account[looks.gold]):
        near = (looks.account == number) & (looks.days_left <= LOOK_BACK.days)
        days = looks.days_left[near & warned]
        lead.append(float(days.max()) if len(days) else 0.0)
    return np.asarray(lead)


def _silence_rule(looks: Looks, *, share: float) -> dict[str, float]:
    """The rule people use, long silence, at as many warnings: what it would have caught in time."""
    silence = np.nan_to_num(looks.values[:, NAMES.index("silence")], nan=0.0)
    warned = silence >= np.quantile(silence, 1.0 - share)
    lead = lead_days(looks, warned)
    return {
        "warned_in_time": _rounded(float((lead >= WARN_DAYS).mean())) if len(lead) else 0.0,
        "warnings_that_came_true": _rounded(float(looks.gold[warned].mean())) if warned.any() else 0.0,
        "auc": _rounded(roc_auc_score(looks.gold, silence)),
    }


def _fit(own: Looks, seen: NDArray[np.bool_], simulated: Looks | None) -> tuple[Floats, LogisticRegression]:
    values, gold, weight = own.values[seen], own.gold[seen], np.ones(int(seen.sum()))
    if simulated is not None:
        values = np.concatenate([values, simulated.values])
        gold = np.concatenate([gold, simulated.gold])
        share = min(1.0, SIMULATED_ROWS / len(simulated.gold))
        weight = np.concatenate([weight, np.full(len(simulated.gold), share)])
    centre = np.asarray(
        [np.nan_to_num(np.nanmean(column)) if not np.isnan(column).all() else 0.0 for column in values.T]
    )
    model = LogisticRegression(C=STRENGTH, max_iter=500)
    model.fit(_filled(values, centre), gold, sample_weight=weight)
    return centre, model


def _filled(values: Floats, centre: Floats) -> Floats:
    return np.where(np.isnan(values), centre, values)


def _cuts(scores: Floats, gold: NDArray[np.bool_]) -> tuple[float, float]:
    """Where risk stops being low, and where it begins to be high."""
    if not gold.any():
        return 0.5, 0.9
    low = float(np.quantile(scores[gold], 1.0 - NOT_LOW_RECALL))
    order = np.argsort(-scores)
    precision = np.cumsum(gold[order]) / np.arange(1, len(gold) + 1)
    enough = np.flatnonzero((precision >= HIGH_PRECISION) & (np.arange(len(gold)) >= 10))
    high = float(scores[order[enough[-1]]]) if len(enough) else float(np.quantile(scores, 0.98))
    return min(low, high), high


def _rounded(value: float) -> float:
    return round(float(value), 4)
