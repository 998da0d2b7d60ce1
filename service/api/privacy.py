"""`/v1/privacy`: how long things are kept, legal holds, and the register of who processes data."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field, StrictBool, StrictInt, StringConstraints
from starlette.responses import Response

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.preconditions import TAGGED, MatchOf, tag_of, takes_match
from service.api.rendering import JsonResponse, instant, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.base import In, Key, Label, Out
from service.api.schemas.examples import answer, body
from service.api.schemas.transfers import TRANSFERS_OUT, TransfersOut
from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import HoldRow, NoticeRule, PrivacyRulesRow, ProcessorRow, RetentionRow
from service.domain.privacy.transfers import year_of
from service.usecases.privacy.count_transfers import transfers_of
from service.usecases.privacy.decide_privacy import (
    change_retention,
    new_processor,
    place_hold,
    register_processor,
    release_hold,
    remove_processor,
)
from service.usecases.privacy.decide_rules import change_rules, rules_of
from service.usecases.privacy.keep_audit import actor_of
from service.usecases.privacy.sweep_retention import retention_of

router = strict_router(tags=["privacy"], prefix="/v1/privacy")
Days = Annotated[StrictInt, Field(ge=1, le=3_650)]
Text = Annotated[Label, Field(min_length=1)]
Host = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")]
Year = Annotated[str | None, Query(pattern=r"^20[0-9]{2}$", description="The calendar year; left out: this one")]
Region = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,8})?$")]


class RetentionIn(In):
    """How many days each kind is kept; what is left out stays."""

    audio_days: Days | None = None
    transcript_days: Days | None = None
    features_days: Days | None = None
    audit_days: Days | None = None
    audio_delete_after_asr: StrictBool = False


class RetentionOut(Out):
    """What holds now."""

    audio_days: int
    transcript_days: int
    features_days: int
    audit_days: int
    audio_delete_after_asr: bool

    @classmethod
    def of(cls, row: RetentionRow) -> "RetentionOut":
        """From the row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class RulesIn(In):
    """What is asked of visits; what is left out stays."""

    notice: Annotated[
        NoticeRule | None,
        Field(
            description="Whose consent must be heard as a recording notice in the first two minutes: `claimed` those "
            "that say where they stand (`notice_at_ms`), `verbal` all given aloud, `all` every visit, `never` none"
        ),
    ] = None
    coaching_only: Annotated[
        StrictBool | None,
        Field(
            description="Scores of people are for coaching alone: nothing `hr` is answered or registered, and such "
            "receivers get no scores"
        ),
    ] = None


class RulesOut(Out):
    """What holds now."""

    notice: NoticeRule
    coaching_only: bool

    @classmethod
    def of(cls, row: PrivacyRulesRow) -> "RulesOut":
        """From the row."""
        return cls(notice=row.notice, coaching_only=row.coaching_only)


class HoldIn(In):
    """What must not be erased, and why."""

    kind: Literal["person", "account", "visit"]
    ref: Key
    reason: Text


class HoldOut(Out):
    """A hold."""

    id: str
    kind: str
    ref: str
    reason: str
    placed_by: str
    at: str
    released_at: str | None

    @classmethod
    def of(cls, row: HoldRow) -> "HoldOut":
        """From the row."""
        released = instant(row.released_at) if row.released_at else None
        return cls(
            id=row.id,
            kind=row.kind,
            ref=row.ref,
            reason=row.reason,
            placed_by=row.placed_by,
            at=instant(row.at),
            released_at=released,
        )


class HoldListOut(Out):
    """All holds, the newest first."""

    items: list[HoldOut]


class ProcessorIn(In):
    """Who gets data of the tenant."""

    kind: Literal["llm", "webhook", "robot", "crm"]
    host: Host
    name: Text
    region: Region
    purpose: Text
    fields: Annotated[tuple[Text, ...], Field(min_length=1, max_length=50)]
    contract_ref: Text


