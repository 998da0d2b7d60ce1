"""Writes figures down for people: a card per model and the quality table, all from `metrics.json` values.

Invariant: no number in a card or table is typed by hand.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from models.training.plots import CALIBRATION

Figures = Mapping[str, Any]
DATA = (
    "Data: `models/corpus/`, written and labelled by hand for this project by several authors, each turn invented. "
    "It is **written, not recorded**: real talk is messier, and figures on it will be lower. See the corpus's own "
    "card.\n"
)
HONESTY = (
    "How measured: five folds of whole files, so that no author both trains and judges; vocabulary, weights and "
    "thresholds are made anew in each fold; near-duplicates between folds are searched for and counted. "
    "Intervals are 95% bootstrap over conversations.\n"
)


def per_cent(value: float) -> str:
    """A share with one decimal, without the sign."""
    return f"{100 * value:.1f}"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def by_kind(figures: Figures) -> list[str]:
    """The codes of the labels, objections before signals."""
    labels = figures["labels"]
    return sorted(labels, key=lambda code: (labels[code]["kind"], code))


def label_table(figures: Figures) -> list[str]:
    """One line a label: counts, precision, recall, F1 with its interval, average precision, calibration error."""
    lines = [_row("label", "turns", "precision", "recall", "F1 (95%)", "AP", "ECE"), _row(*["---"] * 7)]
    for code in by_kind(figures):
        own = figures["labels"][code]
        spread = f"{own['f1']:.2f} ({own['f1_low']:.2f} to {own['f1_high']:.2f})"
        numbers = (f"{own['precision']:.2f}", f"{own['recall']:.2f}", spread, f"{own['average_precision']:.2f}")
        lines.append(_row(f"`{code}`", int(own["positives"]), *numbers, f"{own['ece']:.3f}"))
    return lines


def comparison_table(comparison: Mapping[str, Figures]) -> list[str]:
    """One line a model tried, weakest first: macro-F1 of objections and signals."""
    lines = [_row("model", "objections", "signals", "objections, founding files", "signals, founding files")]
    lines.append(_row(*["---"] * 5))
    for name, own in sorted(comparison.items(), key=lambda item: float(item[1]["macro_f1"]["objection"])):
        everywhere, founding = own["macro_f1"], own["macro_f1_founding"]
        cells = (everywhere["objection"], everywhere["signal"], founding["objection"], founding["signal"])
        lines.append(_row(name, *(f"{value:.3f}" for value in cells)))
    return lines


METHOD = (
    "Two opinions, added and calibrated per label by one affine map and a sigmoid. (1) Linear support vector machines "
    "over characters (one and two), syllables (two and three, so that sound-alikes meet), characters a few places "
    "apart, and classes of words with one meaning (`cues.txt`), of the turn, the turn before and the turn after, and "
    "the place in the talk; they also give the reasons shown. (2) A small network: convolutions over characters and "
    "their sounds, attention and peak per turn, convolutions over the turns around it; first it guesses hidden "
    "characters of the talks it may learn from, then it learns their labels, both on text damaged as recognisers "
    "damage it. Both run on onnxruntime, one thread. The network was judged on two of the five folds, and so are the "
    "figures. `competitor` and `competitor_mention` are then weighed again by what the talk said of the "
    "turn's names: two characters side by side that hardly any other talk uses, met in an earlier or later turn."
)
LIMITS = """
Founding files are the first 15, one author each, none of whom wrote the later batches.

## What makes these figures too good

The network's share of the sum was chosen on the two folds that are reported here, how long it guesses and learns on
one of them, and token families and cue classes by looking at the same folds of files: expect less on data that played
no part in any choice. `python -m models.evaluate` takes the network's out-of-fold opinions from `opinions.npz`, which
`python -m models.train network` makes anew.

## Limits

- Indirect objections (「候车厅里都低头看手机」) are often missed, and short cut-off turns too.
- Names of rivals are known only from their surroundings; a tenant's own list (keyword packs) finds them surely.
- Mandarin with regional words; Cantonese and Taiwanese turns are few.
- Authors and a blind second annotator of this corpus agree at macro-F1 0.80 (objections) and 0.85 (signals), see
  `models/corpus/agreement.md`: what `trust`, `technical` and `service` mean is less settled than the figures suggest.
- A score is calibrated on written talks; drift on recorded ones must be watched.
"""


def calibration_lines() -> list[str]:
    """The plot of a model's out-of-fold scores, which lies beside its card."""
    told = "Out-of-fold scores by tenths: how often a score came true; `metrics.json` holds the points."
    return ["", "## Calibration", "", told, "", f"![predicted against observed]({CALIBRATION})"]


def confusion_lines(figures: Figures) -> list[str]:
    """One line a label: what its turns were called instead, and what the turns wrongly called it are."""

    def cell(rows: Sequence[Figures]) -> str:
        return "<br>".join(
            f"{'nothing of its kind' if row['code'] == 'none' else '`' + row['code'] + '`'} × {row['turns']}: "
            f"「{row['quote']}」"
            for row in rows
        )

    head = (
        "On turns of files that trained nothing: the two commonest, with how many turns, and the turn of which the "
        "model was surest."
    )
    lines = ["", "## What is confused with what", "", head, ""]
    lines += [_row("label", "missed, called instead", "wrongly called, is instead"), _row(*["---"] * 3)]
    for code in by_kind(figures):
        own = figures["confusions"][code]
        lines.append(_row(f"`{code}`", cell(own["missed"]), cell(own["wrongly"])))
    return lines


