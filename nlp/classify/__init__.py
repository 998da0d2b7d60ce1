"""Trained text classifiers: objections and signals per turn, and which messages need a manager."""

from nlp.classify.triage import TriageModel
from nlp.classify.turns import TurnModels
from nlp.classify.verdicts import Label, LabelScore, OperatingPoint, OperatingPoints, TriageVerdict, TurnScores

__all__ = [
    "Label",
    "LabelScore",
    "OperatingPoint",
    "OperatingPoints",
    "TriageModel",
    "TriageVerdict",
    "TurnModels",
    "TurnScores",
]
