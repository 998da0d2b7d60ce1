"""Tables say what the figures say."""

from models.training.cards import comparison_table, label_table, per_cent, quality_table

LABEL = {
    "positives": 120.0,
    "precision": 0.71,
    "recall": 0.62,
    "f1": 0.66,
    "f1_low": 0.6,
    "f1_high": 0.71,
    "average_precision": 0.7,
    "ece": 0.012,
    "kind": "objection",
}
MACRO = {"macro_f1": {"objection": 0.61, "signal": 0.72}, "macro_f1_founding": {"objection": 0.6, "signal": 0.7}}


def test_a_label_has_its_counts_and_its_interval() -> None:
    line = label_table({"labels": {"price": LABEL}})[-1]
    assert line == "| `price` | 120 | 0.71 | 0.62 | 0.66 (0.60 to 0.71) | 0.70 | 0.012 |"


def test_every_model_tried_has_a_line() -> None:
    assert comparison_table({"a": MACRO, "b": MACRO})[2:] == [
        "| a | 0.610 | 0.720 | 0.600 | 0.700 |",
        "| b | 0.610 | 0.720 | 0.600 | 0.700 |",
    ]


def test_the_quality_table_gives_every_figure_its_interval_and_says_what_was_counted() -> None:
    spread = {"objection": [0.58, 0.64], "signal": [0.7, 0.75]}
    table = quality_table(
        {**MACRO, "macro_f1_95": spread, "macro_f1_founding_95": spread, "ece": 0.01, "judged_turns": 900},
        {"accuracy": 0.952, "accuracy_95": [0.94, 0.96]},
        {
            "f1": 0.83,
            "f1_low": 0.8,
            "f1_high": 0.86,
            "f1_founding": 0.76,
            "f1_founding_95": [0.7, 0.8],
            "messages": 300,
        },
        {
            "accuracy": 0.7,
            "accuracy_95": [0.6, 0.8],
            "two_levels_off": 0.02,
            "two_levels_off_95": [0, 0.05],
            "visits": 40,
        },
    )
    assert "| Objections, macro-F1 of 10 | 0.61 (0.58 to 0.64) | 0.60 (0.58 to 0.64) |" in table
    assert "| Message triage, F1 | 0.83 (0.80 to 0.86) | 0.76 (0.70 to 0.80) |" in table
    assert "95.2 (94.0 to 96.0)" in table
    assert "900 turns, 300 messages, 40 visits; written, not recorded" in table


def test_shares_have_one_decimal() -> None:
    assert per_cent(0.9518) == "95.2"
