"""Bodies of playbooks: rules, their versions, checks and back-tests."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from service.api.rendering import instant
from service.api.schemas.base import In, Instant, Key, Label, Out
from service.domain.content.playbooks import PlaybookStatus
from service.domain.playbooks.backtest import BacktestReport, Case, RuleReport
from service.domain.playbooks.explain import explain
from service.domain.playbooks.ports import PlaybookVersion
from service.domain.playbooks.rules import Rule

RuleText = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=262_144)]
RuleId = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]{1,63}$")]


class PlaybookIn(In):
    """A rule's file as YAML, by whom, and why."""

    text: RuleText
    author: Key | None = None
    note: Label = ""


class PlaybookCheckIn(In):
    """A rule's file that is not to be stored yet."""

    text: RuleText


class PlaybookStatusIn(In):
    """experimental: logs only; test: tells sales operations alone; stable: acts; deprecated: off."""

    status: PlaybookStatus
    author: Key | None = None
    note: Label = ""


class RollbackIn(In):
    """The version to go back to; 0 is the shipped rule."""

    version: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
    author: Key | None = None
    note: Label = ""


class BacktestIn(In):
    """Rules by id, or a text that is not stored yet (or both), over the stored events of a time."""

    rules: Annotated[tuple[RuleId, ...], Field(max_length=50)] = ()
    text: RuleText | None = None
    since: Instant | None = None
    until: Instant | None = None


class PlaybookOut(Out):
    """A rule in force."""

    id: str
    title: str
    status: str
    severity: str
    subject: str
    serves: list[str]
    owner: str
    description: str
    version: str
    changed: bool
    since: str | None

    @classmethod
    def of(cls, rule: Rule) -> "PlaybookOut":
        """From the rule."""
        return cls(**_rule_fields(rule))


def _rule_fields(rule: Rule) -> dict[str, Any]:
    book = rule.book
    return {
        "id": book.id,
        "title": book.title,
        "status": book.status,
        "severity": book.severity,
        "subject": book.subject,
        "serves": list(book.serves),
        "owner": book.owner,
        "description": book.description,
        "version": rule.version,
        "changed": rule.since is not None,
        "since": rule.since and instant(rule.since),
    }


class PlaybookDetailOut(PlaybookOut):
    """A rule with its text and what it says in Chinese."""

    text: str
    explanation: str

    @classmethod
    def of(cls, rule: Rule) -> "PlaybookDetailOut":
        """From the rule."""
        return cls(**_rule_fields(rule), text=rule.text, explanation=explain(rule.book))


class PlaybookPageOut(Out):
    """All rules in force, by id."""

    items: list[PlaybookOut]


class PlaybookVersionOut(Out):
    """One change; an empty text is the shipped rule again."""

    id: str
    playbook: str
    version: int
    author: str
    note: str
    created_at: str
    text: str

    @classmethod
    def of(cls, version: PlaybookVersion) -> "PlaybookVersionOut":
        """From the row."""
        return cls(
            id=version.id,
            playbook=version.rule_id,
            version=version.version,
            author=version.author,
            note=version.note,
            created_at=instant(version.created_at),
            text=version.text,
        )


class PlaybookVersionsOut(Out):
    """Every change of a rule, the newest first."""

    items: list[PlaybookVersionOut]


class PlaybookCheckOut(Out):
    """Whether a text holds: its faults with their lines, else what it says in Chinese."""

    valid: bool
    faults: list[str]
    explanation: str


class BacktestOut(Out):
    """What the rules would have done; of a sample where fewer than all `subjects` were `looked_at`."""

    events: int
    subjects: int
    looked_at: int
    whole: bool
    since: str | None
    until: str
    rules: list[dict[str, Any]]

    @classmethod
    def of(cls, report: BacktestReport) -> "BacktestOut":
        """From the report."""
        return cls(
            events=report.events,
            subjects=report.subjects,
            looked_at=report.looked_at,
            whole=report.is_whole,
            since=report.since and instant(report.since),
            until=instant(report.until),
            rules=[_report_json(rule) for rule in report.rules],
        )


def _report_json(rule: RuleReport) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "title": rule.title,
        "firings": rule.firings,
        "subjects": len(rule.subjects),
        "owners": dict(rule.owners.most_common(20)),
        "by_week": dict(sorted(rule.by_week.items())),
        "needless": rule.needless,
        "failure": rule.failure,
        "examples": [_case_json(case) for case in rule.examples],
        "false_alarms": [_case_json(case) for case in rule.false_alarms],
    }


def _case_json(case: Case) -> dict[str, Any]:
    evidence = [{"event_id": proof.event_id, "at": instant(proof.at), "what": proof.what, "value": proof.value}
                for proof in case.proofs]  # fmt: skip
    subject = {"kind": case.subject[0], "id": case.subject[1]}
    return {"subject": subject, "at": instant(case.at), "owner": case.owner, "text": case.text, "evidence": evidence}
