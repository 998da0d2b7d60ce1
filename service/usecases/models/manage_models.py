"""Which version of a text model is in use: compared with the one that waits, promoted when worse on nothing, and back.

Invariant: models serve all tenants, so one tenant alone decides; every move is in its audit trail and in the registry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from nlp.errors import ModelMissing, ModelRefused
from nlp.evaluation.versions import Comparison
from service.domain.access import Principal
from service.domain.errors import Conflict, Forbidden, NotFound
from service.domain.model_versions import TASKS, Aliases, ModelVersions, Version
from service.domain.ports import UnitOfWork
from service.usecases.privacy.keep_audit import actor_of, note
from service.usecases.services import Services

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """All versions of one task, and which of them counts."""

    task: str
    aliases: Aliases
    versions: tuple[Version, ...]


def registry_for(services: Services, caller: Principal, task: str) -> ModelVersions:
    """The versions, for who may see and move them.

    Raises:
        Forbidden: another tenant decides about the models (`models_shared`). NotFound: there is no such task.
    """
    if caller.tenant_id != services.models_tenant or services.model_versions is None:
        raise Forbidden("all tenants share the models, and another one decides about them", code="models_shared")
    if task not in TASKS:
        raise NotFound(f"there are models for {', '.join(TASKS)}", code="model_task_unknown")
    return services.model_versions


def standing_of(registry: ModelVersions, task: str) -> Standing:
    """Every version of a task.

    Raises:
        Conflict: files of a version are missing or not those that its manifest names.
    """
    return Standing(task, registry.aliases(task), tuple(_told(lambda: registry.versions(task))))


def compare_versions(registry: ModelVersions, task: str, number: int | None) -> tuple[int, Comparison]:
    """The number of the challenger, or of the version asked for, and how it does beside the champion.

    Raises:
        Conflict: nobody challenges, or one of the two kept nothing to compare. NotFound: there is no such version.
    """
    wanted = _wanted(registry, task, number)
    return wanted, _told(lambda: registry.compare(task, wanted))


def promote_version(
    tx: UnitOfWork, services: Services, caller: Principal, task: str, *, number: int | None, why: str
) -> Standing:
    """Put a version in use that is worse than the champion on nothing.

    Raises:
        Conflict: it is worse (`model_worse`, with the reasons), or as `compare_versions`.
    """
    registry = registry_for(services, caller, task)
    before = registry.aliases(task).champion
    wanted, found = compare_versions(registry, task, number)
    if found.refusals:
        raise Conflict("this version must not be promoted", code="model_worse", refusals=list(found.refusals))
    by = actor_of(caller)
    detail = {"from": before, "to": wanted, "macro_f1": [round(found.champion, 4), round(found.challenger, 4)]}
    note(tx, services, caller.tenant_id, by, "model.promoted", f"model:{task}", why=why, detail=detail)
    _told(lambda: registry.promote(task, wanted, now=services.clock.now(), by=by))
    return standing_of(registry, task)


def roll_back_version(tx: UnitOfWork, services: Services, caller: Principal, task: str, *, why: str) -> Standing:
    """Put the version before the champion in use again.

    Raises:
        Conflict: none was in use before.
    """
    registry = registry_for(services, caller, task)
    before, by = registry.aliases(task).champion, actor_of(caller)
    aliases = _told(lambda: registry.roll_back(task, now=services.clock.now(), by=by))
    detail = {"from": before, "to": aliases.champion}
    note(tx, services, caller.tenant_id, by, "model.rolled_back", f"model:{task}", why=why, detail=detail)
    return standing_of(registry, task)


def _wanted(registry: ModelVersions, task: str, number: int | None) -> int:
    wanted = registry.aliases(task).challenger if number is None else number
    if wanted is None:
        raise Conflict(f"{task} has no challenger: train one with `fieldcue train`", code="no_challenger")
    known = [version.number for version in _told(lambda: registry.versions(task))]
    if wanted not in known:
        raise NotFound(f"{task} has the versions {', '.join(map(str, known))}", code="model_version_unknown")
    return wanted


def _told(work: Callable[[], T]) -> T:
    try:
        return work()
    except ModelMissing as missing:
        raise Conflict(f"{missing}; {missing.remedy}", code="model_incomplete") from missing
    except ModelRefused as refused:
        raise Conflict(str(refused), code="model_damaged") from refused
