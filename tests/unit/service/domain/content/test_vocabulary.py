"""The vocabulary of events: names widened when a pack is read, events folded when they are looked at."""

import pytest
from pydantic import ValidationError

from service.domain.content.event_match import EventMatch
from service.domain.content.playbook_selections import When
from service.domain.content.vocabulary import Vocabulary
from tests.support.crm import an_event

WORDS = Vocabulary.model_validate(
    {
        "events": {
            "task.done": {"title": "完成", "also": ["task.completed"], "fields": {"evidence": ["photo", "file_name"]}},
            "order.placed": {"title": "下单", "also": ["order.created"]},
        }
    }
)
CONTEXT = {"families": WORDS.families}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("task.done", ("task.done", "task.completed")),
        ("task.completed", ("task.done", "task.completed")),
        (["order.created", "order.placed"], ("order.placed", "order.created")),
        ("call.logged", ("call.logged",)),
    ],
)
def test_any_name_of_an_event_means_all_of_them(asked: object, meant: tuple[str, ...]) -> None:
    assert EventMatch.model_validate({"types": asked}, context=CONTEXT).types == meant
    assert When.model_validate({"event": asked}, context=CONTEXT).types == meant
    assert WORDS.accepted(*([asked] if isinstance(asked, str) else asked)) == meant  # type: ignore[misc]


def test_without_a_vocabulary_a_name_is_a_name() -> None:
    assert When.model_validate({"event": "task.done"}).types == ("task.done",)
    assert Vocabulary().accepted("task.done", "task.done") == ("task.done",)


@pytest.mark.parametrize(
    ("data", "evidence"),
    [
        ({"file_name": "a.pdf"}, "a.pdf"),
        ({"photo": "", "file_name": "a.pdf"}, "a.pdf"),
        ({"evidence": "b.jpg", "photo": "a.jpg"}, "b.jpg"),
        ({"evidence": None}, None),
        ({}, None),
    ],
)
def test_an_event_is_folded_beside_what_was_sent(data: dict[str, object], evidence: str | None) -> None:
    sent = an_event("task", "t-1", event_type="task.completed", **data)
    folded = WORDS.folded(sent)
    assert (folded.type, folded.data.get("evidence"), folded.id) == ("task.done", evidence, sent.id)
    assert (sent.type, sent.data) == ("task.completed", data)


def test_an_event_of_one_name_only_is_left_alone() -> None:
    for type_ in ("order.placed", "call.logged"):
        event = an_event("opportunity", "o-1", event_type=type_, evidence="x")
        assert WORDS.folded(event) is event


def test_one_name_for_two_events_is_refused() -> None:
    events = {"a.b": {"title": "甲", "also": ["c.d"]}, "c.d": {"title": "乙"}}
    with pytest.raises(ValidationError, match=r"c\.d stands for two events"):
        Vocabulary.model_validate({"events": events})
