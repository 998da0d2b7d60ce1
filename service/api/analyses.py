"""`/v1/visits/{id}/analysis`: what was found, with its quotes."""

from typing import Annotated

from fastapi import Query

from nlp.text.masked_document import mask_document
from service.api.auth import Caller, Wired
from service.api.purposes import Asked
from service.api.rendering import JsonResponse
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.analysis import AnalysisOut
from service.api.schemas.examples import ANALYSIS_OUT
from service.api.transcripts import MASKED
from service.domain.errors import Conflict, NotFound
from service.domain.months import month_of
from service.usecases.coaching.review_findings import contested_findings
from service.usecases.coaching.withdraw_coaching import read_withdrawn
from service.usecases.privacy.check_notice import require_verified
from service.usecases.visits.present_analysis import present_analysis
from service.usecases.visits.show_masked import choose_view, note_view

router = strict_router(tags=["analyses"])
_AT_WORK = {"queued", "running"}


@router.get(
    "/visits/{visit_id}/analysis",
    response_model=AnalysisOut,
    responses={200: ANALYSIS_OUT, **problems(404, 409)},
    openapi_extra=scoped("visits:read"),
)
def read(
    visit_id: str,
    caller: Caller,
    services: Wired,
    asked: Asked,
    masked: Annotated[str | None, Query(pattern="^(true|false)$", description=MASKED)] = None,
) -> JsonResponse:
    """The latest analysis; 409 `analysis_not_ready` while the pipeline is still at work.

    409 `consent_unverified` while the visit is held because no recording notice was heard. It judges the rep,
    too: for `purpose=hr` a person reviews the month of the visit first.
    """
    hidden = choose_view(caller, None if masked is None else masked == "true")
    with services.uow(write=False) as tx:
        visit = tx.visits.get(caller.tenant_id, visit_id)
        record = tx.analyses.latest(caller.tenant_id, visit_id)
        pending = record is None or record.coaching is None
        runs = tx.runs.of_visit(caller.tenant_id, visit_id) if visit is not None and pending else []
        contested = contested_findings(tx, caller.tenant_id, visit_id)
        withdrawn = read_withdrawn(tx, caller.tenant_id, visit_id)
    if visit is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    require_verified(visit)
    if record is None or any(run.stage == "coach" and run.state in _AT_WORK for run in runs):
        states = [{"stage": run.stage, "state": run.state, "error_code": run.error_code} for run in runs]
        raise Conflict("this visit is not analysed yet; see `runs`", code="analysis_not_ready", runs=states)
    asked.tells_of(visit.rep_id, month=month_of(visit.visited_at))
    note_view(services, caller, "analysis.read", visit_id, masked=hidden)
    shown = present_analysis(record, contested, withdrawn)
    return JsonResponse(mask_document(shown, services.masker) if hidden else shown)
