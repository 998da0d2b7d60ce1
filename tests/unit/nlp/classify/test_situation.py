"""A turn's place in the talk, beside the same thing counted turn by turn."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from nlp.classify.situation import LONG_TALK, NAMES, SCALE, situations
from nlp.types import Role

TALK = st.lists(
    st.tuples(st.text(alphabet="太贵吗？?3²一二 ", max_size=60), st.sampled_from(get_args(Role))), max_size=25
)


def of_turn(texts: list[str], roles: list[Role], at: int) -> dict[str, bool]:
    text, last = texts[at], len(texts) - 1
    before, after = roles[at - 1] if at else None, roles[at + 1] if at < last else None
    return {
        "customer": roles[at] == "customer",
        "rep": roles[at] == "rep",
        "before_customer": before == "customer",
        "before_rep": before == "rep",
        "first": at == 0,
        "after_customer": after == "customer",
        "after_rep": after == "rep",
        "last": at == last,
        "under_6": len(text) < 6,
        "from_12": len(text) >= 12,
        "from_25": len(text) >= 25,
        "from_50": len(text) >= 50,
        "question": any(mark in text for mark in "?？吗么呢"),
        "digits": any(mark.isdigit() for mark in text),
        "long_talk": len(texts) >= LONG_TALK,
    }


@given(TALK)
def test_all_at_once_says_what_turn_by_turn_says(talk: list[tuple[str, Role]]) -> None:
    texts, roles = [text for text, _ in talk], [role for _, role in talk]
    rows = situations(texts, roles)
    assert rows.shape == (len(talk), len(NAMES))
    expected = [[SCALE * of_turn(texts, roles, at)[name] for name in NAMES] for at in range(len(talk))]
    assert rows.tolist() == expected