class ProcessorOut(Out):
    """An entry of the register."""

    id: str
    kind: str
    host: str
    name: str
    region: str
    purpose: str
    fields: list[str]
    contract_ref: str
    at: str

    @classmethod
    def of(cls, row: ProcessorRow) -> "ProcessorOut":
        """From the row."""
        return cls(id=row.id, kind=row.kind, host=row.host, name=row.name, region=row.region, purpose=row.purpose,
                   fields=list(row.fields), contract_ref=row.contract_ref, at=instant(row.at))  # fmt: skip


class ProcessorListOut(Out):
    """The register, the newest first."""

    items: list[ProcessorOut]


_RETENTION = {"audio_days": 14, "transcript_days": 90, "features_days": 365, "audit_days": 1095,
              "audio_delete_after_asr": False}  # fmt: skip
_RULES = {"notice": "verbal", "coaching_only": False}
_HOLD_IN = {"kind": "account", "ref": "acc-2041", "reason": "合同纠纷，法务要求保全"}
_HOLD = {**_HOLD_IN, "id": "hld_019cdb0f10117d2295f08a41e6cc3b70", "placed_by": "key:7f2a9c01",
         "at": "2026-03-11T03:12:45.118Z", "released_at": None}  # fmt: skip
_PROCESSOR_IN = {"kind": "webhook", "host": "crm.example", "name": "远航客户云", "region": "CN", "purpose": "客户管理",
                 "fields": ["summary", "findings"], "contract_ref": "DPA-2026-014"}  # fmt: skip
_PROCESSOR = {**_PROCESSOR_IN, "id": "prc_019cdb0f10117d2295f08a41e6cc3b70", "at": "2026-03-11T03:12:45.118Z"}


@router.get(
    "/retention",
    response_model=RetentionOut,
    responses={200: {**answer(_RETENTION), "headers": TAGGED}, **problems()},
    openapi_extra=scoped("audit:read"),
)
def read_retention(caller: Caller, services: Wired) -> JsonResponse:
    """How many days each kind of data is kept."""
    with services.uow(write=False) as tx:
        shown = RetentionOut.of(retention_of(tx, caller.tenant_id, services.clock.now()))
    return JsonResponse(shown, headers={"ETag": tag_of(shown)})


@router.put(
    "/retention",
    response_model=RetentionOut,
    responses={200: {**answer(_RETENTION), "headers": TAGGED}, **problems(412)},
    openapi_extra=scoped("privacy:write", requestBody=body(_RETENTION, "RetentionIn"), **takes_match()),
)
def put_retention(body: RetentionIn, caller: Caller, services: Wired, require: MatchOf) -> JsonResponse:
    """Keep things shorter than the defaults (30, 180, 365 and 1095 days); never longer."""
    given = body.model_dump(exclude={"audio_delete_after_asr"}, exclude_none=True)
    days = {name.removesuffix("_days"): int(wanted) for name, wanted in given.items()}
    with services.uow() as tx:
        policy = change_retention(
            tx,
            services,
            caller.tenant_id,
            actor=actor_of(caller),
            days=days,
            delete_after_asr=body.audio_delete_after_asr,
            allow=lambda standing: require(tag_of(RetentionOut.of(standing))),
        )
    shown = RetentionOut.of(policy)
    return JsonResponse(shown, headers={"ETag": tag_of(shown)})


@router.get(
    "/rules",
    response_model=RulesOut,
    responses={200: answer(_RULES), **problems()},
    openapi_extra=scoped("audit:read"),
)
def read_rules(caller: Caller, services: Wired) -> JsonResponse:
    """What this tenant asks of its visits."""
    with services.uow(write=False) as tx:
        return JsonResponse(RulesOut.of(rules_of(tx, caller.tenant_id, services.clock.now())))


@router.put(
    "/rules",
    response_model=RulesOut,
    responses={200: answer(_RULES), **problems()},
    openapi_extra=scoped("privacy:write", requestBody=body(_RULES, "RulesIn")),
)
def put_rules(body: RulesIn, caller: Caller, services: Wired) -> JsonResponse:
    """Ask for a spoken notice in fewer or more visits; those that are held already stay so until somebody decides.

    `coaching_only` forbids scores of people as a ground for decisions about them.
    """
    with services.uow() as tx:
        stands = rules_of(tx, caller.tenant_id, services.clock.now())
        changed = change_rules(
            tx,
            services,
            caller.tenant_id,
            actor=actor_of(caller),
            notice=body.notice or stands.notice,
            coaching_only=stands.coaching_only if body.coaching_only is None else body.coaching_only,
        )
    return JsonResponse(RulesOut.of(changed))


