"""From turns to an analysis: roles, keywords, labels, facts, promises, summary and risk.

Why one place: every finding passes the same gate, which keeps it only when its quote stands in its turn. Invariant: the
same transcript, context and versions give the same analysis, ids included; a part that cannot run is named in `skipped`
and the rest goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from nlp.classify.verdicts import TurnScores
from nlp.detect import (
    commitment_findings,
    entity_findings,
    ground,
    keyword_findings,
    label_findings,
)
from nlp.extract.agreed_days import settle_agreed_days
from nlp.extract.debrief import debrief
from nlp.extract.extractor import extract_items
from nlp.extract.five_elements import five_elements
from nlp.extract.next_steps import next_steps
from nlp.interaction import measure_interaction
from nlp.keywords.matcher import KeywordMatcher
from nlp.keywords.resources import Lexicon
from nlp.roles.channels import settle_channels
from nlp.second_look import reconsider
from nlp.summarize.extractive import summarize
from nlp.types import Analysis, ChurnRisk, Claim, Finding, Role, Skipped, Transcript, Turn, VisitContext

VERSION = "1"
_NO_MODEL = "model_missing"
_HEARD_BEFORE = 6  # turns that the models read before the one they judge


class TurnScorer(Protocol):
    """Scores turns for objections and signals (`nlp.classify.turns.TurnModels`)."""

    @property
    def version(self) -> str:
        """The model's version."""
        ...

    def score(self, turns: Sequence[Turn]) -> list[TurnScores]:
        """Scores of each turn, in order."""
        ...

    def doubts(self, turns: Sequence[Turn]) -> list[TurnScores]:
        """Labels of each turn that are neither found nor ruled out, in order."""
        ...


class RolePredictor(Protocol):
    """Tells rep and customer apart (`nlp.roles.model.RoleModel`)."""

    @property
    def version(self) -> str:
        """The model's version."""
        ...

    def predict(self, texts: Sequence[str]) -> list[tuple[Role, float]]:
        """The role of each turn with its probability, in order."""
        ...


class ChurnAssessor(Protocol):
    """Judges a whole visit (`nlp.churn.model.ChurnModel`)."""

    @property
    def version(self) -> str:
        """The model's version."""
        ...

    def assess(self, turns: Sequence[Turn], scores: Sequence[TurnScores]) -> ChurnRisk:
        """The risk of one visit."""
        ...


