"""One visit as people read it: what was said, what was found in it, what others say of that, and the sound."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlp.types import Analysis, Finding, Span, Turn
from service.domain.coaching.course_rows import CourseRow
from service.domain.coaching.hint_rows import HintRow
from service.domain.coaching.reviews import Appeal, LabelRow
from service.domain.errors import Invalid
from service.domain.people import Person
from service.domain.ports import UnitOfWork
from service.domain.records import Page
from service.domain.visit import Visit
from service.usecases.console.view_rep import VisitLine, visit_line
from service.usecases.console.view_scope import Scope, account_name, read_scope, scoped_visit
from service.usecases.services import Services

CHIPPED = ("objection", "signal", "commitment", "compliance")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a turn's text; marked when it is a keyword."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding with what people said of it."""

    finding: Finding
    label: LabelRow | None
    appeal: Appeal | None


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn with its marked words, its findings, and what people say the model missed in it."""

    turn: Turn
    pieces: tuple[Piece, ...]
    findings: tuple[FindingView, ...]
    missed: tuple[LabelRow, ...] = ()

    @property
    def has_objection(self) -> bool:
        """Whether the customer objects here, by the model or by a person."""
        found = [view.finding.kind for view in self.findings] + [label.kind for label in self.missed]
        return "objection" in found


@dataclass(frozen=True, slots=True)
class VisitView:
    """Everything on the page; `analysis` is None while the visit waits for it.

    `high_quality`: the customer signed for what hurts, so that no checklist was asked for. `held`: no recording notice
    was heard, so that only whoever leads the team sees what was said, to decide about it.
    """

    visit: Visit
    rep: str
    account: str
    turns: tuple[TurnView, ...]
    analysis: Analysis | None
    hints: tuple[HintRow, ...]
    courses: tuple[CourseRow, ...]
    has_audio: bool
    may_lead: bool
    is_own: bool
    high_quality: bool
    held: bool


def view_visit(services: Services, viewer: Person, visit_id: str) -> VisitView:
    """The page of one visit.

    Raises:
        NotFound: no such visit, or not for this viewer (`visit_not_found`).
    """
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        visit = scoped_visit(tx, scope, visit_id)
        tenant_id = scope.tenant_id
        record = tx.analyses.latest(tenant_id, visit_id)
        said = tx.transcripts.latest(tenant_id, visit_id)
        labels = tx.coaching.labels.find(tenant_id, among={"visit_id": [visit_id]})
        appeals = tx.coaching.appeals.find(tenant_id, among={"visit_id": [visit_id]})
        hints = tx.coaching.hints.find(tenant_id, among={"visit_id": [visit_id]})
        courses = tx.coaching.courses.find(tenant_id, among={"visit_id": [visit_id]})
        recordings = tx.recordings.of_visit(tenant_id, visit_id)
        check_in = tx.coaching.check_ins.get(tenant_id, visit_id)
        account = account_name(tx, tenant_id, visit.account_id)
    analysis = record.analysis if record and not visit.unverified else None
    if visit.unverified and not scope.leads(visit.rep_id):
        said = None
    turns = analysis.turns if analysis else (said.transcript.turns if said else ())
    return VisitView(
        visit=visit,
        rep=scope.name(visit.rep_id),
        account=account,
        turns=tuple(_turn_views(turns, analysis.findings if analysis else (), labels, appeals)),
        analysis=analysis,
        hints=tuple(hints),
        courses=tuple(courses),
        has_audio=any(recording.blob for recording in recordings),
        may_lead=scope.leads(visit.rep_id),
        is_own=viewer.id == visit.rep_id,
        high_quality=check_in is not None and check_in.high_quality,
        held=visit.unverified,
    )


def list_visits(
    services: Services, viewer: Person, *, page: Page, rep_id: str | None = None
) -> tuple[list[VisitLine], Scope, str | None]:
    """Visits the viewer may see, the newest first, the scope, and where the next page begins.

    Raises:
        NotFound: a rep outside the scope (`rep_not_found`). Invalid: no page begins there (`cursor_invalid`).
    """
    with services.uow(write=False) as tx:
        scope = read_scope(tx, viewer)
        last = tx.visits.get(scope.tenant_id, page.after) if page.after else None
        if page.after and (last is None or not scope.sees(last.rep_id)):
            raise Invalid("no page of this list begins there", code="cursor_invalid")
        if rep_id is None and viewer.role == "rep":
            rep_id = viewer.id
        if rep_id is not None:
            scope.require_rep(rep_id)
        found, cursor = _seen(tx, scope, page, rep_id)
        return [visit_line(tx, scope, visit) for visit in found], scope, cursor


def _seen(tx: UnitOfWork, scope: Scope, page: Page, rep_id: str | None) -> tuple[list[Visit], str | None]:
    """A full page of what the viewer may see, however many visits of others lie between."""
    found: list[Visit] = []
    after = page.after
    while len(found) < page.limit:
        batch = tx.visits.page(scope.tenant_id, Page(page.limit, after), rep_id=rep_id)
        found += [visit for visit in batch if scope.sees(visit.rep_id)]
        if len(batch) < page.limit:
            return found[: page.limit], None if len(found) <= page.limit else found[page.limit - 1].id
        after = batch[-1].id
    return found[: page.limit], found[page.limit - 1].id


def cut_pieces(text: str, spans: Sequence[Span]) -> tuple[Piece, ...]:
    """The text as marked and plain stretches; overlapping spans become one."""
    pieces: list[Piece] = []
    at = 0
    for begin, end in sorted(spans):
        start, stop = max(begin, at), min(end, len(text))
        if stop <= start:
            continue
        if start > at:
            pieces.append(Piece(text[at:start], marked=False))
        if begin < at and pieces:
            last = pieces.pop()
            pieces.append(Piece(last.text + text[start:stop], marked=True))
        else:
            pieces.append(Piece(text[start:stop], marked=True))
        at = stop
    if at < len(text):
        pieces.append(Piece(text[at:], marked=False))
    return tuple(pieces)


def _turn_views(
    turns: Sequence[Turn], findings: Sequence[Finding], labels: Sequence[LabelRow], appeals: Sequence[Appeal]
) -> list[TurnView]:
    spans: Mapping[int, list[Span]] = defaultdict(list)
    chips: Mapping[int, list[FindingView]] = defaultdict(list)
    newest = {label.finding_id: label for label in reversed(labels) if label.source == "review"}
    missed: Mapping[int | None, list[LabelRow]] = defaultdict(list)
    for label in labels:
        if label.verdict == "missing":
            missed[label.turn].append(label)
    contested = {appeal.target_id: appeal for appeal in reversed(appeals)}
    for finding in findings:
        if finding.kind == "keyword":
            spans[finding.turn].append(finding.span)
        elif finding.kind in CHIPPED:
            view = FindingView(finding, newest.get(finding.id), contested.get(finding.id))
            chips[finding.turn].append(view)
    return [
        TurnView(turn, cut_pieces(turn.text, spans[turn.i]), tuple(chips[turn.i]), tuple(missed[turn.i]))
        for turn in turns
    ]
