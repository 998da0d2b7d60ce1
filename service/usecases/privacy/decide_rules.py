"""What a tenant decides about notices that must be heard, and about what the scores of its staff may be used for."""

from dataclasses import replace
from datetime import datetime

from service.domain.ports import UnitOfWork
from service.domain.privacy.rules import RULES_ID, NoticeRule, PrivacyRulesRow
from service.usecases.privacy.keep_audit import note
from service.usecases.services import Services


def rules_of(tx: UnitOfWork, tenant_id: str, now: datetime) -> PrivacyRulesRow:
    """What the tenant decided, or the defaults."""
    return tx.privacy.rules.get(tenant_id, RULES_ID) or PrivacyRulesRow(RULES_ID, tenant_id, now)


def change_rules(
    tx: UnitOfWork, services: Services, tenant_id: str, *, actor: str, notice: NoticeRule, coaching_only: bool
) -> PrivacyRulesRow:
    """The rules as they now stand; visits that are held already stay held until somebody decides."""
    now = services.clock.now()
    changed = replace(rules_of(tx, tenant_id, now), at=now, notice=notice, coaching_only=coaching_only)
    tx.privacy.rules.put(changed)
    note(tx, services, tenant_id, actor, "rules.changed", "privacy_rules",
         detail={"notice": notice, "coaching_only": coaching_only})  # fmt: skip
    return changed
