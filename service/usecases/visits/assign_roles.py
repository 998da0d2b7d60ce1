"""Put right who spoke: swap the two sides, or name single turns; everything after the transcript runs again.

Invariant: words, times and the engine's record stay as they were; a role that a person gave is certain, and the role
model does not touch it again.
"""

from collections.abc import Mapping
from dataclasses import replace

from nlp.types import Role, Turn
from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.domain.records import TranscriptRecord
from service.usecases.services import Services
from service.usecases.visits.put_transcript import admit_transcript, queue_analysis

OTHER_SIDE: Mapping[Role, Role] = {"rep": "customer", "customer": "rep", "other": "other"}


def assign_roles(
    tx: UnitOfWork, services: Services, *, tenant_id: str, visit_id: str, swap: bool, roles: Mapping[int, Role]
) -> TranscriptRecord:
    """The transcript's new version, queued for analysis.

    Args:
        swap: rep becomes customer and customer rep, on every turn.
        roles: the role of single turns by their number; laid over what `swap` makes.
    Raises:
        NotFound: no such visit (`visit_not_found`) or no transcript yet (`transcript_not_found`).
        Conflict: no valid consent; or nobody knows yet who spoke (`analysis_not_ready`).
        Invalid: a number that no turn has (`turn_unknown`).
    """
    visit = admit_transcript(tx, services, tenant_id, visit_id)
    latest = tx.transcripts.latest(tenant_id, visit_id)
    if latest is None:
        raise NotFound("this visit has no transcript (yet)", code="transcript_not_found")
    turns = _turns_in_force(tx, latest)
    unknown = sorted(set(roles) - {turn.i for turn in turns})
    if unknown:
        raise Invalid(f"there is no turn {unknown[0]}: turns count from 0 to {len(turns) - 1}", code="turn_unknown")
    changed = tuple(_with_role(turn, swap=swap, role=roles.get(turn.i)) for turn in turns)
    transcript = replace(latest.transcript, turns=changed)
    record = tx.transcripts.put(
        replace(latest, version=0, source="correction", transcript=transcript, created_at=services.clock.now())
    )
    queue_analysis(tx, services, visit, record)
    return record


def _turns_in_force(tx: UnitOfWork, latest: TranscriptRecord) -> tuple[Turn, ...]:
    """The turns with the roles that are shown now: the analysis predicted those that came without."""
    analysis = tx.analyses.latest(latest.tenant_id, latest.visit_id)
    if analysis is not None and analysis.transcript_version == latest.version:
        found = {turn.i: (turn.role, turn.role_score) for turn in analysis.analysis.turns}
        shown = [(turn, *found.get(turn.i, (turn.role, turn.role_score))) for turn in latest.transcript.turns]
        return tuple(replace(turn, role=role, role_score=score) for turn, role, score in shown)
    if any(turn.role == "other" and turn.role_score == 0.0 for turn in latest.transcript.turns):
        raise Conflict("nobody knows yet who spoke: wait until the visit is analysed", code="analysis_not_ready")
    return latest.transcript.turns


def _with_role(turn: Turn, *, swap: bool, role: Role | None) -> Turn:
    if role is not None:
        return replace(turn, role=role, role_score=1.0)
    return replace(turn, role=OTHER_SIDE[turn.role], role_score=1.0) if swap else turn
