"""The card of the account risk model: what it learnt from, what it weighs, how far ahead it warns."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.training import histories
from models.training.account_churn import HIGH_PRECISION, WARN_DAYS
from models.training.histories import ACCOUNTS, JUDGED_SEED, LEARNT_SEED
from nlp.churn.account import HORIZON, TITLES

Figures = Mapping[str, Any]


def accounts_card(figures: Figures, directory: Path) -> str:
    """Text of `models/accounts/card.md`; no number in it is typed by hand."""
    weights = json.loads((directory / "weights.json").read_text(encoding="utf-8"))
    weighed = sorted(zip(weights["names"], weights["weights"], strict=True), key=lambda item: -abs(item[1]))
    lines = [
        "# Account risk",
        "",
        (
            f"How likely an account is to be lost within {HORIZON.days} days, from its visits and process facts; a "
            "logistic scale over twelve measures, each of which leads to a visit or an event."
        ),
        "",
        (
            "**The shipped weights were learnt from simulated accounts and say nothing of real customers.** Every "
            "answer says so. A tenant trains on its own outcomes with `fieldcue train churn --outcomes FILE`; the "
            "result replaces the shipped one only if it is worse on nothing."
        ),
        "",
        (
            f"Learnt from {ACCOUNTS} simulated accounts (seed {LEARNT_SEED}), judged on {figures['accounts']} others "
            f"(seed {JUDGED_SEED}) with {figures['losses']} losses, {figures['looks']} weekly looks. The upper cut is "
            f"set where {HIGH_PRECISION:.0%} of warnings came true among the accounts it learnt from. The last column "
            "is the rule people use, long silence, allowed as many warnings on the same looks."
        ),
        "",
        "| what (95% interval) | model | silence alone |",
        "|---|---|---|",
        *(f"| {name} | {own} | {other} |" for name, own, other in _rows(figures)),
        "",
        "## What it weighs (log-odds at full measure)",
        "",
        "| measure | shown as | weight |",
        "|---|---|---|",
        *(f"| `{name}` | {TITLES[name]} | {weight:+.2f} |" for name, weight in weighed),
        "",
        "## The generator",
        "",
        str(histories.__doc__).strip(),
        "",
    ]
    return "\n".join(lines)


def _rows(figures: Figures) -> list[tuple[str, str, str]]:
    rule = figures["silence_rule"]
    return [
        ("AUC, lost within the horizon", f"{figures['auc']:.2f}", f"{rule['auc']:.2f}"),
        (f"losses warned of {WARN_DAYS} days ahead or more", _share(figures, "warned_in_time"),
         _percent(rule["warned_in_time"])),
        ("warnings that came true", _share(figures, "warnings_that_came_true"),
         _percent(rule["warnings_that_came_true"])),
        ("calibration error", f"{figures['ece']:.3f}", ""),
        ("median days ahead, where warned", f"{figures['median_days_ahead']:.0f}", ""),
    ]  # fmt: skip


def _percent(value: float) -> str:
    return f"{100 * value:.0f}%"


def _share(figures: Figures, name: str) -> str:
    low, high = figures[f"{name}_95"]
    return f"{_percent(figures[name])} ({100 * low:.0f} to {100 * high:.0f})"
