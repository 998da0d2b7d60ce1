"""P17: two low months propose a course to the rep, with its reason; a trainer approves it, and it is proposed once."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.usecases.coaching.read_credibility import watch_credibility
from tests.support.api import make_api
from tests.support.crm_story import Story
from tests.support.shelf import shipped_content

MONTHS = (datetime(2026, 1, 12, 2, tzinfo=UTC), datetime(2026, 2, 12, 2, tzinfo=UTC))
AFTER = datetime(2026, 3, 1, 2, tzinfo=UTC)


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[Story]:
    api = make_api(tmp_path, shipped_content())
    story = Story(api)
    story.client.put("/v1/people", json={"people": [{"id": "rep-1", "name": "邹远", "role": "rep"}]})
    yield story
    for client in api.clients:
        client.close()


def two_low_months(crm: Story) -> None:
    """Three visits a month, two of them 850 metres away and denied by the customer."""
    for month in MONTHS:
        crm.go_to(month)
        for number in range(3):
            honest, name = number == 0, f"visit/v-{month:%m}-{number}"
            crm.tell("visit.checked_in", name, owner_id="rep-1", distance_m=40 if honest else 850)
            crm.tell("visit.receipt", name, confirmed=honest)
    crm.go_to(AFTER)


def courses(crm: Story) -> list[dict[str, object]]:
    return list(crm.read("/v1/reps/rep-1/courses")["items"])


def test_a_course_is_proposed_with_the_months_and_what_differed_and_a_trainer_approves_it(crm: Story) -> None:
    two_low_months(crm)
    assert [watch_credibility(crm.api.services) for _ in range(2)] == [1, 0]
    (proposed,) = courses(crm)
    assert (proposed["course"], proposed["source"], proposed["state"]) == ("keep_small_promises", "rule", "proposed")
    reason = str(proposed["reason"])
    for words in ("2026-01 33%，2026-02 33%", "低于70%", "定位离客户850米", "结果仅供辅导，可申诉"):
        assert words in reason
    (told,) = crm.told("credibility.low")
    assert told.data["assignments"] == [proposed["id"]]
    decided = crm.client.post(f"/v1/course-assignments/{proposed['id']}/decision",
                              json={"decision": "approve", "by": "trainer-1"})  # fmt: skip
    assert decided.status_code == 200, decided.text
    assert [(it["state"], it["decided_by"]) for it in courses(crm)] == [("assigned", "trainer-1")]


def test_who_has_the_course_open_is_told_of_but_given_no_second_one(crm: Story) -> None:
    body = {"course": "keep_small_promises", "reason": "上周聊过", "by": "trainer-1"}
    given = crm.client.post("/v1/reps/rep-1/courses", json=body)
    assert given.status_code == 201, given.text
    two_low_months(crm)
    assert watch_credibility(crm.api.services) == 1
    assert [it["id"] for it in courses(crm)] == [given.json()["id"]]
    assert crm.told("credibility.low")[0].data["assignments"] == []


def test_a_card_without_a_course_tells_and_gives_none(crm: Story) -> None:
    path = "/v1/content/credibility/visit_credibility"
    text = crm.read(path)["text"].partition("examples:")[0].replace("course: keep_small_promises\n", "")
    text = text.replace("连续低于标准", "连着两个月偏低")
    assert crm.client.put(path, json={"text": text, "author": "ops-1"}).status_code == 200
    two_low_months(crm)
    assert watch_credibility(crm.api.services) == 1
    assert courses(crm) == []
    told = crm.told("credibility.low")[0].data
    assert (told["course"], told["assignments"]) == (None, [])
    assert told["advice"].startswith("连着两个月偏低")
