"""How long each kind of data is kept, and legal holds: both decide what the hourly sweep leaves.

Invariant: what a shorter time erases, and what a hold no longer keeps, is agreed to with a tick.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.api.privacy import HoldIn
from service.console.form_lines import FieldFault, number_of
from service.console.guests import Posted, Viewer
from service.console.privacy.bodies import body_of
from service.console.rendering import page
from service.console.wiring import PATH, console_of
from service.domain.errors import Invalid, Stale
from service.domain.privacy.rules import DEFAULT_DAYS, RetentionRow
from service.usecases.console.enter_console import Entered
from service.usecases.console.view_privacy import WRITE, actor_in, may_answer, require_answer
from service.usecases.console.view_retention import view_retention
from service.usecases.console.view_scope import read_scope
from service.usecases.privacy.decide_privacy import change_retention, place_hold, release_hold
from service.usecases.privacy.sweep_retention import retention_of

router = APIRouter()
LIST = f"{PATH}/privacy/retention"
SUBJECTS = ("person", "account", "visit")
AFTER_ASR = "audio_delete_after_asr"
_SEEN = "seen"


@router.get("/privacy/retention")
def kept(request: Request, viewer: Viewer) -> Response:
    """The times and the holds."""
    return _show(request, viewer)


@router.get("/privacy/holds")
def holds(viewer: Viewer) -> Response:
    """Where holds stand."""
    del viewer
    return RedirectResponse(f"{LIST}#holds", 303)


@router.post("/privacy/retention")
def put_times(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Other times, if nobody changed them since the page was opened; what they erase is ticked first."""
    services, tenant_id = console_of(request).services, viewer.tenant_id
    days, faults = _days(fields)

    def unchanged(standing: RetentionRow) -> None:
        if fields.get(_SEEN) != _stamp(standing):
            raise Stale("somebody changed the times since the page was opened")

    try:
        with services.uow() as tx:
            require_answer(tx, viewer, WRITE)
            standing = retention_of(tx, tenant_id, services.clock.now())
            unchanged(standing)
            changed = {kind: wanted for kind, wanted in days.items() if wanted != getattr(standing, f"{kind}_days")}
            after_asr = fields.get(AFTER_ASR) == "1"
            erases = any(wanted < getattr(standing, f"{kind}_days") for kind, wanted in changed.items())
            if (erases or (after_asr and not standing.audio_delete_after_asr)) and fields.get("sure") != "1":
                faults.append(FieldFault("sure", "fault.sure"))
            if not faults and (changed or after_asr != standing.audio_delete_after_asr):
                change_retention(tx, services, tenant_id, actor=actor_in(viewer), days=changed,
                                 delete_after_asr=after_asr, allow=unchanged)  # fmt: skip
    except Stale:
        return _show(request, viewer, faults=[FieldFault("", "fault.times_meanwhile")], status=409)
    return _show(request, viewer, fields, faults, status=422) if faults else RedirectResponse(LIST, 303)


@router.post("/privacy/holds")
def place(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Keep what the form names from erasure and from the sweep."""
    services = console_of(request).services
    sent = {name: fields.get(name, "").strip() for name in HoldIn.model_fields}
    body, faults = body_of(HoldIn, sent, "fault.hold_")
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        made = body and place_hold(tx, services, viewer.tenant_id, actor=actor_in(viewer), kind=body.kind,
                                   ref=body.ref, reason=body.reason)  # fmt: skip
    return RedirectResponse(f"{LIST}#{made.id}", 303) if made else _show(request, viewer, fields, faults, status=422)


@router.post("/privacy/holds/{hold_id}")
def release(hold_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """End a hold; what was due meanwhile is erased by the next sweep."""
    services = console_of(request).services
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        if fields.get("sure") != "1":
            raise Invalid("tick that you know what may be erased then", code="release_unconfirmed")
        release_hold(tx, services, viewer.tenant_id, hold_id, actor=actor_in(viewer))
    return RedirectResponse(f"{LIST}#holds", 303)


def _days(fields: Mapping[str, str]) -> tuple[dict[str, int], list[FieldFault]]:
    """Days by kind, and what is wrong with the others: whole numbers up to the defaults."""
    days: dict[str, int] = {}
    faults: list[FieldFault] = []
    for kind, most in DEFAULT_DAYS.items():
        wanted = number_of(fields, f"{kind}_days")
        if wanted is None or wanted > most:
            faults.append(FieldFault(f"{kind}_days", "fault.number", {"most": most}))
        else:
            days[kind] = wanted
    return days, faults


def _shown(policy: RetentionRow) -> dict[str, str]:
    days = {f"{kind}_days": str(getattr(policy, f"{kind}_days")) for kind in DEFAULT_DAYS}
    return {**days, AFTER_ASR: "1" if policy.audio_delete_after_asr else ""}


def _stamp(policy: RetentionRow) -> str:
    """The policy in one word, by which a form knows what it was filled from."""
    return "-".join(_shown(policy).values())


def _show(
    request: Request,
    viewer: Entered,
    fields: Mapping[str, str] | None = None,
    faults: Sequence[FieldFault] = (),
    *,
    status: int = 200,
) -> Response:
    services, sent = console_of(request).services, fields or {}
    with services.uow(write=False) as tx:
        require_answer(tx, viewer)
        found = view_retention(tx, services, read_scope(tx, viewer.person))
        may_write = may_answer(tx, viewer, WRITE)
    return page(
        request,
        "privacy_retention.html",
        status=status,
        found=found,
        fields=defaultdict(str, sent if _SEEN in sent else {**_shown(found.policy), **sent}),
        faults=faults,
        seen=_stamp(found.policy),
        most=DEFAULT_DAYS,
        subjects=SUBJECTS,
        may_write=may_write,
    )