@router.get(
    "/holds",
    response_model=HoldListOut,
    responses={200: answer({"items": [_HOLD]}), **problems()},
    openapi_extra=scoped("audit:read"),
)
def holds(caller: Caller, services: Wired) -> JsonResponse:
    """Legal holds, those that ended too."""
    with services.uow(write=False) as tx:
        return JsonResponse(HoldListOut(items=[HoldOut.of(row) for row in tx.privacy.holds.find(caller.tenant_id)]))


@router.post(
    "/holds",
    status_code=201,
    response_model=HoldOut,
    responses={201: answer(_HOLD), **problems(409)},
    openapi_extra=scoped("privacy:write", requestBody=body(_HOLD_IN, "HoldIn"), **TAKES_KEY),
)
def hold(body: HoldIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Keep what this names from erasure and from the sweep until it is released."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        placed = place_hold(tx, services, caller.tenant_id, actor=actor_of(caller), **body.model_dump())
        return 201, json_bytes(HoldOut.of(placed))

    return respond_once(services, once, action)


@router.delete(
    "/holds/{hold_id}",
    response_model=HoldOut,
    responses={200: answer(_HOLD), **problems(404)},
    openapi_extra=scoped("privacy:write"),
)
def release(hold_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """End a hold."""
    with services.uow() as tx:
        released = release_hold(tx, services, caller.tenant_id, hold_id, actor=actor_of(caller))
    return JsonResponse(HoldOut.of(released))


@router.get(
    "/processors",
    response_model=ProcessorListOut,
    responses={200: answer({"items": [_PROCESSOR]}), **problems()},
    openapi_extra=scoped("audit:read"),
)
def processors(caller: Caller, services: Wired) -> JsonResponse:
    """The register of who processes data."""
    with services.uow(write=False) as tx:
        found = tx.privacy.processors.find(caller.tenant_id)
    return JsonResponse(ProcessorListOut(items=[ProcessorOut.of(row) for row in found]))


@router.put(
    "/processors",
    response_model=ProcessorOut,
    responses={200: answer(_PROCESSOR), **problems()},
    openapi_extra=scoped("privacy:write", requestBody=body(_PROCESSOR_IN, "ProcessorIn")),
)
def put_processor(body: ProcessorIn, caller: Caller, services: Wired) -> JsonResponse:
    """Register a receiver, or write its entry anew; 403 `region_denied` outside the regions of this installation."""
    made = new_processor(services, caller.tenant_id, now=services.clock.now(), **body.model_dump())
    with services.uow() as tx:
        stored = register_processor(tx, services, made, actor=actor_of(caller), regions=services.regions)
    return JsonResponse(ProcessorOut.of(stored))


@router.delete(
    "/processors/{processor_id}",
    status_code=204,
    response_class=Response,
    responses={204: {"description": "Forgotten"}, **problems(404)},
    openapi_extra=scoped("privacy:write"),
)
def forget_processor(processor_id: str, caller: Caller, services: Wired) -> Response:
    """Forget an entry; where the register is required, nothing is sent there any more."""
    with services.uow() as tx:
        remove_processor(tx, services, caller.tenant_id, processor_id, actor=actor_of(caller))
    return Response(status_code=204)


@router.get(
    "/transfers",
    response_model=TransfersOut,
    responses={200: TRANSFERS_OUT, **problems()},
    openapi_extra=scoped("audit:read"),
)
def transfers(
    caller: Caller,
    services: Wired,
    year: Year = None,
) -> JsonResponse:
    """How many persons were in what went to receivers in other regions, against the thresholds of the law.

    Reps count as persons, and the customer of each account as one. Counted are full webhooks and robot messages, what a
    language model reads and what a remote speech engine hears, when it is sent. Who was erased stays in the number.
    """
    with services.uow(write=False) as tx:
        counted = transfers_of(tx, caller.tenant_id, year or year_of(services.clock.now()))
    return JsonResponse(TransfersOut.of(counted, services.transfer_limits))
