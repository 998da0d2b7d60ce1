"""What every implementation promises of links, watches, alerts, decisions and versions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.content_store import ContentVersion
from service.domain.errors import Conflict
from service.domain.playbooks.alerts import act
from service.domain.playbooks.ports import PlaybookVersion, Watch
from service.domain.playbooks.timeline import Fact
from service.domain.ports import UnitOfWorkFactory
from service.domain.records import Page
from tests.support.builders import OTHER_TENANT, TENANT
from tests.support.builders import an_event as an_outbound
from tests.support.crm import an_event
from tests.support.fakes import NOON
from tests.support.owned_playbooks import a_decision, an_alert

HOUR = timedelta(hours=1)
OPPORTUNITY, ACCOUNT = ("opportunity", "opp-1"), ("account", "acc-1")


def a_visit_fact(number: int = 1, **changes: object) -> Fact:
    data = {"findings": [{"kind": "signal", "code": "budget_info", "quote": "二十万"}]}
    fact = Fact(f"vis_{number}", NOON + number * HOUR, "visit.analyzed", "visit", "vis-1", data, "visit-1")
    return replace(fact, **changes)  # type: ignore[arg-type]


def test_a_fact_is_found_by_each_subject_with_the_data_of_its_event(uow: UnitOfWorkFactory) -> None:
    first, second = an_event(at=NOON, stage="a"), an_event(at=NOON - HOUR, stage="b")
    with uow() as tx:
        for event in (first, second):
            tx.crm_events.add(TENANT, event)
            tx.playbooks.links.put(TENANT, Fact.of(event), frozenset({OPPORTUNITY, ACCOUNT}))
        assert tx.playbooks.links.facts(TENANT, ACCOUNT) == [Fact.of(second), Fact.of(first)]
        assert tx.playbooks.links.facts(TENANT, OPPORTUNITY, newest=1) == [Fact.of(first)]
        assert tx.playbooks.links.facts(TENANT, OPPORTUNITY, types=("quote.created",)) == []
        assert tx.playbooks.links.facts(OTHER_TENANT, OPPORTUNITY) == []
        assert tx.playbooks.links.subjects(TENANT, "account") == ["acc-1"]


def test_linking_again_replaces_the_links(uow: UnitOfWorkFactory) -> None:
    event = an_event(stage="a")
    with uow() as tx:
        tx.crm_events.add(TENANT, event)
        tx.playbooks.links.put(TENANT, Fact.of(event), frozenset({OPPORTUNITY, ACCOUNT}))
        tx.playbooks.links.put(TENANT, Fact.of(event), frozenset({OPPORTUNITY, ("person", "rep-1")}))
        assert tx.playbooks.links.facts(TENANT, ACCOUNT) == []
        assert tx.playbooks.links.facts(TENANT, ("person", "rep-1")) == [Fact.of(event)]


def test_many_facts_are_linked_at_once_each_in_place_of_its_former_links(uow: UnitOfWorkFactory) -> None:
    first, second = an_event(at=NOON, stage="a"), an_event(at=NOON - HOUR, stage="b")
    person = ("person", "rep-1")
    with uow() as tx:
        for event in (first, second):
            tx.crm_events.add(TENANT, event)
        tx.playbooks.links.put(TENANT, Fact.of(first), frozenset({OPPORTUNITY, ACCOUNT}))
        tx.playbooks.links.put(OTHER_TENANT, Fact.of(first), frozenset({ACCOUNT}))
        both = [(Fact.of(first), frozenset({OPPORTUNITY, person})), (Fact.of(second), frozenset({OPPORTUNITY}))]
        tx.playbooks.links.put_all(TENANT, both)
        tx.playbooks.links.put_all(TENANT, [])
        assert tx.playbooks.links.facts(TENANT, OPPORTUNITY) == [Fact.of(second), Fact.of(first)]
        assert tx.playbooks.links.facts(TENANT, ACCOUNT) == []
        assert tx.playbooks.links.facts(TENANT, person) == [Fact.of(first)]
        assert tx.playbooks.links.subjects(OTHER_TENANT, "account") == ["acc-1"]


def test_a_visits_facts_keep_their_data_and_are_erased_by_the_visit(uow: UnitOfWorkFactory) -> None:
    visit = ("visit", "vis-1")
    with uow() as tx:
        tx.playbooks.links.put(TENANT, a_visit_fact(), frozenset({visit, OPPORTUNITY}))
        assert tx.playbooks.links.facts(TENANT, OPPORTUNITY) == [a_visit_fact()]
        assert tx.playbooks.links.of_visits(TENANT, visit) == [a_visit_fact()]
        assert tx.playbooks.links.of_visits(TENANT, OPPORTUNITY) == []
        assert tx.playbooks.links.erase_visit(OTHER_TENANT, "visit-1") == 0
        assert tx.playbooks.links.erase_visit(TENANT, "visit-1") == 2
        assert tx.playbooks.links.facts(TENANT, OPPORTUNITY) == []


def test_subjects_are_read_in_pieces_with_what_happened_up_to_a_moment(uow: UnitOfWorkFactory) -> None:
    told = [an_event(at=NOON + number * HOUR, entity_id=f"opp-{number % 3}", stage=str(number)) for number in range(7)]
    with uow() as tx:
        tx.crm_events.add_all(TENANT, told)
        linked = [(Fact.of(event), frozenset({("opportunity", event.entity_id), ACCOUNT})) for event in told]
        tx.playbooks.links.put_all(TENANT, [*linked, (a_visit_fact(), frozenset({ACCOUNT}))])
        links, until = tx.playbooks.links, NOON + 5 * HOUR
        assert links.counts(TENANT, "opportunity", until) == {"opp-0": 2, "opp-1": 2, "opp-2": 2}
        assert links.counts(OTHER_TENANT, "opportunity", until) == {}
        found = dict(links.of_subjects(TENANT, "opportunity", "opp-1", "opp-2", until))
        assert {key: {fact.data["stage"] for fact in facts} for key, facts in found.items()} == {
            "opp-1": {"1", "4"},
            "opp-2": {"2", "5"},
        }
        ((_, about),) = links.of_subjects(TENANT, "account", "a", "z", NOON + HOUR)
        assert a_visit_fact() in about, "a recorded visit brings its own data"
        assert len(about) == 3
        assert list(links.of_subjects(OTHER_TENANT, "account", "a", "z", until)) == []


def test_many_are_claimed_at_once_of_one_tenant_or_of_all(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for number, tenant in enumerate((TENANT, OTHER_TENANT, TENANT)):
            ref = ("account", f"acc-{number}")
            tx.playbooks.watches.mark_all(tenant, {ref: NOON + (3 - number) * HOUR})
        late = NOON + 9 * HOUR
        assert [watch.subject_id for watch in tx.playbooks.watches.claim(late, limit=9)] == ["acc-2", "acc-1", "acc-0"]
        assert [watch.subject_id for watch in tx.playbooks.watches.claim(late, limit=2)] == ["acc-2", "acc-1"]
        mine = tx.playbooks.watches.claim(late, limit=9, tenant_id=TENANT)
        assert [watch.subject_id for watch in mine] == ["acc-2", "acc-0"]


def test_a_tenants_own_content_is_kept_in_versions(uow: UnitOfWorkFactory) -> None:
    first = ContentVersion("cnv_1", TENANT, "metrics", "trace_rate", 1, "id: trace_rate", "ops-1", "试试", NOON)
    second = replace(first, id="cnv_2", version=2, text="")
    other = replace(first, id="cnv_3", kind="office", item_id="standard")
    with uow() as tx:
        assert tx.contents.stamp(TENANT) == 0
        for version in (first, second, other):
            tx.contents.add(version)
        assert tx.contents.stamp(TENANT) == 3
        assert tx.contents.current(TENANT) == [second, other]
        assert tx.contents.of_item(TENANT, "metrics", "trace_rate") == [second, first]
        assert (tx.contents.stamp(OTHER_TENANT), tx.contents.current(OTHER_TENANT)) == (0, [])
    with pytest.raises(Conflict), uow() as tx:
        tx.contents.add(replace(second, id="cnv_4"))


def test_a_watch_is_due_at_the_earliest_mark_and_remembers_the_earliest_news(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        for hours in (2, 1, 3):
            tx.playbooks.watches.mark(TENANT, ACCOUNT, NOON + hours * HOUR)
        assert tx.playbooks.watches.claim(NOON) == []
        (found,) = tx.playbooks.watches.claim(NOON + HOUR)
        assert found == Watch(TENANT, *ACCOUNT, due_at=NOON + HOUR, dirty_from=NOON + HOUR)
        looked = replace(found, due_at=None, dirty_from=None, digest="d1", memory={"rule": {"fired": {}}})
        tx.playbooks.watches.put(looked)
        assert tx.playbooks.watches.claim(NOON + 9 * HOUR) == []
        assert tx.playbooks.watches.get(TENANT, ACCOUNT) == looked
        assert tx.playbooks.watches.get(OTHER_TENANT, ACCOUNT) is None
        tx.playbooks.watches.mark(TENANT, ACCOUNT, NOON)
        again = tx.playbooks.watches.get(TENANT, ACCOUNT)
        assert again == replace(looked, due_at=NOON, dirty_from=NOON)


def test_one_alert_for_a_rule_a_subject_and_a_cause(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        assert tx.playbooks.alerts.add(an_alert(1))
        assert not tx.playbooks.alerts.add(an_alert(2, cause=an_alert(1).cause))
        assert tx.playbooks.alerts.add(an_alert(3, cause=an_alert(1).cause, tenant_id=OTHER_TENANT))
        assert tx.playbooks.alerts.get(TENANT, an_alert(1).id) == an_alert(1)
        assert tx.playbooks.alerts.get(OTHER_TENANT, an_alert(1).id) is None
        acted = act(an_alert(1), who="rep-7", now=NOON + HOUR)
        tx.playbooks.alerts.update(acted)
        assert tx.playbooks.alerts.of_subject(TENANT, ("opportunity", "o1")) == [acted]


def test_an_alert_whose_step_is_due_is_claimed_until_it_is_closed(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.playbooks.alerts.add(an_alert(1, due_at=NOON + HOUR))
        tx.playbooks.alerts.add(an_alert(2, due_at=NOON, state="acted"))
        assert tx.playbooks.alerts.claim_due(NOON) is None
        assert tx.playbooks.alerts.claim_due(NOON + HOUR) == an_alert(1, due_at=NOON + HOUR)


def test_alerts_are_paged_by_state_rule_person_and_subject(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.playbooks.alerts.add(an_alert(1))
        tx.playbooks.alerts.add(an_alert(2, state="acted", rule_id="other", raised_at=NOON + HOUR))
        tx.playbooks.alerts.add(an_alert(3, owner_id="rep-8", handed_to="rep-7", subject_id="o2"))
        page = tx.playbooks.alerts.page
        ids = {number: an_alert(number).id for number in (1, 2, 3)}
        assert [alert.id for alert in page(TENANT, Page())] == [ids[3], ids[2], ids[1]]
        assert [alert.id for alert in page(TENANT, Page(9, after=ids[3]))] == [ids[2], ids[1]]
        assert [alert.id for alert in page(TENANT, Page(), states=("acted",))] == [ids[2]]
        assert [alert.id for alert in page(TENANT, Page(), rule_id="other")] == [ids[2]]
        assert [alert.id for alert in page(TENANT, Page(), owner_id="rep-7")] == [ids[3], ids[2], ids[1]]
        assert [alert.id for alert in page(TENANT, Page(), subject=("opportunity", "o2"))] == [ids[3]]
        assert page(OTHER_TENANT, Page()) == []
        between = tx.playbooks.alerts.between(TENANT, NOON, NOON + HOUR)
        assert [alert.id for alert in between] == [ids[1], ids[3]]


def test_the_words_of_a_visit_leave_the_alerts(uow: UnitOfWorkFactory) -> None:
    said = {"event_id": "e", "visit_id": "visit-1", "turn": 0, "quote": "二十万"}
    other = {"event_id": "f", "visit_id": None, "turn": None, "quote": ""}
    with uow() as tx:
        tx.playbooks.alerts.add(an_alert(1, evidence=[said, other], steps=[{"due_at": "x", "effects": []}]))
        tx.playbooks.alerts.add(an_alert(2, evidence=[other]))
        assert tx.playbooks.alerts.erase_visit(TENANT, "visit-1") == 1
        emptied = tx.playbooks.alerts.get(TENANT, an_alert(1).id)
        assert (emptied.evidence, emptied.text, emptied.steps) == ([other], "", [])
        assert tx.playbooks.alerts.get(TENANT, an_alert(2).id).text != ""


@pytest.mark.parametrize("erased", ["visit-1", "visit-2"])
def test_the_words_of_several_visits_leave_tags_and_what_was_sent_of_their_alert(
    uow: UnitOfWorkFactory, erased: str
) -> None:
    """An event is the first visit's alone; what it repeats of the others goes with them all the same."""
    said = [{"event_id": f"vsq_{n}", "visit_id": f"visit-{n}", "turn": 1, "quote": "能换新吗"} for n in (1, 2)]
    quoting, other = an_alert(1, evidence=said), an_alert(2, evidence=[])
    sent = [
        an_outbound(
            number, type=type_, occurred_at=NOON, visit_id=visit_id, data={"alert_id": alert.id, "text": "能换新"}
        )
        for number, (type_, visit_id, alert) in enumerate(
            [("alert.raised", "visit-1", quoting), ("action.taken", "visit-1", quoting), ("alert.raised", None, other)]
        )
    ]
    with uow() as tx:
        tx.playbooks.alerts.add(quoting)
        tx.playbooks.alerts.add(other)
        tx.playbooks.decisions.add(a_decision(1, kind="tag", data={"tag": "潜力：能换新吗", "action": "放说明牌"}))
        tx.playbooks.decisions.add(a_decision(2))
        tx.playbooks.decisions.add(a_decision(3, kind="tag", alert_id=other.id, data={"tag": "激增", "action": ""}))
        tx.events.add_all(sent)
    with uow() as tx:
        assert tx.erasure.erase_words(TENANT, erased, code="consent_withdrawn").counts["events"] >= 2
    with uow(write=False) as tx:
        left = [dict(event.data) for event in tx.events.after(TENANT, None, 9)]
        assert left == [{}, {}, {"alert_id": other.id, "text": "能换新"}]
        data = {decision.id: decision.data for decision in tx.playbooks.decisions.page(TENANT, Page())}
    assert [data[a_decision(number).id] for number in (1, 2, 3)] == [
        {"tag": "", "action": ""}, {"pool": "待激活池"}, {"tag": "激增", "action": ""},
    ]  # fmt: skip