@dataclass(frozen=True)
class Analyzer:
    """Everything needed to analyse visits, built once and shared; each model may be missing.

    `titles` are the Chinese names of the objection codes, `versions` what else made the results (content digest, …).
    """

    lexicon: Lexicon
    matcher: KeywordMatcher
    turn_models: TurnScorer | None = None
    role_model: RolePredictor | None = None
    churn_model: ChurnAssessor | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def analyze(self, transcript: Transcript, *, context: VisitContext) -> Analysis:
        """The analysis of one visit.

        Args:
            transcript: turns with role_score 0 and role `other` count as unknown and get the role model's.
            context: the day anchors spoken dates, the rivals are looked for by name.
        """
        skipped: list[Skipped] = []
        turns = self._with_roles(self._folded(transcript.turns), skipped)
        scores = self._scores(turns, skipped)
        found = self._findings(turns, scores, context)
        findings, dropped = ground(found, turns)
        steps = next_steps(findings)
        return Analysis(
            visit_id=context.visit_id,
            versions=self._versions(),
            turns=turns,
            findings=findings,
            summary=summarize(turns, findings, steps, titles=self.titles, cut=self.lexicon.segmenter.words),
            five_elements=five_elements(turns, findings, context=context, titles=self.titles),
            next_steps=steps,
            debrief=debrief(turns, findings, steps, titles=self.titles),
            interaction=measure_interaction(turns, duration_ms=transcript.duration_ms),
            churn_risk=self._risk(turns, scores, skipped),
            skipped=tuple(skipped),
            dropped_quotes=dropped,
        )

    def hear(self, earlier: Sequence[Turn], turn: Turn, *, context: VisitContext) -> tuple[Turn, tuple[Finding, ...]]:
        """One sentence of a talk that still goes on: the turn with its role, and what is found in it alone.

        Args:
            earlier: turns before it, in order, as they came back from here; the last few are read.
            turn: with role_score 0 and role `other`, its role is predicted.
        """
        turns = self._with_roles((*earlier[-_HEARD_BEFORE:], *self._folded([turn])), [])
        found = self._findings(turns[-1:], self._scores(turns, [])[-1:], context)
        findings, _ = ground(found, turns[-1:])
        return turns[-1], findings

    def reconsider(self, analysis: Analysis, claims: Sequence[Claim], *, context: VisitContext, by: str) -> Analysis:
        """The analysis with what another opinion claims and the models do not rule out.

        Args:
            analysis: of this analyzer.
            claims: what another opinion sees in its turns.
            context: of the visit.
            by: who claims it, with version.
        """
        if self.turn_models is None:
            return analysis
        models, titles = self.turn_models, self.titles
        return reconsider(analysis, claims, models=models, titles=titles, context=context, by=by)

    def attribute(self, transcript: Transcript) -> Transcript:
        """The transcript in Simplified characters with a role for every turn, for those who want no analysis."""
        return replace(transcript, turns=self._with_roles(self._folded(transcript.turns), []))

    def _versions(self) -> dict[str, str]:
        models = {"turns": self.turn_models, "roles": self.role_model, "churn": self.churn_model}
        return {"nlp": VERSION, **self.versions, **{name: m.version for name, m in models.items() if m is not None}}

    def _folded(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        """Turns with Simplified text, and what was heard kept beside it."""
        return tuple(
            replace(turn, text=self.lexicon.folder.fold(turn.text), raw_text=turn.raw_text or turn.text)
            for turn in turns
        )

    def _with_roles(self, turns: tuple[Turn, ...], skipped: list[Skipped]) -> tuple[Turn, ...]:
        unknown = [turn.role == "other" and turn.role_score == 0.0 for turn in turns]
        if not any(unknown):
            return turns
        if self.role_model is None:
            skipped.append(Skipped("roles", _NO_MODEL, "在请求里给每一轮标上 role，或安装说话人角色模型后重新分析"))
            return turns
        predicted = settle_channels(turns, self.role_model.predict([turn.text for turn in turns]))
        return tuple(
            replace(turn, role=role, role_score=score) if missing else turn
            for turn, missing, (role, score) in zip(turns, unknown, predicted, strict=True)
        )

    def _scores(self, turns: Sequence[Turn], skipped: list[Skipped]) -> list[TurnScores]:
        if self.turn_models is None:
            skipped.append(Skipped("objections_and_signals", _NO_MODEL, "安装异议与信号模型后重新分析"))
            return [TurnScores() for _ in turns]
        return self.turn_models.score(turns)

    def _findings(self, turns: Sequence[Turn], scores: Sequence[TurnScores], context: VisitContext) -> list[Finding]:
        found: list[Finding] = []
        version = self.turn_models.version if self.turn_models else ""
        said = self.matcher.match_all([turn.text for turn in turns])
        for turn, score, hits in zip(turns, scores, said, strict=True):
            found += keyword_findings(turn, hits, visit_id=context.visit_id)
            labels = label_findings(turn, score, visit_id=context.visit_id, version=version)
            found += labels
            items = extract_items(turn.text, context.date)
            found += entity_findings(turn, labels, context=context, items=items)
            found += commitment_findings(turn, labels, context=context, items=items)
        return settle_agreed_days(found, turns, visit_date=context.date)

    def _risk(self, turns: Sequence[Turn], scores: Sequence[TurnScores], skipped: list[Skipped]) -> ChurnRisk:
        """The risk; without the models a low risk of probability 0 without reasons, named in `skipped`."""
        if self.churn_model is None or self.turn_models is None:
            skipped.append(Skipped("churn_risk", _NO_MODEL, "安装异议与信号模型和流失风险模型后重新分析"))
            return ChurnRisk("low", 0.0)
        return self.churn_model.assess(turns, scores)
