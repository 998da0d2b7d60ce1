"""A new rule's form: everything that was typed is taken as it stands, or refused beside its field."""

import pytest

from service.console.rule_form import places_of_new, rule_form
from service.domain.playbooks.conditions import FormCondition

FIELDS = {"title": " 预算停滞\u200b ", "subject": "account", "look_1": "stale", "name_1": "budget_status",
          "amount_1": "72", "unit_1": "hours", "look_3": "count",
          "name_3": "call.logged，visit.completed", "amount_3": "7",
          "unit_3": "days", "times_3": "3", "to_manager": "1", "said": "第一行\r\n第二行", "severity": "high",
          "cooldown_days": "7", "answer_hours": "24", "then_to": "director"}  # fmt: skip


def test_what_was_typed_is_taken_as_people_see_it() -> None:
    form, faults = rule_form(FIELDS, rule_id="own_rule_1")
    assert faults == []
    assert form is not None
    assert (form.title, form.text, form.subject) == ("预算停滞", "第一行\n第二行", "account")
    assert list(form.conditions) == [
        FormCondition("stale", "budget_status", 72, "hours"),
        FormCondition("count", "call.logged，visit.completed", 7, "days", times=3),
    ]
    assert (form.to, form.severity, form.cooldown_days) == (["manager"], "high", 7)
    assert (form.answer_hours, form.then_to) == (24, "director")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": "\u200b"}, "title"),
        ({"said": " "}, "said"),
        ({"to_manager": ""}, "to_owner"),
        ({"look_1": "", "look_3": ""}, "look_1"),
        ({"look_1": "empty", "look_3": ""}, "look_1"),
        ({"name_1": ""}, "name_1"),
        ({"amount_1": "0"}, "amount_1"),
        ({"amount_1": "1.5"}, "amount_1"),
        ({"amount_1": "99999"}, "amount_1"),
        ({"amount_1": "七"}, "amount_1"),
        ({"times_3": ""}, "times_3"),
        ({"look_1": "equals", "value_1": ""}, "value_1"),
        ({"look_1": "below", "value_1": "1e3"}, "value_1"),
        ({"cooldown_days": "一周"}, "cooldown_days"),
        ({"then_to": ""}, "then_to"),
        ({"answer_hours": ""}, "answer_hours"),
    ],
)
def test_what_cannot_be_meant_names_its_field(changed: dict[str, str], field: str) -> None:
    form, faults = rule_form({**FIELDS, **changed}, rule_id="own_rule_1")
    assert form is None
    assert [fault.field for fault in faults] == [field]


def test_faults_of_the_file_find_their_way_back_to_the_lines() -> None:
    places = places_of_new(FIELDS)
    assert places["when.budget_status"] == "name_1"
    assert places["when.call_logged"] == "name_3"
    assert places["actions.0.notify.to"] == "to_owner"
