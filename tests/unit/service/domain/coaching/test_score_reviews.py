"""What a review of a rep's values covers, and what an event says of a rep."""

from dataclasses import replace

import pytest

from service.domain.coaching.score_reviews import (
    HR_TYPES,
    MonthValues,
    ScoreReview,
    carries_scores,
    review_id,
    state_of,
    without_scores,
)
from service.domain.delivery.deliveries import EVENT_TYPES
from tests.support.fakes import NOON

VALUES = MonthValues("rep-1", "2026-02", {"objection": 61.44, "discovery": None}, ())
REVIEW = ScoreReview("srv_1", "t", NOON, "rep-1", "2026-02", VALUES.digest, "mgr-1", "")
CHANGES = {
    "another value": {"scores": {"objection": 61.6, "discovery": None}},
    "a value where there was none": {"scores": {"objection": 61.44, "discovery": 50.0}},
    "an appeal": {"contested": ("objection",)},
    "another month": {"month": "2026-01"},
    "another rep": {"rep_id": "rep-2"},
}


def test_a_review_covers_the_values_that_it_names() -> None:
    assert state_of(VALUES, None) == "unreviewed"
    assert state_of(VALUES, REVIEW) == "reviewed"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_values_that_changed_since_are_not_reviewed(change: dict[str, object]) -> None:
    assert state_of(replace(VALUES, **change), REVIEW) == "changed"  # type: ignore[arg-type]


def test_what_nobody_sees_changes_no_digest() -> None:
    assert replace(VALUES, scores={"discovery": None, "objection": 61.41}).digest == VALUES.digest


def test_without_a_value_there_is_nothing_to_review() -> None:
    assert state_of(replace(VALUES, scores={"objection": None}), REVIEW) == "nothing"
    assert state_of(replace(VALUES, scores={}), None) == "nothing"


def test_there_is_one_row_for_a_rep_and_month() -> None:
    ids = {review_id(rep, month) for rep in ("rep-1", "rep-12") for month in ("2026-01", "2026-02")}
    assert len(ids) == 4
    assert review_id("rep-1", "2026-01") in ids
    assert all(len(each) <= 80 for each in ids)


def test_skills_and_courses_say_how_good_a_rep_is_and_nothing_else_of_the_analysis_does() -> None:
    data = {"links": {}, "analysis": {"summary": "嫌贵", "skills": [{"score": 40}], "courses": [{"course": "c"}]}}
    assert carries_scores(data)
    bare = without_scores(data, "required")
    assert bare == {"links": {}, "analysis": {"summary": "嫌贵"}, "review": "required"}
    assert not carries_scores(bare)
    assert data["analysis"]["skills"]


@pytest.mark.parametrize("data", [{}, {"links": {}}, {"analysis": None}, {"analysis": {"skills": [], "courses": []}}])
def test_thin_events_and_empty_ones_carry_none(data: dict[str, object]) -> None:
    assert not carries_scores(data)


def test_no_type_that_judges_by_itself_is_for_hr() -> None:
    assert set(EVENT_TYPES) > HR_TYPES
    assert not {"credibility.low", "attribution.decided", "attribution.disputed", "coaching.withdrawn", "report.ready",
                "alert.raised", "deal.checked"} & HR_TYPES  # fmt: skip
