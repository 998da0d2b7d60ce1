"""Which visits models may learn from, and what of an older file may still be learned from."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.privacy.rules import TombstoneRow, stone_of
from service.domain.visit import PURPOSES, Consent
from service.usecases.models.follow_accounts import Outcome, follow_accounts
from service.usecases.privacy.training_consent import still_allowed, trainable
from tests.support.builders import OTHER_TENANT, TENANT, a_visit, agreed_to, an_analysis_record, an_id
from tests.support.fakes import NOON, FakeIds, MemoryDatabase

AGREED = agreed_to("transcription", "training")
CONSENTS = {
    "agreed to": (AGREED, True),
    "withdrawn": (AGREED.without(["training"], NOON), False),
    "all withdrawn": (AGREED.without(PURPOSES, NOON), False),
    "ended": (replace(AGREED, expires_at=NOON), False),
    "ends later": (replace(AGREED, expires_at=NOON + timedelta(seconds=1)), True),
    "never named": (agreed_to("transcription", "coaching"), False),
    "no purposes named": (Consent("consent", "verbal", NOON), False),
    "no consent": (None, False),
}


def over(consent: Consent | None) -> MemoryDatabase:
    database = MemoryDatabase(FakeIds())
    with database() as tx:
        tx.visits.add(a_visit(consent=consent))
        tx.analyses.put(an_analysis_record())
    return database


def a_task(visit_id: object, **meta: Any) -> dict[str, Any]:
    return {"data": {"text": "太贵了", "visit_id": visit_id}, "annotations": [{"meta": meta}] if meta else []}


@pytest.mark.parametrize(("consent", "allowed"), CONSENTS.values(), ids=CONSENTS)
def test_only_what_was_agreed_to_for_training_is_learned_from(consent: Consent | None, allowed: bool) -> None:
    outcome = Outcome("acc_hengtong", NOON + timedelta(days=30))
    with over(consent)() as tx:
        assert trainable(tx, TENANT, [an_id("vis")], NOON) == ({an_id("vis")} if allowed else set())
        assert trainable(tx, OTHER_TENANT, [an_id("vis")], NOON) == set()
        assert (still_allowed(tx, TENANT, [a_task(an_id("vis"))], NOON) != []) is allowed
        followed = follow_accounts(tx, [outcome], tenant_id=TENANT, now=NOON)
        assert [len(one.histories[-1].visits) for one in followed] == ([1] if allowed else [])


def test_an_older_file_keeps_what_was_never_here_and_loses_what_was_erased() -> None:
    erased = TombstoneRow(stone_of(TENANT, "visit", "vis_gone"), TENANT, NOON, "visit", "")
    unknown, silent = a_task("vis_elsewhere"), a_task(None)
    with over(AGREED)() as tx:
        tx.privacy.tombstones.put(erased)
        tasks = [a_task(an_id("vis")), unknown, silent, a_task("vis_gone"), a_task("vis_no", may_train=False), {}]
        assert still_allowed(tx, TENANT, tasks, NOON) == [tasks[0], unknown, silent, {}]