def learning_lines(learning: Sequence[Figures]) -> list[str]:
    """One line a share of the corpus: macro-F1 of the linear opinion that learnt from it."""
    head = (
        "The linear opinion alone (the network would take half an hour a share), learnt in each of the five folds from "
        "a share of the other folds' conversations, judged on the same turns as above."
    )
    lines = ["", "## Learning curve", "", head, ""]
    lines += [_row("share of the corpus", "turns", "objections", "signals"), _row(*["---"] * 4)]
    return [
        *lines,
        *(
            _row(f"{own['share']:.3g}", own["turns"], *(f"{own['macro_f1'][kind]:.3f}" for kind in own["macro_f1"]))
            for own in learning
        ),
    ]


def turns_card(figures: Figures) -> str:
    """The card of the objection and signal models."""
    counted = (
        f"{figures['turns']} turns, {figures['judged_turns']} of them in talks, which alone judge; overall calibration "
        f"error {figures['ece']:.3f}; {figures['near_duplicates']} near-duplicate pairs between folds."
    )
    head = ["# Objections and signals per turn", "", METHOD, "", DATA, HONESTY, counted, "", "## Per label", ""]
    compared = ["", "## What was compared", "", *comparison_table(figures["comparison"])]
    shown = [*calibration_lines(), *confusion_lines(figures), *learning_lines(figures["learning"])]
    return "\n".join([*head, *label_table(figures), *shown, *compared]) + "\n" + LIMITS


def _simple_card(title: str, method: str, figures: Figures, limits: list[str]) -> str:
    rows = [_row("figure", "value"), _row("---", "---")]
    for name, value in figures.items():
        if name == "reliability":
            continue
        shown = ", ".join(f"{key} {own}" for key, own in value.items()) if isinstance(value, dict) else value
        rows.append(_row(name.replace("_", " "), shown))
    told = [f"# {title}", "", method, "", DATA, HONESTY, *rows, *calibration_lines(), "", "## Limits", "", *limits]
    return "\n".join(told) + "\n"


def roles_card(figures: Figures) -> str:
    """The card of the role model."""
    method = (
        "Linear evidence per turn over the same tokens as the turn models, without any knowledge of roles, smoothed by "
        "a hidden Markov model over the talk (forward-backward)."
    )
    limits = [
        "- Trained on talks of mostly two people; bystanders (`other`) are rarely recognised from words alone.",
        "- Where each side has a channel of its own, that is the better evidence (`nlp/roles/channels.py`).",
    ]
    return _simple_card("Who speaks", method, figures, limits)


def triage_card(figures: Figures) -> str:
    """The card of message triage."""
    method = (
        "Linear support vector machines over the message's tokens and those of its situation, one set of weights for "
        "customers and one for reps, calibrated per sender; the reason is the likeliest of the reasons learnt. The "
        "weights for reps also learn, at a third of a message's weight, from the reps' turns of talks that carry "
        "`compliance_risk` and from as many that do not. Customers' `churn_signal` was tried likewise and left out."
    )
    limits = [
        "- Here folds keep the messages of one situation together, but an author's situations spread over folds.",
        "- What contradicts the situation only by a number (38.6万 against 31.86万) is mostly missed.",
    ]
    return _simple_card("Which message needs a manager", method, figures, limits)


def churn_card(figures: Figures) -> str:
    """The card of churn risk."""
    method = (
        "Two logistic scales (not-low, high) over sixteen numbers a manager could count: churn signals, objections "
        "left open, intent, promises and dates at the end. Turn scores come out of fold. Reasons are the numbers that "
        "moved this talk away from the average, with the turn that shows them."
    )
    limits = [
        "- Few judged visits; the level is one conversation's view, not the account's.",
        "- An error in the turn models becomes an error here.",
    ]
    return _simple_card("Churn risk per visit", method, figures, limits)


def _with_interval(value: float, interval: Sequence[float], *, percent: bool = False) -> str:
    """A figure and its 95% interval."""
    scale, digits = (100, 1) if percent else (1, 2)
    low, high = (f"{scale * bound:.{digits}f}" for bound in interval)
    return f"{scale * value:.{digits}f} ({low} to {high})"


def quality_table(turns: Figures, roles: Figures, triage: Figures, churn: Figures) -> str:
    """The table for the README; every figure with its 95% interval."""
    everywhere, founding = (
        (turns["macro_f1"], turns["macro_f1_95"]),
        (turns["macro_f1_founding"], turns["macro_f1_founding_95"]),
    )
    rows = [
        *(
            (title, *(_with_interval(value[kind], interval[kind]) for value, interval in (everywhere, founding)))
            for title, kind in (("Objections, macro-F1 of 10", "objection"), ("Signals, macro-F1 of 12", "signal"))
        ),
        (
            "Message triage, F1",
            _with_interval(triage["f1"], (triage["f1_low"], triage["f1_high"])),
            _with_interval(triage["f1_founding"], triage["f1_founding_95"]),
        ),
        ("Who speaks, accuracy in %", _with_interval(roles["accuracy"], roles["accuracy_95"], percent=True), ""),
        (
            "Churn level, accuracy in % (three levels)",
            _with_interval(churn["accuracy"], churn["accuracy_95"], percent=True),
            "",
        ),
        (
            "Churn level two steps off, in %",
            _with_interval(churn["two_levels_off"], churn["two_levels_off_95"], percent=True),
            "",
        ),
    ]
    head = [_row("what (95% interval)", "unseen authors", "founding files only"), _row("---", "---", "---")]
    note = (
        f"Out of fold, by whole files; {turns['judged_turns']} turns, {triage['messages']} messages, {churn['visits']} "
        "visits; written, not recorded. Triage is split by situation, not by author. Calibration error of turn "
        f"scores: {turns['ece']:.3f}. The network's weight was chosen on the folds that are reported, so the first two "
        "rows flatter a little. Made by `python -m models.evaluate`."
    )
    return "\n".join([*head, *(_row(*row) for row in rows), "", note]) + "\n"
