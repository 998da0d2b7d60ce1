"""`/v1/playbooks`: the rules in force, changed without a developer, tried on the past before they go live."""

from service.api.auth import Caller, Wired
from service.api.caching import TAKES_KEY, Once, respond_once
from service.api.rendering import JsonResponse, json_bytes
from service.api.routing import problems, scoped, strict_router
from service.api.schemas.playbook_examples import (
    BACKTEST_IN,
    BACKTEST_OUT,
    PLAYBOOK_CHECK_IN,
    PLAYBOOK_CHECK_OUT,
    PLAYBOOK_IN,
    PLAYBOOK_OUT,
    PLAYBOOK_PAGE,
    PLAYBOOK_STATUS_IN,
    PLAYBOOK_VERSION_OUT,
    PLAYBOOK_VERSIONS,
    ROLLBACK_IN,
)
from service.api.schemas.playbooks import (
    BacktestIn,
    BacktestOut,
    PlaybookCheckIn,
    PlaybookCheckOut,
    PlaybookDetailOut,
    PlaybookIn,
    PlaybookOut,
    PlaybookPageOut,
    PlaybookStatusIn,
    PlaybookVersionOut,
    PlaybookVersionsOut,
    RollbackIn,
)
from service.domain.errors import Invalid
from service.domain.playbooks.explain import explain
from service.domain.ports import UnitOfWork
from service.usecases.playbooks.backtest_playbooks import backtest_rules, soon
from service.usecases.playbooks.edit_playbooks import (
    Edit,
    add_rule,
    check_rule,
    find_rule,
    put_rule,
    roll_back,
    switch_rule,
)

router = strict_router(tags=["playbooks"])


@router.get(
    "/playbooks",
    response_model=PlaybookPageOut,
    responses={200: PLAYBOOK_PAGE, **problems()},
    openapi_extra=scoped("playbooks:read"),
)
def listed(caller: Caller, services: Wired) -> JsonResponse:
    """Every rule in force, by id: the shipped ones with what this tenant changed."""
    with services.uow(write=False) as tx:
        book = services.rules_for(tx, caller.tenant_id)
    return JsonResponse(PlaybookPageOut(items=[PlaybookOut.of(rule) for rule in book.rules]))


