"""Entity state does not depend on the order in which events arrive."""

from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.domain.crm.entities import Entity, apply, history, needs_replay, replay
from service.domain.crm.events import CrmEvent, content_id, event_id
from tests.support.crm import an_event
from tests.support.fakes import NOON

HOUR = timedelta(hours=1)
WRITES = st.lists(
    st.tuples(
        st.integers(0, 6), st.dictionaries(st.sampled_from("ab"), st.sampled_from([1, 2, True, "x"]), min_size=1)
    ),
    min_size=1,
    max_size=9,
)


def events_of(writes: list[tuple[int, dict[str, Any]]]) -> list[CrmEvent]:
    return [an_event(external_id=f"e{i}", at=hour * HOUR, **data) for i, (hour, data) in enumerate(writes)]


def absorb(events: list[CrmEvent]) -> Entity:
    """Events as they arrive: applied where the state suffices, else replayed from the log."""
    entity, log = Entity("opportunity", "opp-1"), []
    for event in events:
        log.append(event)
        late = needs_replay(entity, event)
        entity = replay("opportunity", "opp-1", log) if late else apply(entity, event)
    return entity


@given(WRITES, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_change_the_state(
    writes: list[tuple[int, dict[str, Any]]], random: Random
) -> None:
    events = events_of(writes)
    shuffled = list(events)
    random.shuffle(shuffled)
    assert absorb(shuffled) == absorb(events) == replay("opportunity", "opp-1", shuffled)


@given(WRITES)
def test_the_state_is_the_end_of_each_fields_history(writes: list[tuple[int, dict[str, Any]]]) -> None:
    events = events_of(writes)
    entity = replay("opportunity", "opp-1", events)
    for name, found in entity.fields.items():
        assert history(events, name)[-1] == found
    assert entity.last_event_at == max(event.occurred_at for event in events)


def test_the_same_event_twice_counts_once() -> None:
    event = an_event(budget=5)
    assert replay("opportunity", "opp-1", [event, event]) == apply(Entity("opportunity", "opp-1"), event)


def test_a_whole_record_sent_again_does_not_make_a_field_younger() -> None:
    first, again = an_event(stage="方案", budget=5), an_event(stage="方案", budget=6, at=HOUR)
    entity = absorb([first, again])
    assert entity.since("stage") == NOON
    assert entity.fields["stage"].event_id == first.id
    assert entity.fields["stage"].seen_id == again.id
    assert entity.since("budget") == NOON + HOUR


def test_a_late_write_that_breaks_a_run_is_seen() -> None:
    """x=1 at 0 and at 2 looks like one run until the x=2 of hour 1 arrives."""
    arrived = [an_event(x=1), an_event(x=1, at=2 * HOUR), an_event(x=2, at=HOUR)]
    entity = absorb(arrived)
    assert (entity.get("x"), entity.since("x")) == (1, NOON + 2 * HOUR)
    assert [value.value for value in history(arrived, "x")] == [1, 2, 1]


def test_a_late_write_does_not_undo_a_later_one() -> None:
    entity = apply(apply(Entity("lead", "l"), an_event(state="won", at=HOUR)), an_event(state="open"))
    assert entity.get("state") == "won"
    assert entity.last_event_at == NOON + HOUR


def test_true_is_not_one() -> None:
    entity = absorb([an_event(signed=1), an_event(signed=True, at=HOUR)])
    assert entity.fields["signed"].value is True
    assert entity.since("signed") == NOON + HOUR


def test_what_no_event_has_written_has_no_value_and_no_age() -> None:
    entity = Entity("store", "s")
    assert (entity.get("x", 3), entity.since("x"), entity.last_event_at) == (3, None, None)


def test_an_id_follows_from_source_and_external_id() -> None:
    assert event_id("a", "1") == event_id("a", "1") != event_id("b", "1")
    assert content_id({"a": 1, "b": 2}) == content_id({"b": 2, "a": 1}) != content_id({"a": 1})


def test_an_event_says_what_it_is_about() -> None:
    quote = an_event("quote", "q-1", opportunity_id="opp-1", account_id="acc-1", rep_id="rep-1")
    assert (quote.opportunity_id, quote.account_id, quote.owner_id) == ("opp-1", "acc-1", "rep-1")
    assert an_event(account_id=7).account_id is None
    assert an_event().opportunity_id == "opp-1"
