"""More purposes for a visit whose consent stands: each with its own moment and notice, as new consent needs.

Invariant: what was agreed to before stays as it was; what was withdrawn comes back only by a consent given after that.
"""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from service.domain.errors import Conflict, Invalid, NotFound
from service.domain.ports import UnitOfWork
from service.domain.visit import PURPOSES, Agreed, Consent, Purpose, Visit, lacking
from service.usecases.privacy.keep_audit import note
from service.usecases.services import Services
from service.usecases.visits.accept_recording import require_consent
from service.usecases.visits.queue_stage import queue_stage


def agree_consent(
    tx: UnitOfWork, services: Services, *, tenant_id: str, visit_id: str, actor: str, purposes: Collection[Purpose],
    given_at: datetime, notice_version: str = "", notice_sha256: str = "",
) -> Visit:  # fmt: skip
    """The visit, its consent covering these purposes as well; one that is covered already stays as it was given.

    Raises:
        NotFound: no such visit. Conflict: no consent stands that could be added to (`consent_required`), or a purpose
            was withdrawn at or after `given_at` (`consent_withdrawn`). Invalid: a purpose needs one that is not agreed
            to (`purpose_needs`).
    """
    visit = tx.visits.get(tenant_id, visit_id)
    if visit is None:
        raise NotFound("there is no such visit", code="visit_not_found")
    consent = require_consent(visit, services.clock.now())
    standing = consent.purposes()
    fresh = [Agreed(each, given_at, notice_version, notice_sha256)
             for each in PURPOSES if each in purposes and each not in standing]  # fmt: skip
    _check(consent, fresh)
    if not fresh:
        return visit
    names = [each.purpose for each in fresh]
    agreed = (*(each for each in consent.named() if each.purpose not in names), *fresh)
    visit = replace(visit, consent=replace(consent, agreed=tuple(sorted(agreed, key=_place))))
    tx.visits.update(visit)
    note(tx, services, tenant_id, actor, "consent.agreed", f"visit:{visit_id}", visit_id=visit_id,
         detail={"purposes": names, "notice_version": notice_version, "notice_sha256": notice_sha256})  # fmt: skip
    if "coaching" in names and tx.analyses.latest(tenant_id, visit_id) is not None:
        _coach_again(tx, services, visit, given_at)
    return visit


def _check(consent: Consent, fresh: Collection[Agreed]) -> None:
    before = {each.purpose: each for each in consent.named()}
    for each in fresh:
        ended = before[each.purpose].withdrawn_at if each.purpose in before else None
        if ended is not None and each.given_at <= ended:
            raise Conflict(f"{each.purpose} was withdrawn after this consent was given", code="consent_withdrawn")
    missing = lacking({*consent.purposes(), *(each.purpose for each in fresh)})
    if missing is not None:
        raise Invalid(f"{missing[0]} needs {missing[1]}: agree to both", code="purpose_needs", param="purposes")


def _place(agreed: Agreed) -> int:
    return PURPOSES.index(agreed.purpose)


def _coach_again(tx: UnitOfWork, services: Services, visit: Visit, given_at: datetime) -> None:
    """What was left out of the analysis for want of consent is made now."""
    digest = hashlib.sha256(f"consent {given_at.isoformat()}".encode()).hexdigest()
    queue_stage(tx, services, visit, "coach", input_hash=digest)
