"""The invented team: talks read without their labels, a calendar that is the same each time."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from service.demo.corpus_talks import read_talks
from service.demo.team import DAYS, invented_people, plan_visits
from service.domain.coaching.talk_figures import LEAST_REPS
from service.settings import ROOT

NOW = datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
TALKS = read_talks(ROOT / "models" / "corpus")


def test_a_talk_holds_roles_and_words_and_no_label() -> None:
    talk = TALKS[0]
    assert {role for role, _ in talk.turns} <= {"rep", "customer", "other"}
    assert not any("|" in text for _, text in talk.turns)
    turns = talk.transcript().turns
    assert all(a.end_ms is not None and b.start_ms is not None and a.end_ms < b.start_ms
               for a, b in pairwise(turns))  # fmt: skip


def test_eight_reps_share_the_visits_of_three_months_on_workdays() -> None:
    plan = plan_visits(TALKS, count=200, now=NOW)
    assert len(plan) == len({visit.talk.id for visit in plan}) == 200
    assert set(Counter(visit.rep_id for visit in plan).values()) == {25}
    assert all(NOW - timedelta(days=DAYS + 1) < visit.visited_at < NOW for visit in plan)
    assert [visit.visited_at for visit in plan] == sorted(visit.visited_at for visit in plan)
    assert len({visit.account_id for visit in plan}) == len({visit.account for visit in plan})


def test_the_same_day_gives_the_same_story() -> None:
    assert plan_visits(TALKS, count=30, now=NOW) == plan_visits(TALKS, count=30, now=NOW)


def test_two_teams_with_leaders_and_an_executive() -> None:
    people = invented_people("demo", NOW)
    assert Counter(person.role for person in people) == {"rep": 8, "manager": 2, "trainer": 1, "executive": 1}
    assert Counter(person.team for person in people if person.role == "rep") == {"华东一组": 5, "华南二组": 3}


def test_one_team_is_large_enough_to_compare_who_uses_which_talk_track() -> None:
    team_of = {person.id: person.team for person in invented_people("demo", NOW)}
    plan = plan_visits(TALKS, count=200, now=NOW)
    lately = Counter(visit.rep_id for visit in plan if visit.visited_at > NOW - timedelta(days=30))
    busy = Counter(team_of[rep] for rep, visits in lately.items() if visits >= 6)
    assert max(busy.values()) >= LEAST_REPS


def test_without_a_corpus_it_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="visits_"):
        read_talks(tmp_path)