@router.post(
    "/playbooks",
    status_code=201,
    response_model=PlaybookVersionOut,
    responses={201: PLAYBOOK_VERSION_OUT, **problems(409)},
    openapi_extra=scoped("playbooks:write", requestBody=PLAYBOOK_IN, **TAKES_KEY),
)
def add(body: PlaybookIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """A new rule of this tenant; refused with every fault and its line, or when one of its examples fails."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        edit = Edit(caller.tenant_id, body.author or caller.key_id, body.note)
        return 201, json_bytes(PlaybookVersionOut.of(add_rule(tx, services, edit, body.text)))

    return respond_once(services, once, action)


@router.post(
    "/playbooks/check",
    response_model=PlaybookCheckOut,
    responses={200: PLAYBOOK_CHECK_OUT, **problems()},
    openapi_extra=scoped("playbooks:read", requestBody=PLAYBOOK_CHECK_IN),
)
def check(body: PlaybookCheckIn, caller: Caller, services: Wired) -> JsonResponse:
    """Whether a rule's text holds: faults with lines, failing examples, and what it says in Chinese. Stores nothing."""
    del caller
    rule, faults = check_rule(services, body.text)
    said = explain(rule.book) if rule is not None else ""
    return JsonResponse(PlaybookCheckOut(valid=rule is not None and not faults, faults=faults, explanation=said))


@router.post(
    "/playbooks/backtest",
    response_model=BacktestOut,
    responses={200: BACKTEST_OUT, **problems(404)},
    openapi_extra=scoped("playbooks:read", requestBody=BACKTEST_IN),
)
def backtest(body: BacktestIn, caller: Caller, services: Wired) -> JsonResponse:
    """What rules would have done with the stored events: for whom, how often, which alerts were needless.

    The answer comes within some twenty seconds. Where that is too short for all `subjects`, the figures are those of
    the `looked_at`, a sample in no order; `fieldcue playbook backtest --tenant` takes the time it needs.
    """
    with services.uow(write=False) as tx:
        rules = [find_rule(tx, services, caller.tenant_id, rule_id) for rule_id in dict.fromkeys(body.rules)]
        if body.text is not None:
            rule, faults = check_rule(services, body.text)
            if rule is None:
                raise Invalid("; ".join(faults[:3]), code="playbook_invalid", faults=faults[:50])
            rules = [*(each for each in rules if each.id != rule.id), rule]
        if not rules:
            raise Invalid("name `rules`, or give the `text` of one", code="nothing_to_test")
        until = body.until or services.clock.now()
        report = backtest_rules(tx, caller.tenant_id, rules, since=body.since, until=until, is_over=soon())
    return JsonResponse(BacktestOut.of(report))


@router.get(
    "/playbooks/{playbook_id}",
    response_model=PlaybookDetailOut,
    responses={200: PLAYBOOK_OUT, **problems(404)},
    openapi_extra=scoped("playbooks:read"),
)
def read(playbook_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """One rule with its text, and what it says in Chinese."""
    with services.uow(write=False) as tx:
        return JsonResponse(PlaybookDetailOut.of(find_rule(tx, services, caller.tenant_id, playbook_id)))


@router.put(
    "/playbooks/{playbook_id}",
    response_model=PlaybookVersionOut,
    responses={200: PLAYBOOK_VERSION_OUT, **problems(404, 409)},
    openapi_extra=scoped("playbooks:write", requestBody=PLAYBOOK_IN, **TAKES_KEY),
)
def put(playbook_id: str, body: PlaybookIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """This tenant's version of a rule; it counts from now on."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        edit = Edit(caller.tenant_id, body.author or caller.key_id, body.note)
        return 200, json_bytes(PlaybookVersionOut.of(put_rule(tx, services, edit, playbook_id, body.text)))

    return respond_once(services, once, action)


@router.post(
    "/playbooks/{playbook_id}/status",
    response_model=PlaybookVersionOut,
    responses={200: PLAYBOOK_VERSION_OUT, **problems(404, 409)},
    openapi_extra=scoped("playbooks:write", requestBody=PLAYBOOK_STATUS_IN, **TAKES_KEY),
)
def switch(playbook_id: str, body: PlaybookStatusIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Stage a rule as experimental, try it on sales operations, switch it on or off."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        edit = Edit(caller.tenant_id, body.author or caller.key_id, body.note)
        return 200, json_bytes(PlaybookVersionOut.of(switch_rule(tx, services, edit, playbook_id, body.status)))

    return respond_once(services, once, action)


@router.post(
    "/playbooks/{playbook_id}/rollback",
    response_model=PlaybookVersionOut,
    responses={200: PLAYBOOK_VERSION_OUT, **problems(404, 409)},
    openapi_extra=scoped("playbooks:write", requestBody=ROLLBACK_IN, **TAKES_KEY),
)
def rollback(playbook_id: str, body: RollbackIn, caller: Caller, services: Wired, once: Once) -> JsonResponse:
    """Back to an earlier version, or to the shipped rule with 0; a new version, so that nothing is lost."""

    def action(tx: UnitOfWork) -> tuple[int, bytes]:
        edit = Edit(caller.tenant_id, body.author or caller.key_id, body.note)
        return 200, json_bytes(PlaybookVersionOut.of(roll_back(tx, services, edit, playbook_id, body.version)))

    return respond_once(services, once, action)


@router.get(
    "/playbooks/{playbook_id}/versions",
    response_model=PlaybookVersionsOut,
    responses={200: PLAYBOOK_VERSIONS, **problems(404)},
    openapi_extra=scoped("playbooks:read"),
)
def versions(playbook_id: str, caller: Caller, services: Wired) -> JsonResponse:
    """Every change of a rule with its author, the newest first: the audit."""
    with services.uow(write=False) as tx:
        find_rule(tx, services, caller.tenant_id, playbook_id)
        found = tx.playbooks.versions.of_rule(caller.tenant_id, playbook_id)
    return JsonResponse(PlaybookVersionsOut(items=[PlaybookVersionOut.of(version) for version in found]))
