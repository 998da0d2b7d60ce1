"""Bodies of `/v1/models/{task}/...`: versions of the text models, and two of them side by side."""

from typing import Annotated, Any

from pydantic import Field, StrictInt

from nlp.evaluation.drift import Drift
from nlp.evaluation.versions import Comparison
from service.api.rendering import instant
from service.api.schemas.base import In, Label, Out
from service.api.schemas.examples import answer, body
from service.usecases.models.manage_models import Standing
from service.usecases.models.watch_drift import DriftReport


class PromoteIn(In):
    """Which version shall be in use, the challenger when none is named, and why."""

    version: Annotated[StrictInt, Field(ge=0, le=1_000_000)] | None = None
    why: Label = ""


class RollBackIn(In):
    """Why the version before shall be in use again."""

    why: Label = ""


class VersionOut(Out):
    """One version; `alias` is champion, challenger or empty, `about` what it was made from."""

    version: int
    name: str
    alias: str
    created_at: str
    about: dict[str, Any]


class MoveOut(Out):
    """One change of the champion."""

    at: str
    what: str
    before: int
    after: int
    by: str


class ModelVersionsOut(Out):
    """All versions of one task's model, and every change of the champion, oldest first."""

    task: str
    champion: int
    challenger: int | None
    versions: list[VersionOut]
    moves: list[MoveOut]

    @classmethod
    def of(cls, standing: Standing) -> "ModelVersionsOut":
        """From the use case."""
        aliases = standing.aliases
        return cls(
            task=standing.task,
            champion=aliases.champion,
            challenger=aliases.challenger,
            versions=[
                VersionOut(
                    version=one.number,
                    name=one.name,
                    alias=one.alias,
                    created_at=one.created_at,
                    about=dict(one.about),
                )
                for one in standing.versions
            ],
            moves=[
                MoveOut(
                    at=move["at"],
                    what=move["what"],
                    before=int(move["from"]),
                    after=int(move["to"]),
                    by=move.get("by", "command"),
                )
                for move in aliases.moves
            ],
        )


class DifferenceOut(Out):
    """F1 of one code in both versions, and the 95% interval of the difference."""

    code: str
    positives: int
    champion: float
    challenger: float
    difference_95: list[float]
    worse: bool


class ModelComparisonOut(Out):
    """Champion and another version on rows that neither had learnt; no refusal means that it may be promoted."""

    task: str
    champion: int
    challenger: int
    rows: int
    macro_f1: list[float]
    differences: list[DifferenceOut]
    refusals: list[str]

    @classmethod
    def of(cls, task: str, champion: int, challenger: int, found: Comparison) -> "ModelComparisonOut":
        """From the use case."""
        return cls(
            task=task,
            champion=champion,
            challenger=challenger,
            rows=found.rows,
            macro_f1=[round(found.champion, 4), round(found.challenger, 4)],
            differences=[
                DifferenceOut(
                    code=one.code,
                    positives=one.positives,
                    champion=round(one.champion, 4),
                    challenger=round(one.challenger, 4),
                    difference_95=[round(one.low, 4), round(one.high, 4)],
                    worse=one.worse,
                )
                for one in found.differences
            ],
            refusals=list(found.refusals),
        )


class DriftedOut(Out):
    """One code: how its rate and scores stand to those before, in a word (`state`) and in a sentence (`said`)."""

    code: str
    state: str
    rate: float
    rate_before: float
    stability_index: float | None
    distance: float | None
    said: str

    @classmethod
    def of(cls, one: Drift) -> "DriftedOut":
        """From the core."""
        return cls(
            code=one.code,
            state=one.state,
            rate=round(one.rate, 4),
            rate_before=round(one.rate_before, 4),
            stability_index=None if one.index is None else round(one.index, 4),
            distance=None if one.distance is None else round(one.distance, 4),
            said=one.said,
        )


class DriftOut(Out):
    """The visits that were compared, and every code, the worst first."""

    model: str
    since: str
    visits: int
    visits_before: int
    codes: list[DriftedOut]

    @classmethod
    def of(cls, report: DriftReport) -> "DriftOut":
        """From the use case."""
        return cls(
            model=report.model,
            since=instant(report.since),
            visits=report.visits,
            visits_before=report.visits_before,
            codes=[DriftedOut.of(one) for one in report.codes],
        )


DRIFT = answer(
    {
        "model": "turns-9f0c2b7d11aa",
        "since": "2026-03-02T02:00:00.000Z",
        "visits": 84,
        "visits_before": 310,
        "codes": [
            {
                "code": "objection/price",
                "state": "drifted",
                "rate": 0.081,
                "rate_before": 0.034,
                "stability_index": 0.31,
                "distance": 0.28,
                "said": "found in 8.1% of turns, 3.4% before; scores are others",
            }
        ],
    }
)
_VERSIONS = {
    "task": "turns",
    "champion": 1,
    "challenger": None,
    "versions": [
        {"version": 0, "name": "turns-9f0c2b7d11aa", "alias": "", "created_at": "", "about": {}},
        {
            "version": 1,
            "name": "turns-0b61f2c4d5e6",
            "alias": "champion",
            "created_at": "2026-03-02T12:00:00+00:00",
            "about": {"corrections": "march.json"},
        },
    ],
    "moves": [{"at": "2026-03-03T02:00:00+00:00", "what": "promote", "before": 0, "after": 1, "by": "key:k1"}],
}
MODEL_VERSIONS = answer(_VERSIONS)
PROMOTE_IN = body({"version": 1, "why": "三月的更正"}, "PromoteIn")
ROLL_BACK_IN = body({"why": "误报变多"}, "RollBackIn")
MODEL_COMPARISON = answer(
    {
        "task": "turns",
        "champion": 0,
        "challenger": 1,
        "rows": 17_322,
        "macro_f1": [0.7012, 0.7088],
        "differences": [
            {
                "code": "price",
                "positives": 1_204,
                "champion": 0.78,
                "challenger": 0.79,
                "difference_95": [-0.004, 0.023],
                "worse": False,
            }
        ],
        "refusals": [],
    }
)
