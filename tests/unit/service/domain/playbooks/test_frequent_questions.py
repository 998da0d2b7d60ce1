"""A store's questions: one meaning counted together, the most frequent first, with the facts that say so."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.playbooks.asked import ASKED
from service.domain.playbooks.frequent_questions import frequent_questions
from service.domain.playbooks.timeline import Fact

NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)


def asked(question: str, *, days_ago: int = 0, number: int = 0) -> Fact:
    at = NOW - timedelta(days=days_ago, minutes=number)
    return Fact(f"f{days_ago}-{number}-{question}", at, ASKED, "store", "s-1", {"question": question})


def test_wordings_of_one_meaning_are_counted_together_and_told_by_the_first() -> None:
    facts = [
        asked("旧沙发能以旧换新吗", days_ago=2),
        asked("停车收费吗", days_ago=1),
        asked("沙发能不能以旧换新", days_ago=1),
        asked("旧沙发可以以旧换新吗"),
    ]
    first, second = frequent_questions(facts, at=NOW)
    assert (first.question, first.count, first.days, first.running) == ("旧沙发能以旧换新吗", 3, 3, 3)
    assert [fact.data["question"] for fact in first.asked] == [
        "旧沙发可以以旧换新吗",
        "沙发能不能以旧换新",
        "旧沙发能以旧换新吗",
    ]
    assert (second.question, second.count) == ("停车收费吗", 1)


def test_a_question_asked_three_times_in_one_day_is_frequent_and_no_run_of_days() -> None:
    (only,) = frequent_questions([asked("几点关门", number=n) for n in range(3)], at=NOW)
    assert (only.count, only.days, only.running) == (3, 1, 1)


def test_among_equals_the_one_asked_last_comes_first_and_silence_is_no_question() -> None:
    facts = [asked("停车收费吗", days_ago=3), asked("能开发票不", days_ago=1), asked("  ")]
    assert [each.question for each in frequent_questions(facts, at=NOW)] == ["能开发票不", "停车收费吗"]
    assert frequent_questions([], at=NOW) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["旧换新吗", "能旧换新吗", "停车收费吗", "几点关门"]), st.integers(0, 20)),
        max_size=30,
    )
)
def test_each_time_is_counted_once_and_no_order_of_arrival_changes_what_is_told(told: list[tuple[str, int]]) -> None:
    facts = [asked(text, days_ago=days, number=n) for n, (text, days) in enumerate(told)]
    found = frequent_questions(facts, at=NOW)
    assert sum(each.count for each in found) == len(facts)
    assert [each.count for each in found] == sorted((each.count for each in found), reverse=True)
    assert frequent_questions(facts[::-1], at=NOW) == found
