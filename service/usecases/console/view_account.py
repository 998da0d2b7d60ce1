"""An account's story: its visits with what the customer said by topic, each quote with its second in the audio."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nlp.taxonomy import LabelKind
from nlp.types import RiskLevel
from service.domain.errors import Invalid, NotFound
from service.domain.evidence import Evidence, evidence_of
from service.domain.people import Person
from service.domain.visit import VisitRecord
from service.usecases.console.view_scope import VISITS_READ, account_name, read_scope
from service.usecases.services import Services

SHOWN_A_VISIT = 6
KINDS: tuple[LabelKind, ...] = ("objection", "signal")


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing said about a topic."""

    kind: str
    code: str
    said: Evidence


@dataclass(frozen=True, slots=True)
class StoryVisit:
    """One visit in the account's story."""

    id: str
    rep: str
    rep_id: str
    visited_at: datetime
    channel: str
    risk: RiskLevel
    summary: str
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that came up: how often, and when last."""

    kind: str
    code: str
    times: int
    last: Mention


@dataclass(frozen=True, slots=True)
class AccountView:
    """Everything on the page."""

    account_id: str
    name: str
    visits: tuple[StoryVisit, ...]
    topics: tuple[Topic, ...]


def view_account(services: Services, viewer: Person, account_id: str, *, topic: str = "") -> AccountView:
    """The account as far as the viewer sees its visits; with `topic`, only what was said about it.

    Raises:
        NotFound: no visit to such an account in the viewer's scope (`account_not_found`). Invalid: a topic that the
            taxonomy does not hold (`topic_unknown`).
    """
    if topic and topic not in {code for kind in KINDS for code in services.content.taxonomy.codes(kind)}:
        raise Invalid("there is no such topic", code="topic_unknown")
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        history = tx.visits.history(
            scope.tenant_id, before=services.clock.now(), limit=VISITS_READ, account_id=account_id
        )
        seen = [record for record in history if scope.sees(record.rep_id)]
        if not seen:
            raise NotFound("there is no such account", code="account_not_found")
        channels = {record.visit_id: tx.visits.get(scope.tenant_id, record.visit_id) for record in seen}
        name = account_name(tx, scope.tenant_id, account_id)
    mentions = {record.visit_id: mentions_in(record) for record in seen}
    visits: list[StoryVisit] = []
    for record in seen:
        found = [one for one in mentions[record.visit_id] if topic in ("", one.code)]
        visit = channels[record.visit_id]
        if found or not topic:
            visits.append(
                StoryVisit(
                    id=record.visit_id,
                    rep=scope.name(record.rep_id),
                    rep_id=record.rep_id,
                    visited_at=record.visited_at,
                    channel=visit.channel if visit else "",
                    risk=record.analysis.churn_risk.level,
                    summary=record.analysis.summary.text,
                    mentions=tuple(found if topic else found[:SHOWN_A_VISIT]),
                )
            )
    in_order = [one for record in seen for one in mentions[record.visit_id]]
    return AccountView(account_id, name, tuple(visits), _topics(in_order))


def mentions_in(record: VisitRecord) -> list[Mention]:
    """What the customer said in one visit, in the order it was said."""
    found: list[Mention] = []
    for finding in record.analysis.findings:
        said = evidence_of(record, finding) if finding.kind in KINDS and finding.role == "customer" else None
        if said is not None:
            found.append(Mention(finding.kind, finding.code, said))
    return sorted(found, key=lambda one: one.said.turn)


def _topics(newest_first: Sequence[Mention]) -> tuple[Topic, ...]:
    times = Counter((one.kind, one.code) for one in newest_first)
    last: dict[tuple[str, str], Mention] = {}
    for one in newest_first:
        key = (one.kind, one.code)
        if key not in last or one.said.said_at >= last[key].said.said_at:
            last[key] = one
    return tuple(Topic(kind, code, count, last[kind, code]) for (kind, code), count in times.most_common())
