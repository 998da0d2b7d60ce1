"""Each duty fails on the fact it is about and on nothing else, and says what to do."""

from dataclasses import replace
from typing import Any

import pytest

from service.domain.privacy.duties import State, TenantFacts, judge
from service.domain.privacy.rules import HoldRow, default_retention, is_held, stone_of
from tests.support.fakes import NOON
from tests.support.privacy import some_installation

GOOD = TenantFacts("t", swept_hours_ago=1.0, first_visit_hours_ago=900.0, people=3, trail_rows=5,
                   endpoints=("crm.example",))  # fmt: skip
ASSESSMENT = "Impact assessment before sensitive data, kept three years"


def lines(state: State, *facts: TenantFacts, **installed: Any) -> list[str]:
    judged = judge(some_installation(**installed), facts)
    return [duty.name.split(" (")[0] for duty in judged if duty.state == state]


def failing(facts: TenantFacts = GOOD, **installed: Any) -> list[str]:
    return lines("fail", facts, **installed)


def test_an_installation_that_does_everything_leaves_only_what_people_must_do() -> None:
    assert failing() == []
    assert lines("attention", GOOD) == [ASSESSMENT]
    assert lines("not_required", GOOD) == []
    assert lines("attention", replace(GOOD, unassessed=(), assessed=("impact 1", "record 1"))) == []


def test_a_fresh_installation_fails_nothing_and_says_what_does_not_apply_yet() -> None:
    assert lines("fail", key_outside_database=False, processors_required=False) == []
    assert lines("attention", key_outside_database=False) == ["Security measures and breach handling"]
    assert lines("not_required") == [ASSESSMENT, "Entrusted processing: a register of who gets what"]
    first_visit = TenantFacts("t", first_visit_hours_ago=0.1, consents_without_notice=1)
    assert lines("fail", first_visit, processors_required=False) == []
    assert lines("attention", first_visit) == [ASSESSMENT, "Recording notice: which text, when, how",
                                               "Employees are data subjects: who may see whom"]  # fmt: skip


SWEPT: dict[str, tuple[float | None, float | None, State]] = {
    "nothing stored": (None, None, "ok"),
    "stored this morning, never swept": (None, 3.0, "ok"),
    "a day and an hour old, never swept": (None, 25.0, "ok"),
    "older, never swept": (None, 26.5, "fail"),
    "swept an hour ago": (1.0, 900.0, "ok"),
    "swept long ago": (27.0, 900.0, "fail"),
}


@pytest.mark.parametrize(("swept", "first", "state"), SWEPT.values(), ids=SWEPT.keys())
def test_a_tenant_needs_a_sweep_when_something_of_it_is_a_day_old(
    swept: float | None, first: float | None, state: State
) -> None:
    facts = replace(GOOD, swept_hours_ago=swept, first_visit_hours_ago=first)
    (duty,) = [duty for duty in judge(some_installation(), [facts]) if duty.name.startswith("Shortest retention")]
    assert duty.state == state


@pytest.mark.parametrize(("required", "state"), [(True, "fail"), (False, "attention")])
def test_a_receiver_without_an_entry_is_a_breach_where_the_register_is_required(required: bool, state: State) -> None:
    facts = replace(GOOD, unregistered=("crm.example",))
    (duty,) = [each for each in judge(some_installation(processors_required=required), [facts])
               if each.name.startswith("Entrusted")]  # fmt: skip
    assert (duty.state, "crm.example" in duty.found, duty.remedy != "") == (state, True, True)


OPEN: dict[str, tuple[dict[str, int], str, str]] = {
    "no purposes": ({"consents_without_purposes": 3}, "Lawful basis", "3 consents name no purposes: taken for"),
    "no notice": ({"consents_without_notice": 3}, "Recording notice", "3 consents do not say which notice"),
    "not assessed": ({"unassessed": ("impact",)}, "Impact assessment", "no version was approved: t: impact"),
    "done otherwise": (
        {"assessed_otherwise": ("retention: audio_days was 30, is 7",)},
        "Impact assessment",
        "done otherwise than approved: t: retention: audio_days was 30, is 7",
    ),
    "requests soon due": ({"requests_due_soon": 3}, "Access, copy", "3 requests of people are due within three"),
    "no hash": ({"notices_without_hash": 3}, "Recording notice", "3 consents name a notice without the hash"),
    "not heard": ({"unverified": 3}, "Recording notice", "3 visits are held: no notice was heard"),
}


@pytest.mark.parametrize(("change", "duty", "said"), OPEN.values(), ids=OPEN.keys())
def test_what_people_left_out_of_consents_is_open_and_no_breach(change: dict[str, Any], duty: str, said: str) -> None:
    found = judge(some_installation(), [replace(GOOD, **change)])
    (line,) = [each for each in found if each.name.startswith(duty)]
    assert (line.state, said in line.found, line.remedy != "") == ("attention", True, True)


def test_how_many_visits_models_may_learn_from_is_said() -> None:
    found = judge(some_installation(), [replace(GOOD, trainable=2, untrained=1), replace(GOOD, trainable=3)])
    (line,) = [each for each in found if each.name.startswith("No training")]
    assert "5 here, and 1 of which it was withdrawn" in line.found


