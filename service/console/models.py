"""What the models in use are worth, from the figures committed beside them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from service.console.guests import Viewer
from service.console.language import Texts
from service.console.rendering import page, texts_of
from service.console.wiring import console_of
from service.domain.errors import Forbidden

router = APIRouter()
TASKS = ("turns", "triage", "roles", "churn")
PUBLISHED = (
    (re.compile(r"what \(95% interval\)"), "quality.what"),
    (re.compile(r"unseen authors"), "quality.unseen"),
    (re.compile(r"founding files only"), "quality.founding"),
    (re.compile(r"Objections, macro-F1 of (?P<n>\d+)"), "quality.objections"),
    (re.compile(r"Signals, macro-F1 of (?P<n>\d+)"), "quality.signals"),
    (re.compile(r"Message triage, F1"), "quality.triage"),
    (re.compile(r"Who speaks, accuracy in %"), "quality.roles"),
    (re.compile(r"Churn level, accuracy in % \(three levels\)"), "quality.churn"),
    (re.compile(r"Churn level two steps off, in %"), "quality.churn_far"),
)


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How well one label is found, on authors the model has not read."""

    code: str
    kind: str
    turns: int
    precision: float
    recall: float
    f1: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Card:
    """One model's card as it was written."""

    task: str
    version: str
    text: str


@router.get("/models")
def models(request: Request, viewer: Viewer) -> Response:
    """The published figures, label by label, and the cards."""
    if viewer.person.role == "rep":
        raise Forbidden("this page is for trainers and managers", code="not_leading")
    folder = console_of(request).models_dir
    labels = sorted(_labels(folder / "turns" / "metrics.json"), key=lambda one: (one.kind, -one.f1))
    return page(
        request,
        "models.html",
        quality=[[_said(cell, texts_of(request)) for cell in row] for row in _table(folder / "quality.md")],
        labels=labels,
        cards=list(_cards(folder)),
        versions=console_of(request).services.versions,
    )


def _labels(path: Path) -> Iterator[LabelFigures]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"labels": {}}
    for code, figures in found["labels"].items():
        yield LabelFigures(
            code=code,
            kind=figures["kind"],
            turns=int(figures["positives"]),
            precision=figures["precision"],
            recall=figures["recall"],
            f1=figures["f1"],
            low=figures["f1_low"],
            high=figures["f1_high"],
        )


def _table(path: Path) -> Iterator[list[str]]:
    """The rows of the published table, its head first."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not set(line) <= set("|- "):
            yield cells


def _said(cell: str, t: Texts) -> str:
    """A cell of the published table in the reader's language; what nobody has translated stays as it is."""
    for pattern, key in PUBLISHED:
        if (found := pattern.fullmatch(cell)) is not None:
            return t(key, **found.groupdict())
    return re.sub(r"(?<=\d) to (?=\d)", "–", cell)


def _cards(folder: Path) -> Iterator[Card]:
    for task in TASKS:
        card, manifest = folder / task / "card.md", folder / task / "manifest.json"
        if card.exists():
            version = json.loads(manifest.read_text(encoding="utf-8"))["version"] if manifest.exists() else ""
            yield Card(task, str(version), card.read_text(encoding="utf-8"))
