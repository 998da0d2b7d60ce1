"""How good is it: counts with confidence intervals, calibration error, character error rate."""

from nlp.evaluation.calibration import Bin, expected_calibration_error, reliability
from nlp.evaluation.characters import CharacterErrors, character_errors
from nlp.evaluation.classification import LabelReport, average_precision, label_report, macro_f1
from nlp.evaluation.intervals import macro_f1_interval, mean_interval

__all__ = [
    "Bin",
    "CharacterErrors",
    "LabelReport",
    "average_precision",
    "character_errors",
    "expected_calibration_error",
    "label_report",
    "macro_f1",
    "macro_f1_interval",
    "mean_interval",
    "reliability",
]
