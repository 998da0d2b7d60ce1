"""Who may see whom: the table of R6, and what holds for everybody."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.people import PERSON_ROLES, Person, may_lead, may_see, visible_to

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)


def a_person(person_id: str = "lin", role: Any = "rep", team: str = "east", *, active: bool = True) -> Person:
    return Person(person_id, "t1", "林晓岚", role, NOW, team, active)


@pytest.mark.parametrize(
    ("role", "own", "teammate", "stranger", "own_team", "other_team"),
    [
        ("rep", True, False, False, False, False),
        ("trainer", True, True, False, True, False),
        ("manager", True, True, False, True, False),
        ("executive", True, True, True, True, True),
    ],
)
def test_each_role_sees_its_own_scope(
    role: str, own: bool, teammate: bool, stranger: bool, own_team: bool, other_team: bool
) -> None:
    viewer = a_person(role=role)
    assert may_see(viewer, rep_id="lin", team="east") is own
    assert may_see(viewer, rep_id="zhou", team="east") is teammate
    assert may_see(viewer, rep_id="wu", team="south") is stranger
    assert may_see(viewer, team="east") is own_team
    assert may_see(viewer, team="south") is other_team
    assert may_see(viewer) is (role == "executive")


def test_a_rep_sees_their_own_work_of_the_time_in_another_team() -> None:
    assert may_see(a_person(team="south"), rep_id="lin", team="east")


def test_nobody_belongs_to_the_team_without_a_name() -> None:
    manager = a_person(role="manager", team="")
    assert not may_see(manager, rep_id="zhou", team="")
    assert not may_see(manager)


@given(st.sampled_from(PERSON_ROLES), st.text(max_size=3), st.text(max_size=3), st.text(max_size=3))
def test_whoever_has_left_sees_nothing(role: Any, own_team: str, rep_id: str, team: str) -> None:
    gone = a_person(role=role, team=own_team, active=False)
    assert not may_see(gone, rep_id=rep_id, team=team)
    assert not may_lead(gone, team=team)
    assert visible_to(gone, [a_person(rep_id, team=team)]) == []


@given(st.sampled_from(PERSON_ROLES), st.text(max_size=2), st.text(max_size=2), st.text(max_size=2))
def test_who_may_lead_a_team_may_see_it(role: Any, own_team: str, rep_id: str, team: str) -> None:
    viewer = a_person(role=role, team=own_team)
    if may_lead(viewer, team=team):
        assert may_see(viewer, rep_id=rep_id, team=team)


def test_trainers_and_managers_lead_their_team_executives_all_and_reps_none() -> None:
    leads = {role: [team for team in ("east", "south") if may_lead(a_person(role=role), team=team)]
             for role in PERSON_ROLES}  # fmt: skip
    assert leads == {"rep": [], "trainer": ["east"], "manager": ["east"], "executive": ["east", "south"]}


def test_the_visible_come_in_the_order_given() -> None:
    people = [a_person("zhou"), a_person("wu", team="south"), a_person("lin")]
    assert [one.id for one in visible_to(a_person("mo", "manager"), people)] == ["zhou", "lin"]
    assert [one.id for one in visible_to(a_person("lin"), people)] == ["lin"]
