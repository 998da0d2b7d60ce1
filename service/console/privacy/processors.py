"""The register of processors: who gets which data of the tenant, where they lie, under which contract."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from service.api.privacy import ProcessorIn
from service.console.form_lines import FieldFault
from service.console.guests import Posted, Viewer
from service.console.privacy.bodies import body_of
from service.console.rendering import page
from service.console.wiring import PATH, console_of
from service.domain.errors import Invalid
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import ProcessorKind, ProcessorRow
from service.usecases.console.enter_console import Entered
from service.usecases.console.view_privacy import WRITE, actor_in, may_answer, require_answer
from service.usecases.console.view_processors import find_processor, is_listed, view_register
from service.usecases.privacy.decide_privacy import new_processor, register_processor, remove_processor
from service.usecases.services import Services

router = APIRouter()
LIST = f"{PATH}/privacy/processors"
KINDS: tuple[ProcessorKind, ...] = get_args(ProcessorKind)
Host = Annotated[str, Query(max_length=253)]


@router.get("/privacy/processors")
def listed(request: Request, viewer: Viewer, host: Host = "") -> Response:
    """The register; `host` is one that somebody is about to add."""
    return _show_register(request, viewer, {"host": host})


@router.post("/privacy/processors")
def add(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Another entry; one that is there already is changed on its own page."""
    services = console_of(request).services
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        body, faults = _body(services, fields)
        if body and is_listed(tx, viewer.tenant_id, body.kind, body.host):
            faults = [FieldFault("host", "fault.processor_listed")]
        if body and not faults:
            made = _register(tx, services, viewer, body)
            return RedirectResponse(f"{LIST}#{made.id}", 303)
    return _show_register(request, viewer, fields, faults)


@router.get("/privacy/processors/{processor_id}")
def one(processor_id: str, request: Request, viewer: Viewer) -> Response:
    """One entry."""
    return _show_entry(request, viewer, processor_id)


@router.post("/privacy/processors/{processor_id}")
def change(processor_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """The entry written anew; its kind and host are what it is known by, and stay."""
    services = console_of(request).services
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        row = find_processor(tx, viewer.tenant_id, processor_id)
        body, faults = _body(services, {**fields, "kind": row.kind, "host": row.host})
        if body and not faults:
            _register(tx, services, viewer, body)
            return RedirectResponse(f"{LIST}#{row.id}", 303)
    return _show_entry(request, viewer, processor_id, fields, faults)


@router.post("/privacy/processors/{processor_id}/removal")
def remove(processor_id: str, request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Forget the entry; where the register is required, nothing is sent there any more."""
    services = console_of(request).services
    with services.uow() as tx:
        require_answer(tx, viewer, WRITE)
        if fields.get("sure") != "1":
            raise Invalid("tick that you know what is sent no more", code="removal_unconfirmed")
        remove_processor(tx, services, viewer.tenant_id, processor_id, actor=actor_in(viewer))
    return RedirectResponse(LIST, 303)


def _body(services: Services, fields: Mapping[str, str]) -> tuple[ProcessorIn | None, list[FieldFault]]:
    """The entry that was typed, each line of `fields` a kind of data, in a region that consent and notice cover."""
    sent: dict[str, object] = {name: fields.get(name, "").strip() for name in ProcessorIn.model_fields}
    sent["fields"] = tuple(line.strip() for line in fields.get("fields", "").splitlines() if line.strip())
    body, faults = body_of(ProcessorIn, sent, "fault.processor_")
    if sent["region"] not in services.regions and all(fault.field != "region" for fault in faults):
        faults = [*faults, FieldFault("region", "fault.processor_region")]
    return body, faults


def _register(tx: UnitOfWork, services: Services, viewer: Entered, body: ProcessorIn) -> ProcessorRow:
    made = new_processor(services, viewer.tenant_id, now=services.clock.now(), **body.model_dump())
    return register_processor(tx, services, made, actor=actor_in(viewer), regions=services.regions)


def _show_register(
    request: Request, viewer: Entered, fields: Mapping[str, str], faults: Sequence[FieldFault] = ()
) -> Response:
    services = console_of(request).services
    with services.uow(write=False) as tx:
        require_answer(tx, viewer)
        found = view_register(tx, services, viewer.tenant_id)
        may_write = may_answer(tx, viewer, WRITE)
    return page(
        request,
        "privacy_processors.html",
        status=422 if faults else 200,
        found=found,
        kinds=KINDS,
        regions=services.regions,
        fields=defaultdict(str, fields),
        faults=faults,
        may_write=may_write,
    )


def _show_entry(
    request: Request,
    viewer: Entered,
    processor_id: str,
    fields: Mapping[str, str] | None = None,
    faults: Sequence[FieldFault] = (),
) -> Response:
    services = console_of(request).services
    with services.uow(write=False) as tx:
        require_answer(tx, viewer)
        row = find_processor(tx, viewer.tenant_id, processor_id)
        may_write = may_answer(tx, viewer, WRITE)
    shown = {"name": row.name, "region": row.region, "purpose": row.purpose, "fields": "\n".join(row.fields),
             "contract_ref": row.contract_ref}  # fmt: skip
    return page(request, "privacy_processor.html", status=422 if faults else 200, row=row, faults=faults,
                regions=services.regions, fields=defaultdict(str, shown if fields is None else fields),
                required=services.installed().processors_required, may_write=may_write)  # fmt: skip