def test_every_line_says_what_was_found_and_open_ones_what_to_do() -> None:
    worst = replace(GOOD, people=0, consents_without_notice=2, trail_breaks=1, overdue={"audio": 1})
    for facts in (GOOD, worst, TenantFacts("new")):
        for duty in judge(some_installation(key_outside_database=False), [facts]):
            assert duty.found
            assert duty.remedy or duty.state in ("ok", "not_required")


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no consent": ({"processed_without_consent": 2}, "Lawful basis"),
    "a purpose not covered": ({"kept_beyond_consent": 1}, "Lawful basis"),
    "never swept": ({"swept_hours_ago": None}, "Shortest retention"),
    "swept long ago": ({"swept_hours_ago": 27.0}, "Shortest retention"),
    "past its time": ({"overdue": {"audio": 3}}, "Shortest retention"),
    "longer": ({"longer_than_default": ("audio",)}, "Shortest retention"),
    "broken off": ({"unfinished_erasures": 1}, "Erasure everywhere"),
    "come back": ({"stones_without_effect": 1}, "Erasure everywhere"),
    "no copy": ({"exportable": False}, "Access, copy"),
    "a version touched": ({"assessments_touched": 1}, "Impact assessment"),
    "a request overdue": ({"requests_overdue": 2}, "Access, copy"),
    "bare findings": ({"findings_without_reason": 1}, "Automated decisions"),
    "their own reviewer": ({"scores_reviewed_by_self": 1}, "Automated decisions"),
    "unregistered": ({"unregistered": ("crm.example",)}, "Entrusted processing"),
    "abroad": ({"abroad": ("llm.example",)}, "Cross-border"),
    "plain audio": ({"plain_blobs": 4}, "Security measures"),
    "broken trail": ({"trail_breaks": 1}, "Proof"),
}


@pytest.mark.parametrize(("change", "duty"), FAULTS.values(), ids=FAULTS.keys())
def test_a_tenants_fault_fails_its_duty_alone_and_has_a_remedy(change: dict[str, Any], duty: str) -> None:
    facts = replace(GOOD, **change)
    (name,) = failing(facts)
    assert name.startswith(duty)
    (found,) = [each for each in judge(some_installation(), [facts]) if each.state == "fail"]
    assert found.remedy


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"hr_endpoints": 1, "scores_unreviewed": 3}, "3 reps wait for review"),
        ({"hr_endpoints": 2, "coaching_only": True}, "2 `hr` endpoints stand"),
        ({"scores_unreviewed": 3}, ""),
        ({"hr_endpoints": 1}, ""),
        ({"coaching_only": True}, ""),
    ],
)
def test_scores_that_wait_for_a_person_are_open_only_where_somebody_decides_by_them(
    facts: dict[str, Any], said: str
) -> None:
    (line,) = [each for each in judge(some_installation(), [replace(GOOD, **facts)]) if each.name.startswith("Auto")]
    assert (line.state, said in line.found, bool(line.remedy)) == ("attention" if said else "ok", True, bool(said))


INSTALLED: dict[str, tuple[dict[str, Any], str]] = {
    "plain": ({"encrypts_at_rest": False}, "Security measures"),
    "http links": ({"public_url": "http://fieldcue.example/"}, "Security measures"),
    "unmasked events": ({"masks_events": False}, "Redaction"),
    "unmasked prompts": ({"masks_for_llm": False, "llm_host": "llm.example"}, "Redaction"),
    "kinds": ({"kinds_masked": ("name",)}, "Sensitive data"),
    "ledger": ({"ledger_readable": False}, "Erasure everywhere"),
    "notice": ({"notice": ""}, "Labels"),
}


@pytest.mark.parametrize(("change", "duty"), INSTALLED.values(), ids=INSTALLED.keys())
def test_an_installations_fault_fails_its_duty_alone(change: dict[str, Any], duty: str) -> None:
    (name,) = failing(**change)
    assert name.startswith(duty)


def test_a_hold_keeps_what_it_names_while_it_stands() -> None:
    hold = HoldRow("h", "t", NOON, "account", "acc-1", "why", "key:k")
    names = {"visit_id": "v", "account_id": "acc-1", "rep_id": "r"}
    assert is_held([hold], **names) == hold
    assert is_held([replace(hold, released_at=NOON)], **names) is None
    assert is_held([replace(hold, ref="acc-2")], **names) is None
    assert is_held([], **names) is None


def test_a_stone_is_the_same_for_the_same_name_and_tells_nobodys() -> None:
    assert stone_of("t", "account", "acc-1") == stone_of("t", "account", "acc-1")
    others = {stone_of("t", "person", "acc-1"), stone_of("u", "account", "acc-1"), stone_of("t", "account", "acc-2")}
    assert stone_of("t", "account", "acc-1") not in others
    assert "acc" not in stone_of("t", "account", "acc-1")


def test_every_kind_has_its_time() -> None:
    policy = default_retention("t", NOON)
    days = [policy.keeps(kind).days for kind in ("audio", "transcript", "features", "audit")]
    assert days == [30, 180, 365, 1095]