def test_decisions_are_asked_for_by_subject_kind_and_standing(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.playbooks.decisions.add(a_decision(1))
        tx.playbooks.decisions.add(a_decision(2, kind="tag", subject_id="o2", alert_id="alr_2"))
        page = tx.playbooks.decisions.page
        assert [each.id for each in page(TENANT, Page())] == [a_decision(2).id, a_decision(1).id]
        assert [each.id for each in page(TENANT, Page(9, after=a_decision(2).id))] == [a_decision(1).id]
        assert [each.id for each in page(TENANT, Page(), kind="tag")] == [a_decision(2).id]
        assert [each.id for each in page(TENANT, Page(), subject=("opportunity", "o1"))] == [a_decision(1).id]
        ended = replace(a_decision(1), ended_at=NOON, ended_by="mgr-1", reason="好")
        tx.playbooks.decisions.update(ended)
        assert tx.playbooks.decisions.get(TENANT, ended.id) == ended
        assert tx.playbooks.decisions.get(OTHER_TENANT, ended.id) is None
        assert [each.id for each in page(TENANT, Page(), standing=True)] == [a_decision(2).id]
        assert tx.playbooks.decisions.of_alert(TENANT, "alr_2") == page(TENANT, Page(), kind="tag")


def a_version(number: int, rule_id: str = "own_rule", **changes: str) -> PlaybookVersion:
    row_id = f"pbv_{rule_id}_{number}_{changes.get('tenant_id', TENANT)}"
    values = {"tenant_id": TENANT, "text": f"text {number}", "author": "ops-1", "note": "", **changes}
    return PlaybookVersion(id=row_id, rule_id=rule_id, version=number, created_at=NOON + number * HOUR, **values)


def test_the_newest_version_of_each_rule_counts_and_none_is_lost(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        versions = tx.playbooks.versions
        assert versions.stamp(TENANT) == 0
        for version in (a_version(1), a_version(2), a_version(1, "another"), a_version(1, tenant_id=OTHER_TENANT)):
            versions.add(version)
        assert versions.current(TENANT) == [a_version(1, "another"), a_version(2)]
        assert versions.of_rule(TENANT, "own_rule") == [a_version(2), a_version(1)]
        assert (versions.stamp(TENANT), versions.stamp(OTHER_TENANT)) == (3, 1)


def test_two_changes_at_once_are_a_conflict(uow: UnitOfWorkFactory) -> None:
    with uow() as tx:
        tx.playbooks.versions.add(a_version(1))
    with pytest.raises(Conflict), uow() as tx:
        tx.playbooks.versions.add(replace(a_version(1), id="pbv_late"))
