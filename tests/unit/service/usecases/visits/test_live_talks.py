"""Live talks: opened for one tenant, taken up again by one screen, forgotten in time, never too many."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.adapters.content.loader import load_content
from service.domain.errors import Conflict, Gone, Invalid, NotFound, TooManyRequests
from service.domain.visit import PURPOSES, Purpose
from service.settings import ROOT
from service.usecases.services import Limits, Services
from service.usecases.visits.live_talks import KEPT_AFTER_LEAVING, LONGEST, LiveTalks, Opening
from tests.support.builders import OTHER_TENANT, TENANT, a_visit, an_id
from tests.support.fakes import FakeClock
from tests.support.service import services_over

CONTENT = load_content(ROOT / "prompts")
OPENING = Opening("rep_lin", "acc_hengtong")


@pytest.fixture
def services() -> Services:
    return services_over(content=CONTENT, limits=Limits(live_talks=3))


@pytest.fixture
def talks(services: Services) -> LiveTalks:
    return LiveTalks(services)


def forward(services: Services, by: timedelta) -> None:
    assert isinstance(services.clock, FakeClock)
    services.clock.at += by


def test_a_sentence_is_numbered_and_keeps_the_role_it_came_with(services: Services, talks: LiveTalks) -> None:
    talk = talks.open(TENANT, OPENING)
    heard = [talk.hear(services, text, screen=0, role=role) for text, role in (("太贵了", "customer"), ("嗯", "rep"))]
    assert [(one.i, one.role) for one in heard] == [(0, "customer"), (1, "rep")]
    assert talk.talk.heard == 2


def test_the_screen_that_takes_a_talk_up_is_the_one(services: Services, talks: LiveTalks) -> None:
    talk = talks.open(TENANT, OPENING)
    talk.hear(services, "太贵了", screen=0)
    again, screen = talks.take_up(TENANT, talk.id)
    assert again is talk
    assert talk.hear(services, "真的贵", screen=screen).i == 1
    with pytest.raises(Conflict) as refused:
        talk.hear(services, "还是贵", screen=0)
    assert refused.value.code == "live_taken_over"
    talks.leave(talk, 0)  # the old connection ends later than the new one began
    assert talk.left_at is None


def test_a_talk_of_another_tenant_or_of_nobody_is_gone(talks: LiveTalks) -> None:
    talk = talks.open(TENANT, OPENING)
    for tenant, live_id in ((OTHER_TENANT, talk.id), (TENANT, an_id("liv", 99))):
        with pytest.raises(Gone) as refused:
            talks.take_up(tenant, live_id)
        assert refused.value.code == "live_talk_gone"


def test_a_talk_that_was_left_is_kept_for_a_while(services: Services, talks: LiveTalks) -> None:
    talk = talks.open(TENANT, OPENING)
    talks.leave(talk, 0)
    forward(services, KEPT_AFTER_LEAVING)
    assert talks.take_up(TENANT, talk.id)[0] is talk
    talks.leave(talk, 1)
    forward(services, KEPT_AFTER_LEAVING + timedelta(seconds=1))
    with pytest.raises(Gone):
        talks.take_up(TENANT, talk.id)
    assert talks.count(TENANT) == 0


def test_no_talk_lasts_longer_than_a_working_day(services: Services, talks: LiveTalks) -> None:
    talk = talks.open(TENANT, OPENING)
    forward(services, LONGEST + timedelta(seconds=1))
    with pytest.raises(Gone):
        talks.take_up(TENANT, talk.id)


def test_an_ended_talk_is_forgotten_at_once(talks: LiveTalks) -> None:
    talk = talks.open(TENANT, OPENING)
    talks.end(talk)
    talks.end(talk)
    with pytest.raises(Gone):
        talks.take_up(TENANT, talk.id)


def test_a_tenant_has_so_many_talks_and_no_more(services: Services, talks: LiveTalks) -> None:
    for _ in range(3):
        talks.open(TENANT, OPENING)
    with pytest.raises(TooManyRequests) as refused:
        talks.open(TENANT, OPENING)
    assert (refused.value.code, refused.value.fields["retry_after_s"]) == ("live_talks_full", 30)
    assert talks.open(OTHER_TENANT, OPENING).tenant_id == OTHER_TENANT


def test_talks_nobody_watches_make_room_the_oldest_first(services: Services, talks: LiveTalks) -> None:
    first, second, third = (talks.open(TENANT, OPENING) for _ in range(3))
    talks.leave(second, 0)
    forward(services, timedelta(minutes=1))
    talks.leave(first, 0)
    talks.open(TENANT, OPENING)
    assert talks.count(TENANT) == 3
    with pytest.raises(Gone):
        talks.take_up(TENANT, second.id)
    assert talks.take_up(TENANT, first.id)[0] is first
    assert talks.take_up(TENANT, third.id)[0] is third


def test_a_talk_belongs_to_its_visit_where_one_is_named(services: Services, talks: LiveTalks) -> None:
    with services.uow() as tx:
        tx.visits.add(a_visit(stage="商务谈判"))
    talk = talks.open(TENANT, replace(OPENING, visit_id=an_id("vis")))
    assert (talk.setting.visit.visit_id, talk.setting.visit.stage) == (an_id("vis"), "商务谈判")
    with pytest.raises(NotFound):
        talks.open(OTHER_TENANT, replace(OPENING, visit_id=an_id("vis")))


@pytest.mark.parametrize("gone", [PURPOSES, ("coaching",)], ids=["all of it", "coaching"])
def test_withdrawn_consent_keeps_a_visit_from_being_listened_to(
    services: Services, talks: LiveTalks, gone: tuple[Purpose, ...]
) -> None:
    visit = a_visit()
    assert visit.consent is not None
    with services.uow() as tx:
        tx.visits.add(replace(visit, consent=visit.consent.without(gone, services.clock.now())))
    with pytest.raises(Conflict) as refused:
        talks.open(TENANT, replace(OPENING, visit_id=visit.id))
    assert refused.value.code == "consent_required"


def test_a_role_no_talk_track_knows_is_refused_with_those_it_knows(talks: LiveTalks) -> None:
    with pytest.raises(Invalid, match="economic_buyer") as refused:
        talks.open(TENANT, replace(OPENING, customer_role="king"))
    assert refused.value.code == "customer_role_unknown"
